"""Run the command line as `python -m lockstep`.

Adds nothing to it.
"""

from lockstep.cli import main

if __name__ == "__main__":
    main()
