"""What led to an order: the report or the recorded row of the very moment at which it was asked.

A journal tells what came in last before it. A decision log does not, so there this is an inference
from times.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import msgspec

from backtest.catalogue.catalogue import Catalogue
from backtest.catalogue.columns import Kind
from backtest.data_source import DataSource
from backtest.events import events_of
from backtest.results.folder import Run
from backtest.results.log import input_before
from backtest.results.story import Stage, Story, time_of
from engine.config.sections import Config
from engine.config.values import Moment
from engine.errors import LockstepError
from engine.model.market import Bar, InstrumentStatus, QuoteTick, TradeTick

_CALLBACKS = {"OrderFilled": "on_fill or on_order"}


def cause_of(run: Run, story: Story) -> Stage:
    """Return the event at whose moment an order was asked for, and the callback it went to.

    The last report of the strategy's own orders at that moment, else the recorded rows of the run's
    streams, else something that leaves no trace: a timer, a request's answer, or the start.
    """
    ts = story.intent.ts
    came = input_before(run, story.number)
    if came is not None:
        about = came.get("client_order_id") or came.get("instrument") or ""
        return Stage(time_of(came), "event", f"{came['event']} {about}".rstrip())
    for record in reversed(story.before):
        if time_of(record) != ts:
            break
        if record["event"].startswith("Order") and record["event"] != "OrderDenied":
            callback = _CALLBACKS.get(record["event"], "on_order")
            text = f"{record['event']} of {record['client_order_id']} -> {callback}"
            return Stage(ts, "event", text)
    rows = list(_rows(run, ts))
    if rows:
        return Stage(ts, "event", " / ".join(rows))
    return Stage(ts, "event", "nothing recorded at that moment: a timer, an answer, or the start")


def _rows(run: Run, ts: int) -> Iterator[str]:
    """Yield the recorded rows that a run received at a moment; none where its data is gone."""
    data = run.manifest.get("data")
    if not isinstance(data, dict):
        return
    try:
        config = msgspec.convert(run.config, Config, dec_hook=_moment)
        if not Path(config.run.catalog).is_dir():
            return
        source = DataSource(config, Catalogue(config.run.catalog))
        for key in data:
            name, _, stream = str(key).rpartition(" ")
            kind, _, spec = stream.partition("-")
            delay = round(config.exchange.rules(name).latency_ms.feed * 1e6) if not spec else 0
            yield from _at(source, name, (cast("Kind", kind), spec or None), ts - delay)
    except (LockstepError, KeyError, msgspec.ValidationError):
        return


def _at(source: DataSource, name: str, stream: tuple[Kind, str | None], ts: int) -> Iterator[str]:
    for columns in source.read(name, stream, ts, ts + 1):
        for event in events_of(source[name], columns):
            if isinstance(event, QuoteTick):
                yield f"quote of {name} {event.bid:g} / {event.ask:g} -> on_quote"
            elif isinstance(event, TradeTick):
                yield f"trade of {name} {event.size:g} at {event.price:g} -> on_trade"
            elif isinstance(event, Bar):
                yield f"{event.spec} bar of {name}, close {event.close:g} -> on_bar"
            elif isinstance(event, InstrumentStatus):
                yield f"{name} {event.state} -> on_status"
            else:
                yield f"book of {name} -> on_book"
                return


def _moment(kind: type, value: object) -> object:
    return Moment(value) if kind is Moment else value
