"""Safeguards of what is believed: fills counted once, and nothing closed without evidence."""

# ruff: noqa: ANN401 - what is swapped has as many types as the product has functions

from collections.abc import Callable
from typing import Any

import msgspec

from connectors.simulation.faults import Fault
from engine.live.life import Life
from engine.live.runner import Runner
from engine.model.reports import OrderRejected, OrderUnknown
from engine.orders.life import CLOSED
from engine.orders.table import OrderTable
from engine.recovery.reconcile import Reconciler
from engine.recovery.trades import SeenTrades
from lockstep.live import plan
from lockstep.torture.mutants.mutant import (
    DEATHS,
    LOST_ANSWERS,
    Mutant,
    around,
    instead,
    strikes,
    together,
)

Original = Callable[..., Any]

_REPEATS = strikes(Fault.DUPLICATE, Fault.REORDER, probability=0.4)


def _forgetting_trades(filled: Original, table: Any, order: Any, leg: Any, report: Any) -> Any:
    leg.trades = ()
    return filled(table, order, leg, report)


def _not_when_closed(filled: Original, table: Any, order: Any, leg: Any, report: Any) -> Any:
    return 0 if CLOSED[leg.life] else filled(table, order, leg, report)


def _always_new(_trades: Any, _fill: Any) -> bool:
    return True


def _refused(feed: Original, runner: Any, event: Any) -> None:
    if isinstance(event, OrderUnknown):
        event = OrderRejected(
            client_order_id=event.client_order_id,
            instrument=event.instrument,
            account=event.account,
            ts_event=event.ts_event,
            ts_recv=event.ts_recv,
            reason="no answer",
        )
    feed(runner, event)


def _after_one_answer(policy: Original, *arguments: Any, **named: Any) -> Any:
    return msgspec.structs.replace(policy(*arguments, **named), polls=1, settle_ns=0)


def _without_fills(events: Original, reconciler: Any, truth: Any) -> Any:
    return events(reconciler, msgspec.structs.replace(truth, fills=None))


def _never(*_: Any) -> bool:
    return False


async def _nobody_asks(*_: Any) -> None:
    """Ask nobody."""


MUTANTS = (
    Mutant(
        name="fills_counted_twice",
        safeguard="a fill is booked once, however often it is told",
        mutation=together(
            instead(SeenTrades, "add", _always_new),
            around(OrderTable, "_filled", _forgetting_trades),
        ),
        faults=_REPEATS,
    ),
    Mutant(
        name="trades_forgotten_at_restart",
        safeguard="trades of earlier runs are known after a restart",
        mutation=together(
            instead(SeenTrades, "add", _always_new),
            instead(SeenTrades, "__contains__", _never),
            around(OrderTable, "_filled", _forgetting_trades),
        ),
        faults=DEATHS,
    ),
    Mutant(
        name="late_fills_ignored",
        safeguard="a closed order still takes the fills that were on their way",
        mutation=around(OrderTable, "_filled", _not_when_closed),
        faults=strikes(Fault.REORDER, Fault.DELAY, Fault.CANCEL_RACE, probability=0.4),
    ),
    Mutant(
        name="timeout_taken_for_refusal",
        safeguard="an order without an answer is unknown, and not refused",
        mutation=around(Runner, "feed", _refused),
        faults=LOST_ANSWERS,
    ),
    Mutant(
        name="absence_believed_at_once",
        safeguard="an order is lost only after several answers, each asked for late enough",
        mutation=around(plan, "reconcile_policy", _after_one_answer),
        faults=LOST_ANSWERS | strikes(Fault.STALE_LIST, probability=0.8),
    ),
    Mutant(
        name="fills_not_resynced",
        safeguard="fills that were missed come from the venue's list",
        mutation=around(Reconciler, "events", _without_fills),
        faults=strikes(Fault.CUT_AFTER, Fault.CUT_BEFORE, Fault.RESTART, probability=0.02, times=6),
    ),
    Mutant(
        name="doubts_left_alone",
        safeguard="the venue is asked about an order in doubt until it has answered",
        mutation=instead(Life, "_ask", _nobody_asks),
        faults=LOST_ANSWERS,
    ),
)
"""Mutants of the evidence for what is in the books."""
