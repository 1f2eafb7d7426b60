"""The command line: `lockstep COMMAND`.

Computes nothing itself: each command module asks the rooms below and prints what they answer.
"""

from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and leave the process with its exit code; by default the one of sys.argv."""
    import sys

    from lockstep.cli.app import run

    sys.exit(run(sys.argv[1:] if arguments is None else list(arguments)))
