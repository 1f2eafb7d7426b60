"""Positions, deals and money of all accounts as the simulated venue counts them.

Tells nothing; the desk does.
"""

from collections.abc import Iterator
from itertools import count

from msgspec.structs import replace

from connectors.ctrader.schema.position_pb2 import ProtoOADeal, ProtoOAOrder
from connectors.ctrader.simulator.listing import MONEY_DIGITS, Listing
from connectors.ctrader.simulator.margins import allot, equity, used
from connectors.ctrader.simulator.positions import Position, Purse, size_of
from connectors.simulation.broker import SimulatedBroker
from connectors.simulation.records import BrokerOrder
from engine.model.reports import OrderFilled

_FIRST_NETTED = 4_000_000
_SCALE = 10**MONEY_DIGITS


class Books:
    """Keep what the broker does not know: numbers, opening costs, swap, margin, balances.

    `positions` holds empty ones too, by number; `past_protections` the venue's own orders that no
    longer work, with their accounts, as `deals` is.
    """

    def __init__(self, broker: SimulatedBroker, listing: Listing) -> None:
        self.positions: dict[int, Position] = {}
        self.deals: list[tuple[str, ProtoOADeal]] = []
        self.past_protections: list[tuple[str, ProtoOAOrder]] = []
        self.purses = {
            name: Purse(round(account.terms.balance * _SCALE), account.total())
            for name, account in broker.accounts.items()
        }
        self._broker = broker
        self._listing = listing
        self._netted: dict[tuple[str, str], int] = {}
        self._netted_numbers = count(_FIRST_NETTED + 1)

    def position_of(self, order: BrokerOrder) -> Position:
        """Return the position that an order opens or changes; on a netting account the one."""
        number = int(order.position_id) if order.position_id else self._netted_number(order)
        position = self.positions.get(number)
        if position is None:
            position = self.positions[number] = Position(
                number=number,
                account=order.account,
                instrument=order.instrument,
                symbol_id=self._listing.number(order.instrument),
                side=order.side,
            )
        return position

    def held(self, account: str) -> Iterator[Position]:
        """Yield the positions of an account, oldest first."""
        return (each for each in self.positions.values() if each.account == account and each.size)

    def key(self, position: Position) -> str:
        """Return the name under which the broker keeps a position."""
        hedges = self._broker.accounts[position.account].hedges
        return str(position.number) if hedges else position.instrument

    def book(
        self, position: Position, fill: OrderFilled, deal: ProtoOADeal, granted: int = 0
    ) -> None:
        """Move a position by a fill; what closes a part of it moves the account's money.

        `granted` is what a guaranteed stop gains over the price of the fill (money units).
        """
        account, purse = self._broker.accounts[position.account], self.purses[position.account]
        signed, before, worth = size_of(fill.quantity) * fill.side, position.size, account.total()
        gross = round((worth - purse.worth + fill.fee) * _SCALE) + granted
        purse.worth = worth
        if before * signed < 0:
            detail = position.close(min(abs(before), abs(signed)), gross, deal.commission)
            purse.book(detail)
            deal.closePositionDetail.CopyFrom(detail)
        else:
            position.commission += deal.commission
        position.size = before + signed
        position.ts_updated = fill.ts_event
        if not before:
            position.ts_opened, position.ts_closed = fill.ts_event, 0
        if position.size:
            position.side = fill.side if before * position.size <= 0 else position.side
            position.price = account.holdings[self.key(position)].book.average_price
        else:
            position.ts_closed = fill.ts_event

    def adjust(self, account: str, cents: int, reason: str) -> None:
        """Move the broker's money by what is in the balance already."""
        self._broker.adjust(account, cents / _SCALE, reason)
        self.purses[account].worth = self._broker.accounts[account].total()

    def deposit(self, account: str, amount: float) -> None:
        """Move the balance by what the broker's money has moved already."""
        purse = self.purses[account]
        purse.balance += round(amount * _SCALE)
        purse.version += 1
        purse.worth = self._broker.accounts[account].total()

    def allot_margin(self, changed: Position) -> list[Position]:
        """Count anew what positions use, and return the others of which it changed."""
        instrument = self._broker.instruments[changed.instrument]
        held = list(self.held(changed.account))
        shares = allot(held, instrument)
        changed.used_margin = shares.get(changed.number, 0)
        others = [
            each for each in held if shares.get(each.number, each.used_margin) != each.used_margin
        ]
        for each in others:
            each.used_margin = shares[each.number]
        return others

    def equity(self, account: str) -> float:
        """Return what an account is worth (money units); positions without a price count as is."""
        return equity(self.purses[account].balance, self.held(account), self.closing_price)

    def used_margin(self, account: str) -> int:
        """Return what the positions of an account take of its equity (money units)."""
        return used(self.held(account))

    def margin_with(self, opened: Position) -> int:
        """Return what the positions of an account would take together with one more."""
        held = [*self.held(opened.account), opened]
        shares = allot(held, self._broker.instruments[opened.instrument])
        return used(
            replace(each, used_margin=shares.get(each.number, each.used_margin)) for each in held
        )

    def closing_price(self, position: Position) -> float:
        """Return at what price a position could be closed; its own where there is no quote."""
        quote = self._broker.tape.quotes.get(position.instrument)
        if quote is None:
            return position.price
        return quote.bid if position.size > 0 else quote.ask

    def _netted_number(self, order: BrokerOrder) -> int:
        key = order.account, order.instrument
        if key not in self._netted:
            self._netted[key] = next(self._netted_numbers)
        return self._netted[key]
