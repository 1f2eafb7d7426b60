"""Run the replay floor on bars of work 1: `ROWS --data FOLDER`; it runs no engine."""

from benchmarks.baseline_loop import main

if __name__ == "__main__":
    main(1)
