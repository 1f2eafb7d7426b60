"""Safeguards of the limits: what may still fill stays reserved, and the gate counts all of it."""

# ruff: noqa: ANN401 - what is swapped has as many types as the product has functions

from collections.abc import Callable
from typing import Any

from connectors.simulation.faults import Fault
from engine.gate.latches import Held, Latches
from engine.gate.pacing import Pacing
from engine.gate.rates.path import RatePath
from engine.gate.rules.positions import WorstPosition
from engine.orders import table
from engine.orders.life import Request
from engine.orders.table import OrderTable
from lockstep.torture.mutants.mutant import LOST_ANSWERS, Mutant, around, instead, strikes

Original = Callable[..., Any]

_SLOW = strikes(Fault.DELAY, probability=0.6, span_ms=2_000.0)


def _pass(*_: Any) -> None:
    """Deny nothing."""


def _admit(*_: Any) -> bool:
    return True


def _refuse(*_: Any) -> bool:
    return False


def _release(order: Any, leg: Any) -> None:
    table._move_reservation(order, -leg.reserved)  # noqa: SLF001 - the mutation is in there
    leg.reserved = 0


def _released_by_request(
    requested: Original, orders: Any, order: Any, leg: Any, request: Any, new_quantity: int = 0
) -> None:
    requested(orders, order, leg, request, new_quantity)
    if request is Request.CANCEL:
        _release(order, leg)


def _released_by_doubt(unknown: Original, orders: Any, order: Any, leg: Any, report: Any) -> Any:
    found = unknown(orders, order, leg, report)
    _release(order, leg)
    return found


def _amended_for_nothing(
    requested: Original, orders: Any, order: Any, leg: Any, request: Any, _quantity: int = 0
) -> None:
    requested(orders, order, leg, request, 0)


MUTANTS = (
    Mutant(
        name="position_limit_off",
        safeguard="no approval lets a position come beyond its limit",
        mutation=instead(WorstPosition, "judge", _pass),
        faults={},
    ),
    Mutant(
        name="released_by_cancel_request",
        safeguard="a reservation is released by evidence, and not by asking for a cancel",
        mutation=around(OrderTable, "requested", _released_by_request),
        faults=_SLOW | strikes(Fault.CANCEL_RACE, probability=0.5),
        tightness=2.0,
    ),
    Mutant(
        name="released_by_doubt",
        safeguard="an order that is unknown keeps its reservation",
        mutation=around(OrderTable, "_unknown", _released_by_doubt),
        faults=LOST_ANSWERS | _SLOW,
        tightness=2.0,
    ),
    Mutant(
        name="amends_reserve_nothing",
        safeguard="a change in flight reserves the larger of the old and the new quantity",
        mutation=around(OrderTable, "requested", _amended_for_nothing),
        faults=_SLOW,
        tightness=2.0,
    ),
    Mutant(
        name="replacements_not_added",
        safeguard="where a replace makes a second order, both are reserved",
        mutation=instead(Pacing, "replace_adds", _refuse),
        faults=_SLOW | strikes(Fault.CANCEL_RACE, probability=0.5),
        venue="ALOR",
        tightness=2.0,
    ),
    Mutant(
        name="exits_not_counted",
        safeguard="exits count in full where the venue does not keep them to reducing",
        mutation=instead(Pacing, "keeps_reduce_only", _admit),
        faults=_SLOW,
        venue="ALOR",
        tightness=2.0,
    ),
    Mutant(
        name="rates_not_limited",
        safeguard="no window of the venue's clock sees more requests than it allows",
        mutation=instead(RatePath, "admit", _admit),
        faults={},
        venue="BINCK",
    ),
    Mutant(
        name="kill_denies_nothing",
        safeguard="after a kill the gate lets nothing but cancels pass",
        mutation=instead(Held, "halted", _pass),
        faults=strikes(Fault.KILL_SWITCH, probability=0.5, times=2),
    ),
    Mutant(
        name="latches_not_seen",
        safeguard="a latch holds every route that it covers",
        mutation=instead(Latches, "holding", _pass),
        faults=strikes(Fault.KILL_SWITCH, probability=0.5, times=2),
    ),
)
"""Mutants of limits and latches."""
