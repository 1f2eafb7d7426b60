"""What strategies read of positions and accounts: views, always current, that change nothing."""

from engine.ledger.account import Account
from engine.ledger.legs import Leg
from engine.ledger.portfolio import Portfolio
from engine.market_state import MarketState
from engine.orders.exposure import Exposure


class LegView:
    """Show one of the positions that a hedging account has in an instrument, by the venue's id."""

    __slots__ = ("_leg", "_market")

    def __init__(self, leg: Leg, market: MarketState) -> None:
        self._leg = leg
        self._market = market

    @property
    def id(self) -> str:
        """Return the venue's id of the position."""
        return self._leg.id

    @property
    def instrument(self) -> str:
        """Return the name of the instrument."""
        return self._market.instrument.id

    @property
    def quantity(self) -> float:
        """Return the signed quantity held: negative when short."""
        return self._leg.position.size

    @property
    def closing(self) -> float:
        """Return how much of it orders are about to close."""
        return self._leg.closing / self._market.instrument.quantity_scale

    @property
    def average_price(self) -> float:
        """Return the average price of what is held; NaN when nothing is."""
        return self._leg.position.average_price

    @property
    def unrealised_pnl(self) -> float:
        """Return profit of what is held at the mark, in the instrument's currency, or NaN."""
        return self._leg.position.unrealised_pnl(self._market.mark())

    @property
    def stop_loss(self) -> float | None:
        """Return the stop-loss that the venue keeps, None for none."""
        return self._leg.stop_loss

    @property
    def take_profit(self) -> float | None:
        """Return the take-profit that the venue keeps, None for none."""
        return self._leg.take_profit

    def __repr__(self) -> str:
        """Return one readable line."""
        return f"<Leg {self.id} {self.quantity:g} {self.instrument} @ {self.average_price:g}>"


class PositionView:
    """Show one strategy's position in an instrument."""

    __slots__ = ("_exposure", "_market", "_strategy")

    def __init__(self, exposure: Exposure, market: MarketState, strategy: str) -> None:
        self._exposure = exposure
        self._market = market
        self._strategy = strategy

    @property
    def legs(self) -> tuple[LegView, ...]:
        """Return what this strategy holds underneath on a hedging account, the oldest first."""
        legs = self._exposure.legs or ()
        return tuple(LegView(leg, self._market) for leg in legs if leg.strategy == self._strategy)

    @property
    def quantity(self) -> float:
        """Return the signed quantity held: negative when short."""
        return self._exposure.position.size

    @property
    def working(self) -> float:
        """Return what open orders would add if all of them filled: buys minus sells."""
        exposure = self._exposure
        units = exposure.buys + exposure.reducing_buys - exposure.sells - exposure.reducing_sells
        return units / self._market.instrument.quantity_scale

    @property
    def is_flat(self) -> bool:
        """Say whether nothing is held."""
        return self._exposure.position.quantity == 0

    @property
    def average_price(self) -> float:
        """Return the average price of what is held; NaN when flat."""
        return self._exposure.position.average_price

    @property
    def realised_pnl(self) -> float:
        """Return profit taken so far in the instrument's currency, fees not included."""
        return self._exposure.position.realised_pnl

    @property
    def unrealised_pnl(self) -> float:
        """Return profit of what is held at the mark, in the instrument's currency, or NaN."""
        return self._exposure.position.unrealised_pnl(self._market.mark())

    def __bool__(self) -> bool:
        """Say whether anything is held."""
        return self._exposure.position.quantity != 0

    def __repr__(self) -> str:
        """Return one readable line."""
        return f"<Position {self.quantity:g} {self._market.instrument.id} @ {self.average_price:g}>"


class AccountView:
    """Show an account: money by currency, and totals in its own currency at present marks."""

    __slots__ = ("_account", "_portfolio")

    def __init__(self, portfolio: Portfolio, account: Account) -> None:
        self._portfolio = portfolio
        self._account = account

    @property
    def id(self) -> str:
        """Return the account's name in the configuration."""
        return self._account.id

    @property
    def currency(self) -> str:
        """Return the currency of the totals."""
        return self._account.currency

    @property
    def balances(self) -> dict[str, float]:
        """Return settled money by currency."""
        return {currency: float(money) for currency, money in self._account.balances.items()}

    @property
    def balance(self) -> float:
        """Return settled money of all currencies; NaN when a rate is missing."""
        return self._portfolio.balance(self._account)

    @property
    def equity(self) -> float:
        """Return balance plus unrealised profit; NaN when a mark or a rate is missing."""
        return self._portfolio.equity(self._account)
