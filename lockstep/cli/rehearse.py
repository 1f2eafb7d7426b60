"""The command `lockstep rehearse CONFIG`: a bot against simulators of its venues, and a verdict.

Runs nothing itself: `lockstep.rehearsal` does.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lockstep.cli.output import Json, Overrides, Quiet, answer, answer_json, columns, note

if TYPE_CHECKING:
    from lockstep.rehearsal import Verdict

File = Annotated[Path, typer.Argument(metavar="CONFIG", help="A configuration file (TOML).")]
Minutes = Annotated[float, typer.Option(min=0.01, help="How long the bot runs.")]
Speed = Annotated[
    float, typer.Option(min=0.001, help="Pace of the market; 60 is a minute a second.")
]
Faults = Annotated[
    str, typer.Option(metavar="LIST", help="Faults to play: delay,cut_after=0.1,fail_after=x2.")
]

Fast = Annotated[bool, typer.Option("--fast", help="In virtual time, with sockets in memory.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("rehearse")(rehearse)


def rehearse(
    config: File,
    *,
    minutes: Minutes = 1.0,
    speed: Speed = 1.0,
    faults: Faults = "",
    fast: Fast = False,
    overrides: Overrides = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Run a bot against simulators of its venues, on this machine alone, and judge what came of it.

    Exit code 1 if positions, orders, money or the replay disagree.
    """
    import msgspec

    from connectors.simulation.faults import read_chances
    from engine.config import load
    from lockstep.rehearsal import Script, rehearse

    script = Script(seconds=minutes * 60, speed=speed, faults=read_chances(faults), fast=fast)
    verdict = rehearse(load(config, overrides or [], os.environ), script, os.environ)
    if as_json:
        told = msgspec.structs.asdict(verdict)
        told |= {"passed": verdict.has_passed, "warning": verdict.warning}
        answer_json({**told, "folder": str(verdict.folder)})
    else:
        answer(_told(verdict, quiet=quiet))
    if verdict.warning:
        note(f"warning: {verdict.warning}")
    if not verdict.has_passed:
        raise typer.Exit(verdict.exit_code or 1)


def _told(verdict: "Verdict", *, quiet: bool) -> str:
    judged = "passed" if verdict.has_passed else "FAILED"
    rows = [
        *((name, str(verdict.summary[name])) for name in ("events", "orders", "fills", "denied")),
        ("decisions", f"{verdict.decisions}, replayed"),
        ("parity", verdict.parity),
        ("faults", ", ".join(f"{n} {c}" for n, c in verdict.faults.items()) or "none"),
    ]
    lines = [] if quiet else [columns(rows)]
    lines += [f"disagrees: {each}" for each in verdict.differences]
    return "\n".join([*lines, f"rehearsal {judged}: {verdict.folder}"])
