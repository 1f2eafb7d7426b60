"""Run the replay floor on the book of work 3: `ROWS --data FOLDER`; it runs no engine."""

from benchmarks.baseline_loop import main

if __name__ == "__main__":
    main(3)
