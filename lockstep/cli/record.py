"""The command `lockstep record CONFIG`: live market data into the catalogue.

Records nothing itself: `lockstep.live.recording` does.
"""

import os
from pathlib import Path
from typing import Annotated

import typer

from lockstep.cli.output import Json, Overrides, Quiet, answer, answer_json, columns

File = Annotated[Path, typer.Argument(metavar="CONFIG", help="A configuration file (TOML).")]
Instruments = Annotated[
    list[str] | None,
    typer.Option("--instrument", help="Record this; several times for several."),
]
Seconds = Annotated[float | None, typer.Option("--seconds", help="Stop after so long.", min=0.1)]
Raw = Annotated[bool, typer.Option("--raw", help="Keep every frame as it came, too.")]
Store = Annotated[
    Path | None,
    typer.Option("--store", metavar="RUN", help="Only store what a killed recording has left."),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("record")(record)


def record(
    config: File,
    *,
    instrument: Instruments = None,
    seconds: Seconds = None,
    store: Store = None,
    raw: Raw = False,
    overrides: Overrides = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Record all that venues stream of instruments, until stopped; then store it.

    Without --instrument, those that parameters of the strategies name.
    """
    import msgspec

    from engine.config import load
    from lockstep.live import recording

    loaded = load(config, overrides or [], os.environ)
    if store is not None:
        done = recording.Recorded(store, 0, recording.store(store, Path(loaded.config.run.catalog)))
    else:
        done = recording.record(loaded, instrument or [], seconds, os.environ, raw=raw)
    if as_json:
        answer_json(msgspec.to_builtins(done, enc_hook=str))
    elif quiet:
        answer(str(done.folder))
    else:
        rows = [(name, f"{count:,} stored") for name, count in done.stored.items()]
        answer(columns(rows) if rows else "nothing to store")
        if raw:
            answer(f"raw frames: {done.frames:,}")
        answer(f"recording: {done.folder}")
