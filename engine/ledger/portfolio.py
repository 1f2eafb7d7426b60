"""All accounts, what each strategy holds in them, and what they are worth together.

Rates between currencies come from the marks of instruments that quote one currency in another.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from engine.ledger.account import Account
from engine.ledger.legs import Legs
from engine.ledger.position import Position
from engine.market_state import MarketState
from engine.model.decimals import exact_decimal
from engine.model.instrument import Instrument
from engine.model.reports import OrderFilled
from engine.orders.exposure import Exposure

NAN = float("nan")


class Portfolio:
    """Keep accounts, positions and exposures.

    A fill moves the position of the strategy and that of the account by the same amount, so
    strategies add up to their account at every moment.
    """

    def __init__(self, accounts: Iterable[Account], markets: Mapping[str, MarketState]) -> None:
        self.accounts = {account.id: account for account in accounts}
        self._markets = markets
        self._exposures: dict[str, dict[str, Exposure]] = {name: {} for name in self.accounts}
        self._held: dict[tuple[str, str, str], Exposure] = {}
        self._holders: Counter[tuple[str, str]] = Counter()
        self._paths: dict[tuple[str, str], tuple[tuple[MarketState, bool], ...]] = {}

    def exposure(self, account: str, instrument: Instrument) -> Exposure:
        """Return the exposure of an account in an instrument."""
        exposures = self._exposures[account]
        found = exposures.get(instrument.id)
        if found is None:
            position = self.accounts[account].position(instrument)
            legs = Legs(instrument) if self.accounts[account].hedging else None
            found = exposures[instrument.id] = Exposure(position, legs)
        return found

    def held(self, strategy: str, account: str, instrument: Instrument) -> Exposure:
        """Return the exposure of one strategy in an account and instrument."""
        found = self._held.get((strategy, account, instrument.id))
        if found is None:
            legs = self.exposure(account, instrument).legs
            found = Exposure(Position(instrument), legs)
            self._held[strategy, account, instrument.id] = found
            self._holders[account, instrument.id] += 1
        return found

    def working(self, account: str) -> Mapping[str, Exposure]:
        """Return the exposures of an account by instrument."""
        return self._exposures[account]

    @property
    def markets(self) -> Mapping[str, MarketState]:
        """Return the market state of every instrument in use."""
        return self._markets

    def is_shared(self, account: str, instrument: str) -> bool:
        """Say whether several strategies may trade an instrument in an account."""
        return self._holders[account, instrument] > 1

    @property
    def holdings(self) -> Iterable[tuple[str, str, Position]]:
        """Yield (strategy, account, position) of all that strategies have held."""
        for (strategy, account, _), held in self._held.items():
            yield strategy, account, held.position

    def strategy_positions(self, strategy: str) -> list[tuple[str, Position]]:
        """Return (account, position) of all that a strategy has held, in the order it first did."""
        return [(key[1], value.position) for key, value in self._held.items() if key[0] == strategy]

    def book(
        self, account: Account, position: Position, fill: OrderFilled, quantity: int
    ) -> tuple[int, int]:
        """Book a fill of signed `quantity` units on the account: position, realised profit, fee.

        Return the fill's price exactly, as `(units, digits)`.
        """
        price, digits = fill_price(position.instrument, fill.price)
        profit = position.book(quantity, price, digits)
        if profit:
            account.settle(position.instrument, profit, position.money_digits)
        if fill.fee:
            account.charge(fill.fee_currency, fill.fee)
        return price, digits

    def clear(self, account: Account, instrument: Instrument, settlement: float) -> None:
        """Settle the unrealised profit of an instrument in cash, for the account and strategies."""
        price, digits = fill_price(instrument, settlement)
        position = self.exposure(account.id, instrument).position
        account.settle(instrument, position.settle(price, digits), position.money_digits)
        for (_, owner, name), held in self._held.items():
            if owner == account.id and name == instrument.id:
                held.position.settle(price, digits)

    def rate(self, currency: str, into: str) -> float | None:
        """Return what one unit of `currency` is worth in `into` at the marks; None if unknown."""
        if currency == into:
            return 1.0
        path = self.path(currency, into)
        if path is None:
            return None
        rate = 1.0
        for market, forward in path:
            mark = market.mark()
            if not mark > 0:
                return None
            rate = rate * mark if forward else rate / mark
        return rate

    def path(self, currency: str, into: str) -> tuple[tuple[MarketState, bool], ...] | None:
        """Return the instruments that convert a currency, as (market, multiply?); None for none."""
        path = self._paths.get((currency, into))
        if path is None:  # an instrument that will convert may come into use later
            path = find_path(currency, into, self._markets.values())
            if path is not None:
                self._paths[currency, into] = path
        return path

    def worth(self, account: Account, amount: float, currency: str) -> float:
        """Return an amount in the account's currency; NaN when no rate is known, 0 for nothing."""
        if amount == 0 or currency == account.currency:
            return amount
        rate = self.rate(currency, account.currency)
        return NAN if rate is None else amount * rate

    def balance(self, account: Account) -> float:
        """Return settled money of all currencies in the account's currency."""
        if account.single is not None:
            return float(account.single)
        total = 0.0
        for currency, money in account.balances.items():
            total += self.worth(account, float(money), currency)
        return total

    def unrealised(self, account: Account) -> float:
        """Return the profit of open positions at present marks in the account's currency."""
        total = 0.0
        for name, position in account.positions.items():
            if position.quantity:
                profit = position.unrealised_pnl(self._markets[name].mark())
                total += self.worth(account, profit, position.currency)
        return total

    def equity(self, account: Account) -> float:
        """Return balance plus unrealised profit in the account's currency."""
        return self.balance(account) + self.unrealised(account)

    def realised(self, account: Account) -> float:
        """Return the profit taken so far in the account's currency, before fees."""
        total = 0.0
        for position in account.positions.values():
            total += self.worth(account, position.realised_pnl, position.currency)
        return total

    def exposures(self, account: Account) -> tuple[float, float]:
        """Return (gross, net) value of open positions at the marks, in the account's currency."""
        gross = net = 0.0
        for name, position in account.positions.items():
            if position.quantity:
                value = position.size * self._markets[name].mark() * position.instrument.point_value
                value = self.worth(account, value, position.instrument.currency)
                gross += abs(value)
                net += value
        return gross, net


def fill_price(instrument: Instrument, price: float) -> tuple[int, int]:
    """Return a fill's price exactly, as `(units, digits)`, the instrument's digits if they do."""
    scale = instrument.price_scale
    units = round(price * scale)
    if units / scale == price:
        return units, instrument.price_digits
    return exact_decimal(price)


def find_path(
    currency: str, into: str, markets: Iterable[MarketState]
) -> tuple[tuple[MarketState, bool], ...] | None:
    """Return the shortest chain of instruments between currencies, as (market, multiply?) steps."""
    edges = [m for m in markets if m.instrument.base is not None]
    reached: dict[str, tuple[tuple[MarketState, bool], ...]] = {currency: ()}
    frontier = [currency]
    while frontier and into not in reached:
        found = []
        for here in frontier:
            for market in edges:
                base, quote = str(market.instrument.base), market.instrument.currency
                there = quote if base == here else base if quote == here else None
                if there is not None and there not in reached:
                    reached[there] = (*reached[here], (market, base == here))
                    found.append(there)
        frontier = found
    return reached.get(into)
