"""Match the orders of a run with those of its backtest, and bridge the two results in money.

Runs nothing.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

import msgspec

from engine.model.commands import SubmitOrder
from lockstep.parity.observed import Observed

NEAR_NS = 5_000_000_000
"""How far apart two orders of one side and type may lie to be one order with other terms: 5 s."""


class Pair(msgspec.Struct, frozen=True):
    """Hold an order of the run and its twin in the backtest."""

    live: Observed
    test: Observed

    @property
    def delay_ns(self) -> int:
        """Return how much later the backtest sent it."""
        return self.test.order.ts - self.live.order.ts

    @property
    def asked_alike(self) -> bool:
        """Say whether both were sent with the same terms."""
        return _key(self.live.order) == _key(self.test.order)

    @property
    def filled_alike(self) -> bool:
        """Say whether as much of both filled, at the same price."""
        live, test = self.live, self.test
        return (live.filled, live.notional) == (test.filled, test.notional)


class Bridge(msgspec.Struct, frozen=True):
    """Lead from the backtest's profit to the run's, in the instruments' currency, fees taken off.

    The parts add up: `live = backtest + prices + quantities + fees + only_live - only_backtest`.
    Every fill is valued at the last price that the run saw.
    """

    live: float
    backtest: float
    prices: float
    quantities: float
    fees: float
    only_live: float
    only_backtest: float


class Comparison(msgspec.Struct, frozen=True):
    """Hold matched orders, those that only the run sent, and those that only the backtest did."""

    pairs: tuple[Pair, ...]
    missing: tuple[Observed, ...]
    extra: tuple[Observed, ...]
    bridge: Bridge

    @property
    def is_equal(self) -> bool:
        """Say whether both sent the same orders, and these filled alike."""
        alike = all(pair.filled_alike and pair.asked_alike for pair in self.pairs)
        return alike and not self.missing and not self.extra


class Value(NamedTuple):
    """Give the last price of an instrument and what one unit of quantity is worth per 1.0 of it."""

    mark: float
    point_value: float


def compare(
    live: Sequence[Observed], test: Sequence[Observed], values: Mapping[str, Value]
) -> Comparison:
    """Match orders by strategy and instrument, in their order.

    Orders of equal side, type, quantity and prices match first; of the rest, those of equal side
    and type within NEAR_NS of each other.
    """
    pairs: list[Pair] = []
    missing: list[Observed] = []
    extra: list[Observed] = []
    scopes = dict.fromkeys(_scope(each.order) for each in (*live, *test))
    for scope in scopes:
        ours = [each for each in live if _scope(each.order) == scope]
        theirs = [each for each in test if _scope(each.order) == scope]
        found, left, right = _match(ours, theirs)
        pairs += found
        missing += left
        extra += right
    pairs.sort(key=lambda pair: pair.live.order.ts)
    bridge = _bridge(live, test, pairs, (missing, extra), values)
    return Comparison(tuple(pairs), tuple(missing), tuple(extra), bridge)


def _match(
    ours: list[Observed], theirs: list[Observed]
) -> tuple[list[Pair], list[Observed], list[Observed]]:
    matcher = SequenceMatcher(
        None, [_key(e.order) for e in ours], [_key(e.order) for e in theirs], autojunk=False
    )
    pairs: list[Pair] = []
    left, right = dict(enumerate(ours)), dict(enumerate(theirs))
    for block in matcher.get_matching_blocks():
        for offset in range(block.size):
            one, other = left.pop(block.a + offset), right.pop(block.b + offset)
            pairs.append(Pair(one, other))
    unmatched = []
    for one in left.values():
        near = [(abs(t.order.ts - one.order.ts), n) for n, t in right.items() if _alike(one, t)]
        if near and min(near)[0] <= NEAR_NS:
            pairs.append(Pair(one, right.pop(min(near)[1])))
        else:
            unmatched.append(one)
    return pairs, unmatched, list(right.values())


def _bridge(
    live: Sequence[Observed],
    test: Sequence[Observed],
    pairs: Sequence[Pair],
    alone: tuple[Sequence[Observed], Sequence[Observed]],
    values: Mapping[str, Value],
) -> Bridge:
    parts: Counter[str] = Counter()
    for pair in pairs:
        value = values[pair.live.order.instrument]
        for name, amount in _pair_parts(pair, value).items():
            parts[name] += amount  # type: ignore[assignment] # a counter adds floats as well
    return Bridge(
        _total(live, values),
        _total(test, values),
        float(parts["prices"]),
        float(parts["quantities"]),
        float(parts["fees"]),
        _total(alone[0], values),
        _total(alone[1], values),
    )


def _pair_parts(pair: Pair, value: Value) -> dict[str, float]:
    """Split what a pair differs by: price on what both filled, quantity at its own price, fees."""
    live, test = pair.live, pair.test
    both = min(live.filled, test.filled)
    side, each = live.order.side, value.point_value
    prices = side * both * (test.average_price - live.average_price) * each if both else 0.0
    fees = sum(fill.fee for fill in test.fills) - sum(fill.fee for fill in live.fills)
    whole = live.worth(*value) - test.worth(*value)
    return {"prices": prices, "fees": fees, "quantities": whole - prices - fees}


def _total(orders: Sequence[Observed], values: Mapping[str, Value]) -> float:
    return sum(each.worth(*values[each.order.instrument]) for each in orders)


def _key(order: SubmitOrder) -> tuple[object, ...]:
    return order.side, order.type, order.quantity, order.price, order.stop, order.trail


def _scope(order: SubmitOrder) -> tuple[str, str]:
    return order.strategy, order.instrument


def _alike(one: Observed, other: Observed) -> bool:
    return (one.order.side, one.order.type) == (other.order.side, other.order.type)
