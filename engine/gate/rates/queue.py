"""Where commands wait for their limits: cancels before exits before entries, in order of arrival.

Reads no clock and sends nothing. Who waits is not kept over a restart: none of it was sent.
"""

from collections import OrderedDict
from heapq import heapify, heappop, heappush
from typing import Generic, NamedTuple, TypeVar

from engine.gate.rates.count import NEVER, RateCount
from engine.gate.rates.outcome import (
    Admitted,
    Annulled,
    Dropped,
    DropReason,
    Offer,
    Outcome,
    Waits,
)
from engine.gate.rates.rule import CommandKind, Traffic

T = TypeVar("T")
Key = tuple[str, CommandKind]

_PRIORITY = (Traffic.CANCEL, Traffic.EXIT, Traffic.ENTRY)
_OPENING = (CommandKind.SUBMIT, CommandKind.CLOSE)
_SLACK = 16


class _Waiter(NamedTuple, Generic[T]):
    """A command that waits: the number of its arrival, and the rule it waited for at first."""

    number: int
    offer: Offer[T]
    rule: str


class _Line(Generic[T]):
    """The commands of one lane and class, in order."""

    __slots__ = ("traffic", "waiting")

    def __init__(self, traffic: Traffic) -> None:
        self.traffic = traffic
        self.waiting: OrderedDict[Key, _Waiter[T]] = OrderedDict()

    def head(self) -> _Waiter[T]:
        return next(iter(self.waiting.values()))


class WaitQueue(Generic[T]):
    """Hold commands until their limits admit them or their deadline passes.

    The commands of one lane (a strategy on an account) and class go strictly in order of arrival.
    Those of another lane are overtaken only where the limit that they wait for is not drawn on.
    At most `capacity` commands of each class wait; `waiting` is empty when none does. A decision
    costs as much as there are lanes that wait; with none waiting, as much as the path has limits.
    """

    __slots__ = ("_arrivals", "_capacity", "_deadlines", "_lines", "_now", "waiting")

    def __init__(self, capacity: int = 10_000) -> None:
        self._capacity = capacity
        self._lines: dict[tuple[Traffic, str], _Line[T]] = {}
        self.waiting: dict[Key, tuple[_Line[T], _Waiter[T]]] = {}
        self._deadlines: list[tuple[int, int, Key]] = []
        self._arrivals = 0
        self._now = 0

    def __len__(self) -> int:
        return len(self.waiting)

    def holds(self, order: str, kind: CommandKind) -> bool:
        """Say whether a command of an order waits."""
        return (order, kind) in self.waiting

    @property
    def due(self) -> int:
        """Return when `take_due` may have something to do; `NEVER` when nothing waits.

        It may change with every call and with every event that `RateLimits` applies. After
        `take_due` it is later than the moment given there.
        """
        if not self.waiting:
            return NEVER
        self._forget_deadlines()
        due = self._deadlines[0][0] + 1
        held: list[RateCount] = []
        for _, line in self._heads():
            offer = line.head().offer
            waits = [ts for ts in _waits(offer, self._now) if ts > self._now]
            if not waits and not _behind(offer, held):
                return self._now
            due = min(due, *waits, NEVER)
            held += _needed(offer, self._now)
        return due

    def offer(self, offer: Offer[T], now: int) -> Outcome[T]:
        """Admit a command now, let it wait, or drop it.

        A replace takes the place of one of the same order that waits, a cancel removes it; the
        older is reported as superseded. A cancel of an order that was never sent annuls both.
        """
        self._now = now
        if not self.waiting:
            if offer.path.admit(offer.traffic, now, offer.orders):
                return Admitted(offer, now + offer.path.leave_within_ns)
            return self._enqueue(offer, now, ())
        superseded: tuple[Offer[T], ...] = ()
        if offer.kind == CommandKind.CANCEL:
            superseded = self._withdraw(offer)
            if superseded and superseded[0].kind in _OPENING:
                return Annulled(offer, superseded)
        older = self.waiting.get((offer.order, offer.kind))
        if older is not None:
            line, waiter = older
            superseded = (*superseded, waiter.offer)
            if line is self._lines.get(_line_of(offer)) and offer.deadline > now:
                return self._renew(waiter.number, offer, now, superseded)
            self._remove((offer.order, offer.kind))
        if self._before(offer, now) is None and offer.path.admit(offer.traffic, now, offer.orders):
            return Admitted(offer, now + offer.path.leave_within_ns, superseded)
        return self._enqueue(offer, now, superseded)

    def take_due(self, now: int) -> list[Admitted[T] | Dropped[T]]:
        """Return, in the order to be sent, what fits now, after what is past its deadline."""
        self._now = now
        taken: list[Admitted[T] | Dropped[T]] = list(self._expire(now))
        held: list[RateCount] = []
        for traffic in _PRIORITY:
            self._take(traffic, now, held, taken)
        return taken

    def clear(self, lane: str | None = None) -> list[Offer[T]]:
        """Remove and return what waits, of one lane or of all: a strategy or a run that ends."""
        gone = [
            key
            for key, (_, waiter) in self.waiting.items()
            if lane in (None, waiter.offer.path.lane)
        ]
        return [self._remove(key) for key in gone]

    def _enqueue(
        self, offer: Offer[T], now: int, superseded: tuple[Offer[T], ...]
    ) -> Waits[T] | Dropped[T]:
        ts, rule = self._wait(offer, now)
        reason = None
        if ts >= NEVER:
            reason = DropReason.TOO_MANY_ORDERS
        elif offer.deadline <= now or ts > offer.deadline:
            reason = DropReason.RATE_LIMIT
        elif self._count(offer.traffic) >= self._capacity:
            reason = DropReason.QUEUE_FULL
        if reason is not None:
            return Dropped(offer, reason, rule, ts, superseded)
        line = self._lines.setdefault(_line_of(offer), _Line(offer.traffic))
        self._arrivals += 1
        self._place(line, _Waiter(self._arrivals, offer, rule))
        return Waits(offer, ts, rule, superseded)

    def _renew(
        self, number: int, offer: Offer[T], now: int, superseded: tuple[Offer[T], ...]
    ) -> Waits[T] | Dropped[T]:
        """Put the newer command in the older one's place in the line."""
        ts, rule = self._wait(offer, now)
        if ts > offer.deadline:
            self._remove((offer.order, offer.kind))
            reason = DropReason.TOO_MANY_ORDERS if ts >= NEVER else DropReason.RATE_LIMIT
            return Dropped(offer, reason, rule, ts, superseded)
        self._place(self._lines[_line_of(offer)], _Waiter(number, offer, rule))
        return Waits(offer, ts, rule, superseded)

    def _place(self, line: _Line[T], waiter: _Waiter[T]) -> None:
        key = (waiter.offer.order, waiter.offer.kind)
        line.waiting[key] = waiter
        self.waiting[key] = (line, waiter)
        heappush(self._deadlines, (waiter.offer.deadline, waiter.number, key))

    def _wait(self, offer: Offer[T], now: int) -> tuple[int, str]:
        """Return when it could fit at the earliest, and the rule it waits for."""
        ts = offer.path.ready(offer.traffic, now, offer.orders)
        short = offer.path.short(offer.traffic, now, offer.orders)
        if short:
            return ts, short[0][0]
        return ts, self._before(offer, now) or ""

    def _before(self, offer: Offer[T], now: int) -> str | None:
        """Return the rule that one whose turn comes before waits for; None when nobody's does."""
        own = self._lines.get(_line_of(offer))
        for _, line in self._heads(offer.traffic):
            head = line.head().offer
            needed = head.path.short(head.traffic, now, head.orders) or head.path.draws
            if line is own:
                return needed[0][0]
            for name, count, _ in needed:
                if _behind(offer, [count]):
                    return name
        return None

    def _withdraw(self, cancel: Offer[T]) -> tuple[Offer[T], ...]:
        """Remove what a cancel makes pointless: the order itself, else a change of it."""
        keys = [(cancel.order, kind) for kind in (*_OPENING, CommandKind.REPLACE)]
        return tuple(self._remove(key) for key in keys if key in self.waiting)

    def _remove(self, key: Key) -> Offer[T]:
        line, waiter = self.waiting.pop(key)
        del line.waiting[key]
        if not line.waiting:
            del self._lines[_line_of(waiter.offer)]
        return waiter.offer

    def _count(self, traffic: Traffic) -> int:
        return sum(len(line.waiting) for line in self._lines.values() if line.traffic == traffic)

    def _heads(self, lowest: Traffic = Traffic.ENTRY) -> list[tuple[tuple[int, int], _Line[T]]]:
        """Return the lines by priority, then by the arrival of their heads."""
        heads = [
            ((line.traffic.value, line.head().number), line)
            for line in self._lines.values()
            if line.traffic <= lowest
        ]
        return sorted(heads, key=lambda head: head[0])

    def _take(
        self,
        traffic: Traffic,
        now: int,
        held: list[RateCount],
        taken: list[Admitted[T] | Dropped[T]],
    ) -> None:
        """Admit what fits of one class, in order of arrival; what does not, holds its limits."""
        heap = [
            (line.head().number, lane)
            for (kind, lane), line in self._lines.items()
            if kind == traffic
        ]
        heapify(heap)
        while heap:
            _, lane = heappop(heap)
            line = self._lines[traffic, lane]
            offer = line.head().offer
            if _behind(offer, held) or not offer.path.admit(traffic, now, offer.orders):
                held += _needed(offer, now)
                continue
            self._remove((offer.order, offer.kind))
            taken.append(Admitted(offer, now + offer.path.leave_within_ns))
            if line.waiting:
                heappush(heap, (line.head().number, lane))

    def _expire(self, now: int) -> list[Dropped[T]]:
        gone: list[Dropped[T]] = []
        self._forget_deadlines()
        while self._deadlines and self._deadlines[0][0] < now:
            key = heappop(self._deadlines)[2]
            rule = self.waiting[key][1].rule
            offer = self._remove(key)
            ts = offer.path.ready(offer.traffic, now, offer.orders)
            gone.append(Dropped(offer, DropReason.DEADLINE, rule, ts))
            self._forget_deadlines()
        return gone

    def _forget_deadlines(self) -> None:
        """Drop the deadlines of those who no longer wait, all of them once they are many."""
        heap = self._deadlines
        if len(heap) > 2 * len(self.waiting) + _SLACK:
            heap[:] = [entry for entry in heap if self._is_current(entry)]
            heapify(heap)
        while heap and not self._is_current(heap[0]):
            heappop(heap)

    def _is_current(self, entry: tuple[int, int, Key]) -> bool:
        found = self.waiting.get(entry[2])
        return found is not None and (found[1].offer.deadline, found[1].number) == entry[:2]


def _line_of(offer: Offer[T]) -> tuple[Traffic, str]:
    return offer.traffic, offer.path.lane


def _waits(offer: Offer[T], now: int) -> list[int]:
    """Return when each limit of a command admits it."""
    return [
        count.ready(offer.traffic, units * offer.orders, now)
        for _, count, units in offer.path.draws
    ]


def _needed(offer: Offer[T], now: int) -> list[RateCount]:
    """Return the counts that a waiting command is short of; all it draws on when it is due."""
    short = offer.path.short(offer.traffic, now, offer.orders) or offer.path.draws
    return [count for _, count, _ in short]


def _behind(offer: Offer[T], held: list[RateCount]) -> bool:
    return bool(held) and any(count in held for _, count, _ in offer.path.draws)
