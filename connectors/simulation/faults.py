"""What can go wrong on purpose: named faults, each with its chance, its own draw and a counter.

Does nothing itself: the server and the venue's simulator ask before they act.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from random import Random
from types import MappingProxyType

import msgspec

from engine.errors import UsageError


class Fault(StrEnum):
    """Name the faults.

    The server plays those up to CLOCK_JUMP, the broker CANCEL_RACE, simulators those up to
    MAINTENANCE: which, their packages say. The rest befall the bot itself; a torture plays them.
    """

    REFUSE_CONNECT = "refuse_connect"
    """A connection is refused before it opens."""
    CUT_BEFORE = "cut_before"
    """The connection is lost before the venue has read a request or frame."""
    CUT_AFTER = "cut_after"
    """The venue acts on a request or frame, and the connection is lost before the answer."""
    HALF_OPEN = "half_open"
    """A connection seems to stand, and nothing gets through any more in either direction."""
    DELAY = "delay"
    """A frame or response leaves late, by up to the span of the fault."""
    SLOW = "slow"
    """A connection lets through only so many frames from now on, ten in each span of the fault."""
    DUPLICATE = "duplicate"
    """An order report is sent twice."""
    REORDER = "reorder"
    """An order report is sent after the next one."""
    SPLIT = "split"
    """The bytes of a TCP stream are cut at any place."""
    MUTE = "mute"
    """A connection stays open and sends nothing any more."""
    GARBLE = "garble"
    """A frame is sent broken."""
    PARTIAL = "partial"
    """Half of a frame or response leaves, and the connection is lost."""
    HUGE = "huge"
    """A frame is sent that is longer than any client should take."""
    LOSE_REPLY = "lose_reply"
    """The venue acts on a request, and its answer is never sent; the connection stays."""
    TOO_MANY = "too_many"
    """A request is refused with 429 before the venue acts."""
    FAIL_BEFORE = "fail_before"
    """A request is answered with 500 before the venue acts."""
    FAIL_AFTER = "fail_after"
    """The venue acts on a request and answers with 502."""
    RESTART = "restart"
    """Every connection is lost at once; orders live on."""
    BURST = "burst"
    """The market goes 100 times as fast, for the span of the fault."""
    SKEW = "skew"
    """The venue's clock is wrong from the beginning, by up to the span of the fault."""
    CLOCK_JUMP = "clock_jump"
    """A clock is set forth or back, by up to the span of the fault."""

    CANCEL_RACE = "cancel_race"
    """An order fills, whole or in part, just before its cancel or change is carried out."""

    EXPIRE_TOKEN = "expire_token"  # noqa: S105 - a name, no secret
    """A token is refused before its time."""
    REFUSE_LOGIN = "refuse_login"
    """A login or the renewal of a token is refused."""
    REJECT = "reject"
    """An order is rejected for no reason of its own."""
    FILL_FIRST = "fill_first"
    """A fill is told before the acknowledgement of its order."""
    BREAK_OFF = "break_off"
    """The connection is lost between the acknowledgement of an order and its fill."""
    STALE_LIST = "stale_list"
    """A list lacks what happened last."""
    GAP = "gap"
    """A numbered update of a book is left out."""
    TAKE_OVER = "take_over"
    """Another login ends this one."""
    LOG_OUT = "log_out"
    """The session of one account is ended, and the connection stays."""
    DISMISS = "dismiss"
    """The session of the whole program is ended, and the connection stays."""
    MAINTENANCE = "maintenance"
    """The venue answers that it is closed for maintenance."""

    KILL_SWITCH = "kill_switch"
    """An operator kills all trading, and lets it go on some seconds later."""
    WRITE_FAILS = "write_fails"
    """A write to the disk fails."""
    SYNC_FAILS = "sync_fails"
    """A sync of the disk fails."""
    TORN_WRITE = "torn_write"
    """A write to the disk fails half way, and what was written stays."""
    DISK_FULL = "disk_full"
    """The disk takes nothing more."""
    KILL = "kill"
    """The bot's process is killed; what it had written stays."""
    KILL_AT_WRITE = "kill_at_write"
    """The bot's process is killed within a write to its disk, at any byte of it."""
    POWER_CUT = "power_cut"
    """The bot's machine goes down; what it had not synced may be lost."""


AT_THE_BOT = (
    Fault.KILL_SWITCH,
    Fault.WRITE_FAILS,
    Fault.SYNC_FAILS,
    Fault.TORN_WRITE,
    Fault.DISK_FULL,
    Fault.KILL,
    Fault.KILL_AT_WRITE,
    Fault.POWER_CUT,
)
"""The faults that befall the bot and no venue: a simulator alone cannot play them."""


class Chance(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Say how often a fault strikes: the `probability` at each opportunity, at most `times`.

    `only` is a regular expression to be found in what is struck, such as a path or a word of the
    frame.
    `span_ms` bounds what takes time. None for `times` is without end.
    """

    probability: float = 1.0
    times: int | None = None
    only: str = ""
    span_ms: float = 50.0


class FaultPlan:
    """Decide, from a seed, when which fault strikes.

    Each fault draws from a generator of its own, so that switching one on changes no other.
    `heard` is told of each strike, and of what was struck.
    `counts` tells how often each has struck: a campaign in which one never did has not shown
    anything about it.
    """

    def __init__(
        self, seed: int = 0, chances: Mapping[Fault, Chance] = MappingProxyType({})
    ) -> None:
        self.counts: Counter[Fault] = Counter()
        self.heard: Callable[[Fault, str], object] = _nobody
        self._seed = seed
        self._random: dict[Fault, Random] = {}
        self._chances: dict[Fault, Chance] = {}
        self._left: dict[Fault, int | None] = {}
        for fault, chance in chances.items():
            self.set(fault, chance)

    @property
    def chances(self) -> Mapping[Fault, Chance]:
        """Return the faults that are on, as they were set."""
        return dict(self._chances)

    def set(self, fault: Fault, chance: Chance | None = None) -> None:
        """Switch a fault on, by default always, or with a probability of 0 off."""
        chance = chance or Chance()
        if not 0 <= chance.probability <= 1:
            raise UsageError(f"fault {fault}: probability {chance.probability} is not from 0 to 1")
        self._chances[fault] = chance
        self._left[fault] = chance.times

    def clear(self) -> None:
        """Switch every fault off; the counters stay."""
        self._chances.clear()
        self._left.clear()

    def strikes(self, fault: Fault, what: str = "") -> bool:
        """Decide one opportunity, and count it if the fault strikes."""
        chance = self._chances.get(fault)
        if chance is None or self._left[fault] == 0 or not re.search(chance.only, what):
            return False
        if chance.probability < 1 and self._draw(fault) >= chance.probability:
            return False
        left = self._left[fault]
        self._left[fault] = None if left is None else left - 1
        self.counts[fault] += 1
        self.heard(fault, what)
        return True

    def span_ns(self, fault: Fault) -> int:
        """Draw a time from 0 to the span of a fault (ns)."""
        chance = self._chances.get(fault) or Chance()
        return round(self._draw(fault) * chance.span_ms * 1e6)

    def share(self, fault: Fault) -> float:
        """Draw a number from 0 to 1 for whatever else a fault decides."""
        return self._draw(fault)

    def is_on(self, fault: Fault) -> bool:
        """Say whether a fault may strike, or what it has begun may last."""
        return fault in self._chances

    def _draw(self, fault: Fault) -> float:
        generator = self._random.get(fault)
        if generator is None:
            generator = self._random[fault] = Random(f"{self._seed}/{fault}")
        return generator.random()


def _nobody(_fault: Fault, _what: str) -> None:
    """Tell nobody of a strike."""


AT_VENUES = tuple(fault for fault in Fault if fault not in AT_THE_BOT)
"""The faults that a simulator can play; which of those of a venue's own, its package says."""


def read_chances(text: str, allowed: Iterable[Fault] = AT_VENUES) -> dict[Fault, Chance]:
    """Read faults as a command line gives them: `delay,cut_after=0.1,fail_after=x2`.

    A number is a probability, `x` and a number how often. Raises UsageError, also for a fault that
    is not among those allowed.
    """
    known = {fault.value: fault for fault in allowed}
    found: dict[Fault, Chance] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        name, _, value = part.partition("=")
        try:
            found[known[name]] = _chance(value)
        except (KeyError, ValueError):
            raise UsageError(
                f"fault {part!r} cannot be read; write NAME, NAME=0.1 or NAME=x2 with a NAME of "
                + ", ".join(known)
            ) from None
    return found


def _chance(value: str) -> Chance:
    if value.startswith("x"):
        return Chance(times=int(value[1:]))
    return Chance(probability=float(value)) if value else Chance()
