"""Safeguards of connections: lost ones are noticed, renewed, and followed by the venue's truth."""

# ruff: noqa: ANN401 - what is swapped has as many types as the product has functions

from collections.abc import Callable
from typing import Any

from connectors.frame.connector import Connector
from connectors.frame.conversation import Conversation
from connectors.frame.feeds import Feeds
from connectors.frame.login import Login
from connectors.frame.supervisor import LinkSupervisor
from connectors.simulation.faults import Fault
from engine.live.life import Life
from lockstep.torture.mutants.mutant import (
    DEATHS,
    Mutant,
    around,
    instead,
    strikes,
    together,
)

Original = Callable[..., Any]

_CUTS = strikes(Fault.CUT_AFTER, Fault.CUT_BEFORE, probability=0.03, times=5) | strikes(
    Fault.RESTART, probability=0.01, times=3
)


async def _no_truth(*_: Any) -> None:
    """Ask for no truth."""


def _never_silent(init: Original, *arguments: Any, **named: Any) -> None:
    init(*arguments, **{**named, "silence_ns": None})


def _never_late(conversation: Any) -> None:
    conversation._timer = None  # noqa: SLF001 - what it does instead of looking at the time


def _still_good(_login: Any) -> None:
    """Think the token good that was refused."""


def _no_feeds(*_: Any) -> tuple[()]:
    return ()


async def _at_once(*_: Any) -> bool:
    return True


async def _for_ever(supervisor: Any) -> None:
    await supervisor._once()  # noqa: SLF001 - one connection and never another


MUTANTS = (
    Mutant(
        name="no_reconnect",
        safeguard="a link that was lost is connected again",
        mutation=instead(LinkSupervisor, "_stay_connected", _for_ever),
        faults=_CUTS,
    ),
    Mutant(
        name="no_truth_after_reconnect",
        safeguard="after a reconnect the venue is asked for orders, fills and positions",
        mutation=together(
            instead(Connector, "resync", _no_truth), instead(Life, "_reconcile", _at_once)
        ),
        faults=_CUTS,
    ),
    Mutant(
        name="silence_not_noticed",
        safeguard="a connection that says nothing any more is given up",
        mutation=together(
            around(Conversation, "__init__", _never_silent),
            instead(Conversation, "_ring", _never_late),
        ),
        faults=strikes(Fault.MUTE, Fault.HALF_OPEN, probability=0.02, times=2),
    ),
    Mutant(
        name="refused_token_kept",
        safeguard="a token that was refused is replaced by a new login",
        mutation=instead(Login, "invalidate", _still_good),
        faults=strikes(Fault.EXPIRE_TOKEN, probability=0.5, times=2)
        | strikes(Fault.RESTART, probability=0.02, times=3),
    ),
    Mutant(
        name="no_resubscribe",
        safeguard="streams are asked for again after a reconnect",
        mutation=instead(Feeds, "on", _no_feeds),
        faults=_CUTS,
    ),
    Mutant(
        name="strategies_before_the_truth",
        safeguard="strategies start after the venue has confirmed the books",
        mutation=instead(Life, "_reconcile", _at_once),
        faults=DEATHS,
    ),
)
"""Mutants of connections and logins."""
