"""Run the replay floor on quotes and trades of work 2: `ROWS --data FOLDER`; it runs no engine."""

from benchmarks.baseline_loop import main

if __name__ == "__main__":
    main(2)
