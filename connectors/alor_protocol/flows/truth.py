"""Everything that an account has, from the venue's lists.

Concludes nothing; the engine compares.
"""

from connectors.alor_protocol.flows.http import decoded, get
from connectors.alor_protocol.flows.reads import Reads
from connectors.alor_protocol.mapping.cache import InstrumentCache
from connectors.alor_protocol.mapping.instruments import currency_name
from connectors.alor_protocol.mapping.records import (
    balances_of,
    fill_of,
    order_row,
    position_record,
    stop_row,
    trade_row,
)
from connectors.alor_protocol.messages.risk import SUMMARY, Summary
from connectors.alor_protocol.messages.spelling import Format
from connectors.alor_protocol.placements import Placements
from connectors.alor_protocol.settings import Settings
from connectors.alor_protocol.tokens import Login
from connectors.frame.flow import Flow
from engine.model.truth import VenueTruth

_DAY_NS = 86_400_000_000_000
_MOSCOW_NS = 3 * 3_600_000_000_000


class Truth:
    """Ask for the lists of one login's accounts.

    Rows of instruments that were not loaded are left out: nobody here trades them.
    """

    def __init__(
        self, settings: Settings, login: Login, cache: InstrumentCache, placements: Placements
    ) -> None:
        self._settings = settings
        self._login = login
        self._reads = Reads(settings, login)
        self._cache = cache
        self._placements = placements

    def of(self, account: str, now: int) -> Flow[VenueTruth]:
        """Return orders, stop orders, executions, positions and money of an account.

        The lists of orders and executions hold the present trading day, which begins at midnight in
        Moscow. That is inferred.
        """
        settings, reads, cache = self._settings, self._reads, self._cache
        portfolio = settings.portfolios[account]
        orders = yield from reads.orders(portfolio)
        stops = yield from reads.stop_orders(portfolio)
        trades = yield from reads.trades(portfolio)
        positions = yield from reads.positions(portfolio)
        response = yield from get(reads.summary_url(portfolio), self._login.token)
        asked = [
            *(order_row(order, account, cache, now) for order in orders),
            *(stop_row(order, account, cache, now) for order in stops),
        ]
        records = self._placements.truth([row for row in asked if row is not None])
        executions = [trade_row(t, account, cache, settings.currency, now) for t in trades]
        money = decoded(response, SUMMARY.of(Format.SLIM)) if response.status == 200 else Summary()
        free = {currency_name(p.currency): p.buying_power for p in money.buying_power_by_currency}
        held = [position_record(row, account, cache, now) for row in positions]
        return VenueTruth(
            venue=settings.venue,
            account=account,
            ts_asked=now,
            ts_recv=response.ts_recv,
            orders=records,
            fills=tuple(
                fill_of(row, self._placements.owner_of(row), response.ts_recv)
                for row in executions
                if row is not None
            ),
            fills_since=(now + _MOSCOW_NS) // _DAY_NS * _DAY_NS - _MOSCOW_NS,
            positions=tuple(row for row in held if row is not None and row.quantity),
            balances=balances_of(positions, free, account, cache, response.ts_recv),
        )
