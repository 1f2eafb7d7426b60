"""Where an own order stands in the queue of its price level, and models of how it moves up.

Fills nothing: a market does, once nobody is ahead.
"""

from math import ceil, log1p
from typing import Literal

import msgspec

from backtest.exchange.order import Order

Form = Literal["share", "whole", "complement"]
"""How a function of the sizes ahead (a) and behind (b) becomes the probability that a cancel was
behind: f(b) / (f(a) + f(b)), f(b) / f(a + b), or 1 - f(a / (a + b)).
"""


class Place:
    """Hold an own order's place in the queue of its level: `ahead` counts the units that go first.

    `rank` is the place in time among the orders of a book that is known order by order.
    """

    __slots__ = ("ahead", "order", "rank")

    def __init__(self, order: Order, ahead: int, rank: int = 0) -> None:
        self.order = order
        self.ahead = ahead
        self.rank = rank


class RiskAverse(msgspec.Struct, frozen=True, tag=True):
    """Let every canceled order have stood behind, while there was enough behind.

    The most careful model: only trades, and a level that shrinks below what was ahead, move an
    order up. Source: hftbacktest, risk-averse queue model.
    """

    def after_cancels(self, ahead: int, before: int, after: int) -> int:
        """Return what is ahead once cancels took a level from one size to a smaller one."""
        del before
        return min(ahead, after)


class PowerProbability(msgspec.Struct, frozen=True, tag=True):
    """Let cancels fall ahead or behind in proportion to a power of the sizes there.

    With `power` 1 in the form `share` each unit is as likely to go as any other; higher powers let
    the longer part of the queue lose more. Sources: R. Cont, A. de Larrard, price dynamics in a
    limit order market; the queue functions of hftbacktest (power, forms 1 to 3).
    """

    power: float = 2.0
    form: Form = "share"

    def after_cancels(self, ahead: int, before: int, after: int) -> int:
        """Return what is ahead once cancels took a level from one size to a smaller one."""
        return _after_cancels(ahead, before, after, self._behind(ahead, before - ahead))

    def _behind(self, ahead: int, behind: int) -> float:
        if self.form == "complement":
            return 1 - self._raised(ahead / (ahead + behind))
        back = self._raised(behind)
        whole = self._raised(ahead + behind) if self.form == "whole" else self._raised(ahead) + back
        return back / whole

    def _raised(self, size: float) -> float:
        return float(size**self.power)


class LogProbability(msgspec.Struct, frozen=True, tag=True):
    """Let cancels fall ahead or behind in proportion to log(1 + size) of the sizes there.

    Nearly even between a long part of the queue and a short one. Source: the queue functions of
    hftbacktest (logarithm, forms 1 and 2).
    """

    form: Literal["share", "whole"] = "share"

    def after_cancels(self, ahead: int, before: int, after: int) -> int:
        """Return what is ahead once cancels took a level from one size to a smaller one."""
        front, back = log1p(ahead), log1p(before - ahead)
        whole = log1p(before) if self.form == "whole" else front + back
        return _after_cancels(ahead, before, after, back / whole)


QueueModel = RiskAverse | PowerProbability | LogProbability


def _after_cancels(ahead: int, before: int, after: int, behind_share: float) -> int:
    """Take from behind that share of what went, as far as there is so much, the rest from ahead."""
    gone = before - after
    from_behind = min(behind_share * gone, before - ahead)
    return max(0, min(ceil(ahead - (gone - from_behind)), after))


class LevelQueue:
    """Keep the places of own orders at one price, first in time first.

    `printed` counts what has traded there since the level's size last changed: that much of the
    next decrease is no cancel, for the print has moved the orders up already.
    """

    __slots__ = ("places", "printed")

    def __init__(self) -> None:
        self.places: list[Place] = []
        self.printed = 0

    def join(self, order: Order, size: int, rank: int) -> Place:
        """Put an order behind a level of some size, and behind the own orders that are there."""
        ahead = max(0, size - self.printed)
        if self.places:
            ahead = max(ahead, self.places[-1].ahead)
        place = Place(order, ahead, rank)
        self.places.append(place)
        return place

    def changed(self, model: QueueModel, before: int, after: int) -> None:
        """Move orders up after the level went from one size to another; who joins is behind."""
        canceled_from = before - min(self.printed, max(0, before - after))
        self.printed = 0
        if after >= canceled_from:
            return
        for place in self.places:
            if 0 < place.ahead <= canceled_from:
                place.ahead = model.after_cancels(place.ahead, canceled_from, after)
            else:
                place.ahead = min(place.ahead, after)

    def renew(self, size: int) -> None:
        """Let no more be ahead than a snapshot shows."""
        self.printed = 0
        for place in self.places:
            place.ahead = min(place.ahead, size)
