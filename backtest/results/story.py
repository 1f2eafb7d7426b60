"""The story of one order: every stage that a run wrote down of it, in order.

Judges nothing and reads no market data; `verdicts` and `causes` derive what the log leaves out.
"""

from collections.abc import Iterator
from typing import Any

import msgspec
import pyarrow.parquet as pq

from backtest.results.folder import Run
from backtest.results.log import Record, records
from backtest.results.tables import ORDERS
from engine.errors import UsageError

_SHOWN = 3


class Stage(msgspec.Struct, frozen=True):
    """Hold one stage: when it was (ns), when the venue says it was (0: it does not), what it is."""

    ts: int
    name: str
    text: str
    ts_venue: int = 0


class Story(msgspec.Struct, frozen=True):
    """Hold what a run tells of an order: its row, its records, those of its instrument before it.

    `row` is that of the table of orders, by column; where a run has no such table, what was sent
    takes its place. `number` is that of the first record in the run's log or journal.
    """

    order: str
    number: int
    row: Record
    records: tuple[Record, ...]
    before: tuple[Record, ...]

    @property
    def submitted(self) -> Record | None:
        """Return what was sent to place the order; None when nothing was."""
        return next((each for each in self.records if each["event"] == "SubmitOrder"), None)

    @property
    def denied(self) -> Record | None:
        """Return the denial of the order itself; None when it was sent."""
        if self.submitted is not None:
            return None
        return next((each for each in self.records if each["event"] == "OrderDenied"), None)

    @property
    def intent(self) -> Stage:
        """Return what was asked for first, and when."""
        ts = time_of(self.records[0])
        words = {**self.row, "quantity": self.row["quantity"] or "?"}
        text = "{strategy} asks: {side} {quantity} {instrument}, {type}, {prices}"
        return Stage(ts, "intent", text.format_map(_Words(words)))


def read_story(run: Run, wanted: str) -> Story:
    """Return the story of the order that `wanted` names: a client order id, or its counter.

    Raises UsageError when the run knows no such order.
    """
    order = _named(run, wanted)
    found = list(records(run, order))
    start, own = found[0][0], tuple(record for _, record in found)
    row = _row(run, order) or _sent(own)
    earlier = records(run, row["instrument"])
    before = tuple(record for number, record in earlier if number < start)
    return Story(order, start, row, own, before)


def stages(story: Story) -> Iterator[Stage]:
    """Yield the stages of an order that its records tell of."""
    for record in story.records:
        told = _TOLD.get(record["event"])
        if told is not None:
            name, text = told
            venue = record.get("ts_event", 0) if name in _BY_VENUE else 0
            yield Stage(time_of(record), name, text.format_map(_Words(record)), venue)


def time_of(record: Record) -> int:
    """Return when a record was decided or received, in nanoseconds UTC."""
    ts = record["ts_recv"] if "ts_recv" in record else record.get("ts", 0)
    return int(ts)


class _Words(dict[str, Any]):
    """The words of a record for a sentence; what is absent is a dash."""

    def __missing__(self, key: str) -> str:
        return "-"

    def __init__(self, record: Record) -> None:
        super().__init__({key: _plain(value) for key, value in record.items()})
        side = record.get("side")
        if side is not None:
            self["side"] = {1: "buy", -1: "sell"}.get(side, "?")
        prices = [("limit", "price"), ("trigger", "stop"), ("trail", "trail")]
        named = [f"{word} {record[key]:g}" for word, key in prices if record.get(key) is not None]
        self["prices"] = ", ".join(named) or "at the market"
        wait = record.get("until", 0) - record.get("ts", 0)
        self["limit"] = "as long as it takes" if wait > 10**17 else f"for {wait / 1e9:g} s at most"


_TOLD = {
    "IntentWaiting": ("wait", "{kind} waits for {rule}, {limit}"),
    "SubmitOrder": ("sent", "{side} {quantity} {instrument}, {type}, {prices}"),
    "ReplaceOrder": ("change sent", "to {quantity}, {prices} (request {request})"),
    "CancelOrder": ("cancel sent", "request {request}"),
    "ClosePosition": ("sent", "{quantity} of position {position_id}, at the market"),
    "SetProtection": ("sent", "position {position_id}: stop {stop_loss}, profit {take_profit}"),
    "OrderDenied": ("denied", "{reason}: {message}"),
    "OrderAccepted": ("accepted", "the venue calls it {venue_order_id}"),
    "OrderRejected": ("rejected", "{reason}"),
    "OrderTriggered": ("triggered", "its stop was reached"),
    "OrderFilled": ("filled", "{quantity} at {price}, fee {fee} {fee_currency}, {liquidity}"),
    "OrderReplaced": ("changed", "to {quantity}, {prices} (request {request})"),
    "OrderCanceled": ("canceled", "{reason}"),
    "OrderExpired": ("expired", "its time in force ended"),
    "CancelRejected": ("cancel refused", "{reason}"),
    "ReplaceRejected": ("change refused", "{reason}"),
    "OrderUnknown": ("unknown", "{reason}"),
    "OrderLost": ("lost", "{reason}"),
    "ProtectionSet": ("protected", "stop {stop_loss}, profit {take_profit}"),
    "FillClaimed": ("claimed", "the fill {trade_id}, which the account had already"),
}
"""What a stage of each kind of record is called, and what is said of it."""

_BY_VENUE = ("accepted", "rejected", "triggered", "filled", "changed", "canceled", "expired")


def _plain(value: object) -> object:
    return f"{value:g}" if isinstance(value, float) else "-" if value == "" else value


def _row(run: Run, order: str) -> Record | None:
    """Return an order's row of the table of orders; None where a run has none."""
    path = run.path / ORDERS.file_name
    if not path.is_file():
        return None
    found = pq.read_table(path, filters=[("client_order_id", "=", order)]).to_pylist()
    return found[0] if found else None


def _sent(own: tuple[Record, ...]) -> Record:
    """Return what stands for a row where there is no table: what was sent, or the little known."""
    unknown = {"strategy": "?", "account": "", "side": 0, "type": "?", "quantity": 0.0}
    sent = next((each for each in own if each["event"] == "SubmitOrder"), own[0])
    return {**unknown, **sent}


def _named(run: Run, wanted: str) -> str:
    """Return the id of an order that is named whole or by its counter."""
    known: dict[str, None] = {}
    for _, record in records(run, "client_order_id"):
        name = str(record["client_order_id"])
        if wanted in (name, name.rpartition("-")[2]):
            return name
        known[name] = None
    some = ", ".join(list(known)[:_SHOWN]) or "none"
    raise UsageError(f"run {run.id} has no order {wanted!r}; it has {len(known)}: {some} ...")
