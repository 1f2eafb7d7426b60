"""The command `lockstep version`.

Reads no other package's version; `lockstep doctor` does.
"""

import typer

from lockstep.cli.output import Json, Quiet, answer, answer_json


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("version")(version)


def version(*, as_json: Json = False, quiet: Quiet = False) -> None:
    """Print the version of Lockstep and of Python."""
    import platform

    ours, python = lockstep_version(), platform.python_version()
    if as_json:
        answer_json({"lockstep": ours, "python": python})
    else:
        answer(ours if quiet else f"lockstep {ours} (Python {python})")


def lockstep_version() -> str:
    """Return the version of the installed package, or "not installed" when run from its sources."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("lockstep")
    except PackageNotFoundError:
        return "not installed"
