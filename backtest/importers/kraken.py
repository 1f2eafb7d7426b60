"""Import captures of Kraken's book channel (API v1): lines of `seconds: json`, as of cryptofeed.

Takes the book and its checksums of one pair; other channels are counted and left out. The feed has
no numbers of its own, so messages are counted, and levels it no longer covers are not taken out.
"""

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from backtest.importers.batch import Batch, Notes
from backtest.importers.book_rows import BookRows, Level
from backtest.importers.files import Member, members
from backtest.importers.options import Recording
from engine.errors import DataError

OPTIONS: Final = frozenset({"symbol"})
_NONE = float("nan")
_SECOND_NS = 1_000_000_000
_decode = msgspec.json.Decoder()


class KrakenImporter:
    """Read the book of one pair, or of the one of several that `symbol` names."""

    def __init__(self, recording: Recording) -> None:
        self._files = recording.files
        self._symbol = recording.options.symbol or ""
        self._chosen = bool(self._symbol)

    def batches(self, notes: Notes) -> Iterator[Batch]:
        """Yield the book and its checksums; DataError for a line that is no capture's."""
        for member in members(self._files):
            yield from self._member(member, notes)

    def _member(self, member: Member, notes: Notes) -> Iterator[Batch]:
        book, checks = BookRows("book"), BookRows("book_checks")
        line = 0
        try:
            with member.open() as file:
                for line, raw in enumerate(file, start=1):
                    notes.read += 1
                    clock, colon, text = raw.partition(b": ")
                    if raw.startswith(b"wss") or not colon:
                        notes.ignored["lines of the connection"] += 1
                    else:
                        self._message(line, _ns(clock.decode()), text, book, checks, notes)
                        yield from book.full(member.name)
        except (msgspec.MsgspecError, ValueError, KeyError, OSError, EOFError) as error:
            msg = f"{member.name}:{line}: no line of `seconds: json` ({error}); check the file"
            raise DataError(msg) from error
        yield from book.rest(member.name)
        yield from checks.rest(member.name)

    def _message(
        self, line: int, received: int, text: bytes, book: BookRows, checks: BookRows, notes: Notes
    ) -> None:
        message = _decode.decode(text)
        if not isinstance(message, list) or not str(message[-2]).startswith("book"):
            notes.ignored["other messages"] += 1
        elif self._is_ours(message[-1], notes):
            parts: dict[str, Any] = {}
            for part in message[1:-2]:
                parts |= part
            self._book(line, received, parts, book, checks)

    def _book(
        self, line: int, received: int, parts: dict[str, Any], book: BookRows, checks: BookRows
    ) -> None:
        whole = "as" in parts
        bids, asks = (parts.get(name, []) for name in (("bs", "as") if whole else ("b", "a")))
        if not bids and not asks:
            book.add_snapshot(line, (received, received), line, [])
            return
        book.digits = {"price": _digits(bids, asks, 0), "quantity": _digits(bids, asks, 1)}
        times = max(_ns(level[2]) for level in (*bids, *asks)), received
        add = book.add_snapshot if whole else book.add_event
        add(line, times, line, _levels(bids, asks))
        if "c" in parts:
            checks.add(line, *times, line, *[_NONE] * 4, int(parts["c"]))

    def _is_ours(self, symbol: str, notes: Notes) -> bool:
        if not self._symbol:
            self._symbol = symbol
        if symbol == self._symbol:
            return True
        if not self._chosen:
            msg = f"the capture holds {self._symbol} and {symbol}; add --symbol {self._symbol}"
            raise DataError(msg)
        notes.ignored[f"symbol {symbol}"] += 1
        return False


def _levels(bids: list[list[str]], asks: list[list[str]]) -> list[Level]:
    sides = [(1, level) for level in bids] + [(-1, level) for level in asks]
    return [(side, float(level[0]), float(level[1])) for side, level in sides]


def _digits(bids: list[list[str]], asks: list[list[str]], place: int) -> int:
    return max(len(level[place].partition(".")[2]) for level in (*bids, *asks))


def _ns(seconds: str) -> int:
    """Return decimal seconds in nanoseconds, digits after the ninth cut off."""
    whole, _, fraction = seconds.partition(".")
    return int(whole) * _SECOND_NS + int(f"{fraction[:9]:0<9}")
