"""Draw what goes wrong in one run: a swarm of faults, of which some are off and some are heavy.

Plays nothing; `connectors.simulation` does.
"""

from collections.abc import Iterable, Mapping
from random import Random

import msgspec

from connectors.frame.package import VenuePackage
from connectors.simulation.faults import AT_THE_BOT, Chance, Fault, read_chances
from engine.journal.writer import Durability
from lockstep.simulators import make_broker, make_simulator

_AT_EVERY_VENUE = tuple(Fault)[: tuple(Fault).index(Fault.EXPIRE_TOKEN)]
_NEEDS_STREAMS = (Fault.SPLIT,)
_ON = 0.4
"""How likely each fault is part of one run: few enough that runs differ."""
_WEIGHTS = (0.3, 1.0, 3.0)
_SPANS_MS = (20.0, 200.0, 2_000.0)


class Usual(msgspec.Struct, frozen=True):
    """Say how often a fault usually strikes: at which share of its opportunities, how many times.

    What takes a connection or a login with it has an end, so that a run does more than reconnect.
    """

    probability: float
    times: int | None = None


USUAL: Mapping[Fault, Usual] = {
    Fault.REFUSE_CONNECT: Usual(0.5, 3),
    Fault.CUT_BEFORE: Usual(0.01, 4),
    Fault.CUT_AFTER: Usual(0.02, 4),
    Fault.HALF_OPEN: Usual(0.002, 1),
    Fault.DELAY: Usual(0.1),
    Fault.SLOW: Usual(0.3, 1),
    Fault.DUPLICATE: Usual(0.2),
    Fault.REORDER: Usual(0.2),
    Fault.SPLIT: Usual(0.3),
    Fault.MUTE: Usual(0.002, 1),
    Fault.GARBLE: Usual(0.002, 3),
    Fault.PARTIAL: Usual(0.002, 3),
    Fault.HUGE: Usual(0.0005, 1),
    Fault.LOSE_REPLY: Usual(0.02, 3),
    Fault.TOO_MANY: Usual(0.05, 6),
    Fault.FAIL_BEFORE: Usual(0.05, 6),
    Fault.FAIL_AFTER: Usual(0.05, 6),
    Fault.RESTART: Usual(0.002, 2),
    Fault.BURST: Usual(0.003, 1),
    Fault.SKEW: Usual(0.5),
    Fault.CLOCK_JUMP: Usual(0.001, 4),
    Fault.CANCEL_RACE: Usual(0.3),
    Fault.KILL_SWITCH: Usual(0.05, 1),
    Fault.WRITE_FAILS: Usual(0.01, 1),
    Fault.SYNC_FAILS: Usual(0.02, 1),
    Fault.TORN_WRITE: Usual(0.01, 1),
    Fault.DISK_FULL: Usual(0.01, 1),
    Fault.KILL: Usual(0.7, 3),
    Fault.KILL_AT_WRITE: Usual(0.02, 2),
    Fault.POWER_CUT: Usual(0.02, 2),
    Fault.EXPIRE_TOKEN: Usual(0.1, 3),
    Fault.REFUSE_LOGIN: Usual(0.3, 1),
    Fault.REJECT: Usual(0.1),
    Fault.FILL_FIRST: Usual(0.3),
    Fault.BREAK_OFF: Usual(0.05, 3),
    Fault.STALE_LIST: Usual(0.3, 10),
    Fault.GAP: Usual(0.02, 5),
    Fault.TAKE_OVER: Usual(0.02, 1),
    Fault.LOG_OUT: Usual(0.02, 1),
    Fault.DISMISS: Usual(0.02, 1),
    Fault.MAINTENANCE: Usual(0.05, 4),
}
"""How often a fault usually strikes in a run where it is on."""


class Swarm(msgspec.Struct, frozen=True, kw_only=True):
    """Say which faults runs are drawn from, and which are in every run, however often they like."""

    drawn: tuple[Fault, ...] = tuple(USUAL)
    always: Mapping[Fault, Chance] = {}

    def chances(self, seed: int) -> dict[Fault, Chance]:
        """Return the faults of one run: each is on or off, lighter or heavier."""
        return draw_chances(seed, self.drawn) | dict(self.always)

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Return every fault that some run should see."""
        return tuple(dict.fromkeys((*self.drawn, *self.always)))


def survived_by(durability: Durability) -> tuple[Fault, ...]:
    """Return the faults that a bot survives whose journal is as durable as that."""
    beyond: Mapping[Durability, tuple[Fault, ...]] = {
        "buffered": (Fault.KILL, Fault.KILL_AT_WRITE, Fault.POWER_CUT),
        "process": (Fault.POWER_CUT,),
        "power": (),
    }
    return tuple(fault for fault in Fault if fault not in beyond[durability])


def swarm_for(packages: Iterable[VenuePackage], durability: Durability = "power") -> Swarm:
    """Return the swarm of all faults that can strike at some of the venues, or at the bot."""
    played: dict[Fault, None] = {}
    for package in packages:
        streams = make_simulator(package, make_broker(package)).has_streams
        played |= dict.fromkeys(package.plays)
        played |= dict.fromkeys(each for each in _AT_EVERY_VENUE if each not in _NEEDS_STREAMS)
        played |= dict.fromkeys(_NEEDS_STREAMS if streams else ())
    played |= dict.fromkeys(AT_THE_BOT)
    survived = survived_by(durability)
    return Swarm(drawn=tuple(fault for fault in USUAL if fault in played and fault in survived))


def read_swarm(text: str, usual: Swarm) -> Swarm:
    """Read faults as a command line gives them; an empty text gives what is usual.

    A bare NAME may be in a run, as often as usual; NAME=0.1 or NAME=x2 is in every run, as often as
    that. Raises UsageError for what cannot be read.
    """
    if not text.strip():
        return usual
    parts = text.split(",")
    bare = read_chances(",".join(part for part in parts if "=" not in part), Fault)
    fixed = read_chances(",".join(part for part in parts if "=" in part), Fault)
    return Swarm(drawn=tuple(bare), always=fixed)


def draw_chances(seed: int, allowed: Iterable[Fault]) -> dict[Fault, Chance]:
    """Return the faults of one run: each of those allowed is on or off, lighter or heavier."""
    drawn: dict[Fault, Chance] = {}
    for fault in sorted(fault for fault in allowed if fault in USUAL):
        random = Random(f"{seed}/plan/{fault}")  # one of its own: a new fault changes no other
        is_on, weight = random.random() < _ON, random.choice(_WEIGHTS)
        span_ms = random.choice(_SPANS_MS)
        if is_on:
            usual = USUAL[fault]
            probability = min(1.0, usual.probability * weight)
            drawn[fault] = Chance(probability=probability, times=usual.times, span_ms=span_ms)
    return drawn
