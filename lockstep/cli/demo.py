"""The command `lockstep demo`: data, a backtest, a table and a report, without account or network.

Does nothing that its own folder's files could not be used for again.
"""

import json
import os
from pathlib import Path
from typing import Annotated

import typer

from lockstep.cli.output import Json, Progress, Quiet, note, progress

Folder = Annotated[
    Path, typer.Option("--dir", metavar="DIR", help="The folder to make everything in.")
]
BARS = 250_000
CONFIG = """\
# What `lockstep demo` runs: a moving-average cross on generated minute bars of EURUSD.
# Every key: docs/configuration.md, or `lockstep config schema`.

[run]
name = "demo"
catalog = "data/catalog"
seed = 7

[[accounts]]
id = "main"
venue = "SIM"
currency = "USD"
balance = 10_000
leverage = 30

[[strategies]]
class = "strategies.moving_average_cross:MovingAverageCross"
account = "main"
[strategies.parameters]
instrument = "EURUSD.SIM"
quantity = 10_000
fast = 60
slow = 240

[exchange]
fills = "next_open"
fees = { taker_bps = 0.2 }

[risk.account.main]
max_position = 10_000
"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo")(demo)


def demo(
    *, folder: Folder = Path("lockstep-demo"), as_json: Json = False, quiet: Quiet = False
) -> None:
    """Draw data, backtest an example on it and show how it did.

    Everything stands in one folder, lockstep-demo by default. An edited configuration there is
    kept, and run as it is.
    """
    from lockstep.cli.backtest import show
    from lockstep.cli.data import generate

    silent = quiet or as_json
    config, catalog = write_config(folder), folder / "data" / "catalog"
    note(f"drawing {BARS:,} minute bars of EURUSD.SIM into {catalog}", quiet=silent)
    generate(catalog, bars=BARS, quiet=True)
    note(f"running the strategy of {config}", quiet=silent)
    with progress("demo", quiet=silent) as tell:
        run = backtest(config, catalog, folder / "runs", tell)
    show(run, as_json=as_json, quiet=quiet)
    change = "--set strategies.0.parameters.fast=30"
    note(f"next: cd {folder} && lockstep backtest demo.toml {change}", quiet=silent)


def backtest(config: Path, catalog: Path, out: Path, tell: Progress) -> Path:
    """Run a configuration on the data of `catalog` and return the run's folder, made in `out`."""
    from engine.config import load
    from lockstep.running import backtest as run

    loaded = load(config, [f"run.catalog={json.dumps(str(catalog))}"], os.environ)
    return run(loaded, tell, out=out).folder


def write_config(folder: Path) -> Path:
    """Write demo.toml into a folder, unless it is there, and return its path.

    Raises UsageError for a folder that cannot be written.
    """
    from engine.errors import UsageError

    path = folder / "demo.toml"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.write_text(CONFIG, encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"{folder} cannot be written ({error.strerror}); give another --dir"
        ) from None
    return path
