"""What can go wrong on purpose: named faults, each with its chance, its own draw and a counter.

Does nothing itself: the server and the venue's simulator ask before they act.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from enum import StrEnum
from random import Random
from types import MappingProxyType

import msgspec

from engine.errors import UsageError


class Fault(StrEnum):
    """Name the faults. The server plays those up to RESTART; simulators play the rest."""

    REFUSE_CONNECT = "refuse_connect"
    """A connection is refused before it opens."""
    CUT_BEFORE = "cut_before"
    """The connection is lost before the venue has read a request or frame."""
    CUT_AFTER = "cut_after"
    """The venue acts on a request or frame, and the connection is lost before the answer."""
    DELAY = "delay"
    """A frame or response leaves late, by up to the span of the fault."""
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
    TOO_MANY = "too_many"
    """A request is refused with 429 before the venue acts."""
    FAIL_BEFORE = "fail_before"
    """A request is answered with 500 before the venue acts."""
    FAIL_AFTER = "fail_after"
    """The venue acts on a request and answers with 502."""
    RESTART = "restart"
    """Every connection is lost at once; orders live on."""

    EXPIRE_TOKEN = "expire_token"  # noqa: S105 - a name, no secret
    """A token is refused before its time."""
    REFUSE_LOGIN = "refuse_login"
    """A login or the renewal of a token is refused."""
    REJECT = "reject"
    """An order is rejected for no reason of its own."""
    FILL_FIRST = "fill_first"
    """A fill is told before the acknowledgement of its order."""
    STALE_LIST = "stale_list"
    """A list lacks what happened last."""
    GAP = "gap"
    """A numbered update of a book is left out."""
    TAKE_OVER = "take_over"
    """Another login ends this one."""
    MAINTENANCE = "maintenance"
    """The venue answers that it is closed for maintenance."""


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

    def _draw(self, fault: Fault) -> float:
        generator = self._random.get(fault)
        if generator is None:
            generator = self._random[fault] = Random(f"{self._seed}/{fault}")
        return generator.random()


def _nobody(_fault: Fault, _what: str) -> None:
    """Tell nobody of a strike."""


def read_chances(text: str) -> dict[Fault, Chance]:
    """Read faults as a command line gives them: `delay,cut_after=0.1,fail_after=x2`.

    A number is a probability, `x` and a number how often. Raises UsageError.
    """
    found: dict[Fault, Chance] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        name, _, value = part.partition("=")
        try:
            found[Fault(name)] = _chance(value)
        except ValueError:
            raise UsageError(
                f"fault {part!r} cannot be read; write NAME, NAME=0.1 or NAME=x2 with a NAME of "
                + ", ".join(Fault)
            ) from None
    return found


def _chance(value: str) -> Chance:
    if value.startswith("x"):
        return Chance(times=int(value[1:]))
    return Chance(probability=float(value)) if value else Chance()
