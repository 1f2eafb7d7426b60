"""Names of things: instruments (`SYMBOL.VENUE`) and client order ids (`bot-epoch-counter`).

Makes no random choice: the characters of `bot` are drawn once, at the edge, with the state
directory.
"""

import re

from engine.errors import ValueRefused

_INSTRUMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_:/+@#$&. -]*\.[A-Za-z0-9_-]+")


def split_instrument(name: str) -> tuple[str, str]:
    """Return `(symbol, venue)` of an instrument name, split at the last dot.

    Raises ValueRefused when `name` is not of the form SYMBOL.VENUE.
    """
    if not _INSTRUMENT.fullmatch(name):
        msg = f"instrument {name!r} is not of the form SYMBOL.VENUE, such as EURUSD.SIM"
        raise ValueRefused(msg)
    symbol, _, venue = name.rpartition(".")
    return symbol, venue


class OrderIds:
    """Count client order ids `bot-epoch-counter`; never repeats one within an epoch.

    `epoch` is persisted and increased at every start by whoever owns the state directory; a
    backtest uses epoch 0.
    """

    __slots__ = ("_counter", "_prefix")

    def __init__(self, bot: str, epoch: int, counter: int = 0) -> None:
        self._prefix = f"{bot}-{epoch}-"
        self._counter = counter

    @property
    def counter(self) -> int:
        """Return how many ids were given out in this epoch."""
        return self._counter

    def take(self) -> str:
        """Return the next client order id."""
        self._counter += 1
        return self._prefix + str(self._counter)
