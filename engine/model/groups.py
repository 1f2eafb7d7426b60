"""Groups of orders as the journal keeps them, so that a restart finds brackets and pairs again.

Holds no order: a group names those it has, and what they have filled stands with them.
"""

import msgspec


class BracketSaved(msgspec.Struct, frozen=True, kw_only=True, tag=True, tag_field="event"):
    """Keep a bracket: its entry, the prices of its exits (None: no such exit), and its legs.

    `legs` are all exits made so far, oldest first, by client order id; `stop_loss` and
    `take_profit` those that count now, empty before the first fill; `withdrawn` those that were
    canceled because nothing was left for them. `distances` are those of exits from the first fill.
    """

    entry: str
    stop_price: float | None
    profit_price: float | None
    stop_loss: str = ""
    take_profit: str = ""
    legs: tuple[str, ...] = ()
    withdrawn: tuple[str, ...] = ()
    distances: tuple[float | None, float | None] = (None, None)

    @property
    def orders(self) -> tuple[str, ...]:
        """Return every order of the bracket by its id, the one that names it first."""
        return (self.entry, *self.legs)


class PairSaved(msgspec.Struct, frozen=True, kw_only=True, tag=True, tag_field="event"):
    """Keep a one-cancels-the-other pair by client order ids; `units` is what both may fill."""

    first: str
    second: str
    units: int

    @property
    def orders(self) -> tuple[str, ...]:
        """Return both orders by their ids."""
        return self.first, self.second


GroupSaved = BracketSaved | PairSaved
