"""The command `lockstep doctor [CONFIG]`: say what is missing or wrong before it hurts.

Mends nothing, and logs in nowhere.
"""

from pathlib import Path
from typing import Annotated

import typer

from lockstep.cli.output import Json, Overrides, Quiet, answer, answer_json, columns

File = Annotated[
    Path | None, typer.Argument(metavar="CONFIG", help="A configuration to check as well.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("doctor")(doctor)


def doctor(
    config: File = None,
    *,
    overrides: Overrides = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Check installation, clock, folders, and a configuration.

    With a configuration, its strategies and its catalogue are looked at too; with connectors its
    secrets, limits, state folder, disk and servers instead of the catalogue. Exit code 1 if
    anything fails; a warning is not a failure.
    """
    from lockstep.cli import checks

    found = [*checks.installation(), *checks.machine()]
    if config is not None:
        found += checks.configuration(config, overrides or [])
    failed = [check for check in found if check.state == checks.FAILED]
    if as_json:
        answer_json({"ok": not failed, "checks": found})
    else:
        shown = [check for check in found if check.state != checks.PASSED] if quiet else found
        if shown:
            answer(columns((check.state, check.name, check.detail) for check in shown))
    if failed:
        raise typer.Exit(1)
