"""What each rule said of an order, derived from the run's configuration and its decision log.

Runs no rule: an order that was sent passed every rule that was asked, a denied one failed the last.
"""

from collections.abc import Iterator

import msgspec

from backtest.results.folder import Run
from backtest.results.log import Record
from backtest.results.story import Story
from engine.config.risk import RiskConfig
from engine.gate.asked import asked_always, asked_of_entries, asked_of_exits, asked_of_worth
from engine.gate.limits import Limits, limits_of
from engine.model.instrument import Instrument
from engine.model.reports import DenialReason
from engine.model.risk import Cause

_R = DenialReason
_FIRST = {
    "state of the strategy": (_R.WARMING_UP, _R.STRATEGY_STOPPED),
    "grid and prices": (_R.PRICE_OFF_GRID, _R.PRICE_INVALID, _R.ORDER_INVALID),
    "size": (_R.QUANTITY_TOO_SMALL, _R.QUANTITY_TOO_LARGE, _R.NOTHING_TO_REDUCE),
    "states and latches": tuple(_R(cause.value) for cause in Cause if cause.value in list(_R)),
}
_LAST = {
    "rates": (
        _R.NOT_SUPPORTED,
        _R.MESSAGE_RATE,
        _R.RATE_LIMIT,
        _R.RATE_QUEUE_FULL,
        _R.RATE_DEADLINE,
        _R.WITHDRAWN,
    )
}
_ALIASES = {
    _R.STALE_REFERENCE: _R.PRICE_COLLAR,
    _R.FEED_GAPPED: _R.FEED_STALE,
    _R.BOOK_CROSSED: _R.FEED_STALE,
    _R.NO_CURRENCY_RATE: _R.ORDER_VALUE,
}
"""Reasons that a rule gives beside the one it is named by."""


_NAMING = ("SubmitOrder", "ClosePosition", "SetProtection")
_ENDS = ("OrderCanceled", "OrderRejected", "OrderExpired")


class Verdict(msgspec.Struct, frozen=True):
    """Hold what one rule said: passed, denied, or not reached."""

    rule: str
    said: str


def verdicts(run: Run, story: Story) -> Iterator[Verdict]:
    """Yield the verdict of each rule that was asked of an order, in order."""
    rules = list(_rules(run, story))
    denied = story.denied
    failed = None if denied is None else _R(denied["reason"])
    place = _place(rules, failed)
    for number, (name, _) in enumerate(rules):
        if failed is None or number < place:
            yield Verdict(name, "passed")
        elif number == place:
            assert denied is not None
            yield Verdict(name, f"denied: {denied['message']}")
        else:
            yield Verdict(name, "not reached")


def is_exit(story: Story) -> bool:
    """Say whether an order could only reduce the account's position when it was asked for.

    What was held and worked then is summed up from the log; what names a position only reduces it.
    """
    if any(each["event"] in _NAMING and each.get("position_id") for each in story.records):
        return True
    side, quantity = story.row["side"], story.row["quantity"]
    reduce_only = bool(story.submitted and story.submitted.get("reduce_only"))
    held, working = _held(story)
    if held * side >= 0:
        return False
    asked = min(quantity, abs(held)) if reduce_only else quantity
    return bool(working + asked <= abs(held) + 1e-9)


def _rules(run: Run, story: Story) -> Iterator[tuple[str, tuple[DenialReason, ...]]]:
    yield from _FIRST.items()
    limits = _limits(run, story.row)
    for reason in asked_always(limits):
        yield reason.value, (reason,)
    if is_exit(story):
        asked = asked_of_exits(limits)
    else:
        asked = (*asked_of_entries(limits), *asked_of_worth(limits))
    for reason in asked:
        yield reason.value, (reason, *(a for a, named in _ALIASES.items() if named == reason))
    yield from _LAST.items()


def _limits(run: Run, row: Record) -> Limits:
    """Return the limits of the order's route; the grid of its instrument does not matter here."""
    risk = msgspec.convert(run.config.get("risk", {}), RiskConfig)
    grid = Instrument.define(row["instrument"], tick="0.00000001", currency="-")
    accounts = run.config.get("accounts")
    firm = "-" if isinstance(accounts, list) and len(accounts) > 1 else ""
    return limits_of(risk, row["strategy"], row["account"], grid, firm)


def _place(rules: list[tuple[str, tuple[DenialReason, ...]]], failed: DenialReason | None) -> int:
    return next((n for n, (_, reasons) in enumerate(rules) if failed in reasons), len(rules))


def _held(story: Story) -> tuple[float, float]:
    """Return the account's position, and what works on the order's side without reduce-only."""
    account, side, held = story.row["account"], story.row["side"], 0.0
    left: dict[str, tuple[Record, float]] = {}
    for record in story.before:
        name, kind = record.get("client_order_id", ""), record["event"]
        if kind == "SubmitOrder" and record["account"] == account:
            left[name] = record, record["quantity"]
        elif name not in left:
            continue
        elif kind == "OrderFilled":
            held += record["side"] * record["quantity"]
            left[name] = left[name][0], left[name][1] - record["quantity"]
        elif kind in _ENDS:
            left[name] = left[name][0], 0.0
    working = sum(
        rest for sent, rest in left.values() if sent["side"] == side and not sent.get("reduce_only")
    )
    return held, working
