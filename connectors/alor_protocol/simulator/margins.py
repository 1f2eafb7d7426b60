"""What an order would cost and how large it may be, and risk rates, at the simulated venue.

Reserves nothing. Everybody has one rate: the instrument's initial margin.
"""

from math import isnan

from connectors.alor_protocol.messages.margins import (
    Estimate,
    EstimateRequest,
    RiskRate,
    RiskRates,
)
from connectors.alor_protocol.simulator.profile import Listed, Listings
from connectors.simulation.broker import SimulatedBroker
from engine.model.decimals import round_15


class MarginDesk:
    """Compute estimates and rates from what the broker has."""

    def __init__(self, broker: SimulatedBroker, listings: Listings) -> None:
        self._broker = broker
        self._listings = listings

    def estimate(self, asked: EstimateRequest) -> Estimate | None:
        """Return what an order would cost; None for an instrument that is not listed."""
        listed = self._listings.find(asked.exchange, asked.ticker)
        if listed is None:
            return None
        cost = self._cost_of_lot(listed, asked.price)
        balance = self._broker.balance(asked.portfolio)
        free = balance.total if balance.available is None else balance.available
        own = _lots(free, cost)
        leveraged = _lots(free, cost * listed.instrument.margin_initial)
        held = self._lots_held(asked.portfolio, listed)
        return Estimate(
            portfolio=asked.portfolio,
            ticker=listed.key.symbol,
            exchange=listed.key.exchange,
            board=listed.board,
            quantity_to_sell=leveraged + max(0, held),
            quantity_to_buy=leveraged,
            not_margin_quantity_to_sell=max(0, held),
            not_margin_quantity_to_buy=own,
            order_evaluation=round_15(cost * (asked.lot_quantity or 0)),
            commission=0,
            is_united_portfolio=False,
        )

    def rates(self, category: int, exchange: str, ticker: str) -> RiskRates:
        """Return the rates of the instruments of an exchange, or of one ticker; empty is any."""
        found = [
            _rate(number, category, each)
            for number, each in enumerate(self._listings.by_name.values(), 1)
            if exchange.casefold() in ("", each.key.exchange.casefold())
            and ticker.casefold() in ("", each.key.symbol.casefold())
        ]
        return RiskRates(found, len(found))

    def _cost_of_lot(self, listed: Listed, price: float | None) -> float:
        mark = self._broker.tape.mark(listed.instrument.id)
        given = price if price is not None else 0.0 if isnan(mark) else mark
        return given * listed.lot * listed.instrument.point_value

    def _lots_held(self, portfolio: str, listed: Listed) -> int:
        for row in self._broker.positions(portfolio):
            if row.instrument == listed.instrument.id:
                return int(row.quantity / listed.lot)
        return 0


def _lots(money: float, cost: float) -> int:
    return int(money // cost) if money > 0 and cost > 0 else 0


def _rate(number: int, category: int, listed: Listed) -> RiskRate:
    percent = round_15(100 * listed.instrument.margin_initial)
    return RiskRate(
        id=number,
        instrument=listed.key.symbol,
        exchange=listed.key.exchange,
        risk_category_id=category,
        rate_up=percent,
        rate_down=percent,
        rate_symmetric=percent,
        is_short_sell_possible=True,
        is_marginal=True,
        sgn_r=0,
    )
