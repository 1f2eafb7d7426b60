"""How far losses that are watched let a scan go: rows that cannot move what is watched pass.

Looks at no row: an instrument that is held, or may convert currencies, is watched row by row.
"""

from engine.kernel import Kernel
from engine.market_state import MarketState
from engine.model.zones import NEVER


class Watched:
    """Say until when the rows of a market leave every worth that is watched as it is."""

    def __init__(self, kernel: Kernel) -> None:
        self._watches = kernel.control.rulebook.watches
        self._portfolio = kernel.portfolio

    def until(self, market: MarketState | None) -> int:
        """Return a time in nanoseconds: that of the first row of a market that has to be looked at.

        A market that no kernel hears of has none.
        """
        if market is None or not self._watches:
            return NEVER
        if market.instrument.base is not None or self._is_held(market.instrument.id):
            return -NEVER
        return min([watch.day_ends for watch in self._watches.values()])

    def _is_held(self, instrument: str) -> bool:
        """Return whether an account or a strategy has a position, be it against another's."""
        for _, _, position in self._portfolio.holdings:
            if position.quantity and position.instrument.id == instrument:
                return True
        for account in self._portfolio.accounts:
            exposure = self._portfolio.working(account).get(instrument)
            if exposure is not None and exposure.position.quantity:
                return True
        return False
