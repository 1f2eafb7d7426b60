"""The folder that outlives runs: who the bot is, its epoch, its last run, the trades it has seen.

Holds no books; those are in the journal of the last run.
"""

import re
from collections.abc import Callable
from pathlib import Path

import msgspec

from engine.errors import DataError
from engine.journal.disk import Disk
from engine.recovery.trades import SeenTrades

_BOT = re.compile(r"[a-z0-9]{4,12}")


class Identity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Hold the prefix of a bot's client order ids, its epoch, and the folder of its last run."""

    bot: str
    epoch: int = 0
    run: str = ""


class StateFolder:
    """Keep what must survive a restart in a few small files, each replaced whole.

    `new_bot` draws the characters of a bot that has none yet. Raises DataError for a file that is
    damaged: with a new identity ids could be used twice.
    """

    def __init__(self, disk: Disk, path: Path, new_bot: Callable[[], str]) -> None:
        self._disk = disk
        self._path = path
        disk.make(path)
        self.identity = self._read() or Identity(new_bot())

    def next_epoch(self) -> Identity:
        """Begin an epoch; it is on the disk when this returns, so that its ids are new for ever."""
        return self._write(Identity(self.identity.bot, self.identity.epoch + 1, self.identity.run))

    def point_to(self, run: Path) -> None:
        """Let the next start recover from a run; call it once the run's journal has its books."""
        self._write(Identity(self.identity.bot, self.identity.epoch, str(run)))

    def trades(self) -> SeenTrades:
        """Return the trades that were booked in earlier runs."""
        return SeenTrades.load(self._disk, self._path / "trades")

    def keep_trades(self, trades: SeenTrades) -> None:
        """Keep all trades that are known."""
        trades.save(self._disk, self._path / "trades")

    def _write(self, identity: Identity) -> Identity:
        self._disk.replace(self._path / "identity.json", msgspec.json.encode(identity))
        self.identity = identity
        return identity

    def _read(self) -> Identity | None:
        path = self._path / "identity.json"
        try:
            identity = msgspec.json.decode(self._disk.read(path), type=Identity)
        except FileNotFoundError:
            return None
        except msgspec.MsgspecError as error:
            raise DataError(f"{path} is damaged ({error}); restore it from a copy") from None
        if not _BOT.fullmatch(identity.bot):
            raise DataError(f"{path} names bot {identity.bot!r}; 4 to 12 of a-z and 0-9 make one")
        return identity
