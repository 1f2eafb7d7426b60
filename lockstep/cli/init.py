"""The command `lockstep init DIR`: a folder to begin with.

Overwrites nothing and makes no data; it names the commands that do.
"""

from pathlib import Path
from typing import Annotated

import typer

from lockstep.cli.output import Json, Quiet, answer, answer_json

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The folder to make.")]

CONFIG = """\
# A backtest. Every key: docs/configuration.md, or `lockstep config schema`.

[run]
name = "my-bot"
catalog = "data/catalog"
seed = 7

[[accounts]]
id = "main"
venue = "SIM"
currency = "USD"
balance = 10_000

[[strategies]]
class = "my_bot.py:MyBot"
account = "main"
[strategies.parameters]
instrument = "EURUSD.SIM"
slow = 60

[exchange]
fills = "next_open"
fees = { taker_bps = 0.2 }

[risk.account.main]
max_position = 10_000
"""

BOT = """\
from lockstep import Bar, Strategy
from lockstep.indicators import Sma


class MyBot(Strategy):
    instrument: str = "EURUSD.SIM"
    fast: int = 20
    slow: int = 50

    def on_start(self) -> None:
        self.averages = Sma(self.fast), Sma(self.slow)
        self.subscribe_bars(self.instrument, "1m", warmup=self.slow)

    def on_bar(self, bar: Bar) -> None:
        fast, slow = (average.update(bar.close) for average in self.averages)
        if fast is not None and slow is not None:
            self.target_position(self.instrument, 1000 if fast > slow else -1000)
"""

FILES = {"config.toml": CONFIG, "my_bot.py": BOT}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("init")(init)


def init(folder: Folder, *, as_json: Json = False, quiet: Quiet = False) -> None:
    """Make a folder with a configuration and a short strategy.

    Nothing is overwritten. It says what to run next.
    """
    from engine.errors import UsageError

    paths = [folder / name for name in FILES]
    for path in paths:
        if path.exists():
            raise UsageError(f"{path} is there already; choose another folder, or move it away")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in FILES.items():
            with (folder / name).open("x", encoding="utf-8") as file:
                file.write(text)
    except OSError as error:
        raise UsageError(f"{folder} cannot be written ({error.strerror}); choose another") from None
    commands = next_commands(folder)
    if as_json:
        answer_json({"folder": folder, "files": paths, "next": commands})
    elif not quiet:
        answer("\n".join([*(f"wrote {path}" for path in paths), "next:"]))
        answer("\n".join(f"  {command}" for command in commands))


def next_commands(folder: Path) -> list[str]:
    """Return what to run next: into the folder, data, check, backtest."""
    return [
        f"cd {folder}",
        "lockstep data generate --catalog data/catalog",
        "lockstep config check config.toml",
        "lockstep backtest config.toml",
    ]
