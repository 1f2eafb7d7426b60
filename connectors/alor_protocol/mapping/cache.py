"""The instruments that a login has loaded, found by the engine's name or by the venue's.

Loads nothing itself; the flow of instruments fills it.
"""

from connectors.alor_protocol.mapping.instruments import Traded
from engine.errors import UsageError


class InstrumentCache:
    """Keep what was loaded; an instrument that comes again replaces the older description."""

    def __init__(self) -> None:
        self._by_name: dict[str, Traded] = {}
        self._by_key: dict[tuple[str, str, str | None], Traded] = {}

    def add(self, traded: Traded, board: str, *, is_primary: bool) -> None:
        """Take an instrument of a board; rows without a board mean the primary one."""
        self._by_name[traded.instrument.id] = traded
        key = traded.key
        self._by_key[key.exchange, key.symbol, board] = traded
        if is_primary:
            self._by_key[key.exchange, key.symbol, None] = traded

    def named(self, instrument: str) -> Traded:
        """Return an instrument by the engine's name. Raises UsageError when it was not loaded."""
        found = self._by_name.get(instrument)
        if found is None:
            raise UsageError(f"{instrument} is not loaded; name it in the configuration")
        return found

    def find(self, exchange: str, symbol: str, board: str | None) -> Traded | None:
        """Return the instrument of a venue's row; None when it was not loaded."""
        found = self._by_key.get((exchange, symbol, board))
        return found or self._by_key.get((exchange, symbol, None))
