"""Import raw WebSocket captures of Binance: lines of `receive_ns json`, as they came off the wire.

Takes quotes from bookTicker, trades from trade messages, and the book from depth updates and
snapshots. Spot's bookTicker and depth carry no matching time: they happen when they were received.
"""

from collections.abc import Iterator
from typing import Final

import msgspec
import numpy as np

from backtest.importers.batch import Batch, Notes
from backtest.importers.binance_depth import DepthReader, DepthSnapshot, DepthUpdate
from backtest.importers.book_rows import check_rows
from backtest.importers.files import Member, members
from backtest.importers.options import Recording
from engine.errors import DataError

OPTIONS: Final = frozenset({"symbol"})
BATCH_ROWS: Final = 65_536
_MILLISECOND_NS = 1_000_000


class _Frame(msgspec.Struct, gc=False):
    """A message of a combined stream (`stream`, `data`), a bare one (`e`), or a snapshot."""

    stream: str = ""
    data: msgspec.Raw = msgspec.Raw(b"")
    e: str = ""
    lastUpdateId: int = 0  # noqa: N815 - the wire's own name


class _Quote(msgspec.Struct, gc=False):
    """bookTicker; `T`, the matching engine's time in milliseconds, is missing on spot."""

    s: str
    b: float
    B: float
    a: float
    A: float
    u: int = 0
    T: int = 0


class _Trade(msgspec.Struct, gc=False):
    """trade; `m` says that the buyer was the maker, so that the seller took."""

    s: str
    T: int
    t: int
    p: float
    q: float
    m: bool


_frame = msgspec.json.Decoder(_Frame)
_quote = msgspec.json.Decoder(_Quote, strict=False)  # prices are strings of decimals
_trade = msgspec.json.Decoder(_Trade, strict=False)
_depth = msgspec.json.Decoder(DepthUpdate, strict=False)
_snapshot = msgspec.json.Decoder(DepthSnapshot, strict=False)
_Quotes = list[tuple[int, int, _Quote]]
_Trades = list[tuple[int, int, _Trade]]


class BinanceImporter:
    """Read captures of one symbol, or the one of several that `symbol` names."""

    def __init__(self, recording: Recording) -> None:
        self._files = recording.files
        self._symbol = (recording.options.symbol or "").upper()
        self._chosen = bool(self._symbol)

    def batches(self, notes: Notes) -> Iterator[Batch]:
        """Yield the quotes and trades of all files; DataError for a line that is no capture's."""
        for member in members(self._files):
            yield from self._member(member, notes)

    def _member(self, member: Member, notes: Notes) -> Iterator[Batch]:
        quotes: _Quotes = []
        trades: _Trades = []
        depth = DepthReader()
        line = 0
        try:
            with member.open() as file:
                for line, raw in enumerate(file, start=1):
                    notes.read += 1
                    self._sort(line, raw, quotes, trades, depth, notes)
                    yield from depth.rows.full(member.name)
                    if len(quotes) >= BATCH_ROWS:
                        yield from _quote_batches(quotes, depth, member.name)
                    if len(trades) >= BATCH_ROWS:
                        yield _trade_batch(trades, member.name)
                        trades.clear()
        except (msgspec.MsgspecError, ValueError, OSError, EOFError) as error:
            msg = f"{member.name}:{line}: no line of `receive_ns json` ({error}); check the file"
            raise DataError(msg) from error
        depth.finish(notes)
        yield from depth.rows.rest(member.name)
        yield from _quote_batches(quotes, depth, member.name)
        yield from [_trade_batch(trades, member.name)] if trades else []

    def _sort(
        self,
        line: int,
        raw: bytes,
        quotes: _Quotes,
        trades: _Trades,
        depth: DepthReader,
        notes: Notes,
    ) -> None:
        clock, _, message = raw.partition(b" ")
        received = int(clock)
        frame = _frame.decode(message)
        event = frame.stream.partition("@")[2] or frame.e
        body = frame.data if frame.stream else message
        if event == "bookTicker":
            quote = _quote.decode(body)
            if self._is_ours(quote.s, notes):
                quotes.append((line, received, quote))
        elif event == "trade":
            trade = _trade.decode(body)
            if self._is_ours(trade.s, notes):
                trades.append((line, received, trade))
        elif event.startswith("depth"):
            update = _depth.decode(body)
            if self._is_ours(update.s, notes):
                depth.update(line, received, update, notes)
        elif frame.lastUpdateId:
            depth.snapshot(line, received, _snapshot.decode(message), notes)
        else:
            notes.ignored[event.partition("@")[0] or "other"] += 1

    def _is_ours(self, symbol: str, notes: Notes) -> bool:
        if not self._symbol:
            self._symbol = symbol
        if symbol == self._symbol:
            return True
        if not self._chosen:
            msg = (
                f"the capture holds {self._symbol} and {symbol}; add --symbol {self._symbol} or "
                f"--symbol {symbol}"
            )
            raise DataError(msg)
        notes.ignored[f"symbol {symbol}"] += 1
        return False


def _quote_batches(quotes: _Quotes, depth: DepthReader, member: str) -> Iterator[Batch]:
    """Yield the quotes, and the same once more as what the venue says of its book."""
    if quotes:
        batch = _quote_batch(quotes, member)
        yield batch
        if depth.began:
            numbers = np.array([quote.u for _, _, quote in quotes], dtype=np.int64)
            yield check_rows(batch, numbers)
    quotes.clear()


def _quote_batch(rows: _Quotes, member: str) -> Batch:
    received = np.array([row[1] for row in rows], dtype=np.int64)
    event = np.array([row[2].T for row in rows], dtype=np.int64) * _MILLISECOND_NS
    numbers = {
        "bid": np.array([row[2].b for row in rows]),
        "ask": np.array([row[2].a for row in rows]),
        "bid_size": np.array([row[2].B for row in rows]),
        "ask_size": np.array([row[2].A for row in rows]),
    }
    lines = np.array([row[0] for row in rows], dtype=np.int64)
    times = {"ts_event": np.where(event == 0, received, event), "ts_recv": received}
    return Batch("quotes", None, member, lines, times, numbers)


def _trade_batch(rows: _Trades, member: str) -> Batch:
    received = np.array([row[1] for row in rows], dtype=np.int64)
    event = np.array([row[2].T for row in rows], dtype=np.int64) * _MILLISECOND_NS
    return Batch(
        kind="trades",
        spec=None,
        member=member,
        lines=np.array([row[0] for row in rows], dtype=np.int64),
        times={"ts_event": event, "ts_recv": received},
        numbers={
            "price": np.array([row[2].p for row in rows]),
            "size": np.array([row[2].q for row in rows]),
        },
        aggressor=np.array([-1 if row[2].m else 1 for row in rows], dtype=np.int64),
        trade_ids=np.array([str(row[2].t) for row in rows], dtype=np.object_),
    )
