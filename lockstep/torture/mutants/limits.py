"""Safeguards of the limits: what may still fill stays reserved, and the gate counts all of it."""

# ruff: noqa: ANN401 - what is swapped has as many types as the product has functions

from collections.abc import Callable
from typing import Any

from connectors.simulation.faults import Fault
from engine.gate.latches import Held, Latches
from engine.gate.pacing import Pacing
from engine.gate.rates.path import RatePath
from engine.gate.rules.positions import WorstPosition
from lockstep.torture.mutants.mutant import Mutant, instead, strikes

Original = Callable[..., Any]

_SLOW = strikes(Fault.DELAY, probability=0.6, span_ms=2_000.0)


def _pass(*_: Any) -> None:
    """Deny nothing."""


def _admit(*_: Any) -> bool:
    return True


def _refuse(*_: Any) -> bool:
    return False


MUTANTS = (
    Mutant(
        name="position_limit_off",
        safeguard="no approval lets a position come beyond its limit",
        mutation=instead(WorstPosition, "judge", _pass),
        faults={},
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
