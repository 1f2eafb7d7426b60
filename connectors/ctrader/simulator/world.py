"""What all connections of the simulated venue share: broker, desk, tokens, market.

Sends nothing itself; its peers do.
"""

from collections.abc import Callable
from typing import Any, Protocol

from google.protobuf.message import Message

from connectors.ctrader.schema.access_pb2 import ProtoOACtidTraderAccount
from connectors.ctrader.schema.trading_pb2 import (
    ProtoOAAmendOrderReq,
    ProtoOAAmendPositionSLTPReq,
    ProtoOACancelOrderReq,
    ProtoOAClosePositionReq,
    ProtoOANewOrderReq,
)
from connectors.ctrader.simulator.answers.accounts import AccountAnswers
from connectors.ctrader.simulator.answers.market import MarketAnswers
from connectors.ctrader.simulator.answers.records import RecordAnswers
from connectors.ctrader.simulator.answers.reference import ReferenceAnswers
from connectors.ctrader.simulator.answers.table import answer_table
from connectors.ctrader.simulator.desk import Desk
from connectors.ctrader.simulator.listing import Listing, account_number
from connectors.ctrader.simulator.margin_watch import MarginWatch
from connectors.ctrader.simulator.swaps import Swaps
from connectors.ctrader.simulator.ticks import Change, Ticks
from connectors.ctrader.simulator.tokens import TokenOffice
from connectors.ctrader.simulator.trading import Trading
from connectors.ctrader.simulator.trailing import Trailing
from connectors.ctrader.simulator.transfers import Transfers
from connectors.simulation.broker import SimulatedBroker
from connectors.simulation.faults import Fault, FaultPlan
from connectors.simulation.market import book_around
from connectors.simulation.records import BrokerEvent
from connectors.simulation.simulator import SimulatorTerms
from engine.model.market import BookSnapshot, QuoteTick

ELSEWHERE = "elsewhere"
"""Name of the quirk that lists accounts of the other environment, separated by commas."""

ECHO = "echo"
"""Name of the quirk by which `all` events of an order carry the id of its request, not only the
first: which of the two the venue does is not known.
"""

REJECTS = "rejects"
"""Name of the quirk by which refusals come as execution events: `event`, or `late`."""

SCOPE = "scope"
"""Name of the quirk by which tokens only `view`."""

LEVELS = 5
"""Levels on each side of a book that is made up."""

Trade = Callable[[Any, str, int], None]


class Listener(Protocol):
    """Be told of what happens; each connection is one."""

    accounts: dict[str, str]

    def told(self, message: Message, client_msg_id: str = "") -> None:
        """Take a message about an account."""

    def moved(self, instrument: str, change: Change) -> None:
        """Take a change of the touch."""

    def book_changed(self, book: BookSnapshot) -> None:
        """Take a change of a book."""

    def log_out(self, account: str) -> None:
        """End the session of an account."""

    def dismiss(self, reason: str) -> None:
        """End the session of the application."""

    def invalidate(self, account: str, *, reason: str) -> None:
        """End the session of an account for its token."""


class World:
    """Hold the shared parts and hand what happens to every connection that it concerns."""

    def __init__(self, broker: SimulatedBroker, faults: FaultPlan, terms: SimulatorTerms) -> None:
        self.broker = broker
        self.faults = faults
        self.listing = Listing(broker.instruments)
        self.office = TokenOffice(faults, terms.time_scale)
        self.desk = Desk(broker, self.listing)
        self.ticks = {name: Ticks() for name in broker.instruments}
        desk, listing = self.desk, self.listing
        watch, transfers = MarginWatch(broker, desk), Transfers(broker, desk, listing)
        self.answers = answer_table(
            AccountAnswers(broker, desk, listing, watch, transfers),
            ReferenceAnswers(listing),
            RecordAnswers(broker, desk, faults),
            MarketAnswers(listing, self.ticks),
        )
        self.peers: dict[Listener, None] = {}
        self._names = {account_number(name): name for name in broker.accounts}
        self._elsewhere = tuple(terms.quirks.get(ELSEWHERE, "").split(","))
        self.only_views = terms.quirks.get(SCOPE) == "view"
        self._echoes_all = terms.quirks.get(ECHO) == "all"
        trading = Trading(broker, desk, listing, faults, terms.quirks.get(REJECTS, ""))
        Trailing(broker, desk)
        Swaps(broker, desk)
        self._trades: dict[type[Message], Trade] = {
            ProtoOANewOrderReq: trading.submit,
            ProtoOACancelOrderReq: trading.cancel,
            ProtoOAAmendOrderReq: trading.amend,
            ProtoOAAmendPositionSLTPReq: trading.protect,
            ProtoOAClosePositionReq: trading.close,
        }
        broker.listen(self._hear)

    def trade(self, kind: type[Message]) -> Trade | None:
        """Return what carries out a request that trades."""
        return self._trades.get(kind)

    def account(self, number: int) -> str | None:
        """Return the name of an account by its number."""
        return self._names.get(number)

    def number(self, account: str) -> int:
        """Return the number of an account."""
        return account_number(account)

    def is_elsewhere(self, account: str) -> bool:
        """Return whether an account belongs to the other environment."""
        return account in self._elsewhere

    def granted(self) -> list[ProtoOACtidTraderAccount]:
        """Return every account that the user has granted, of both environments."""
        return [
            ProtoOACtidTraderAccount(
                ctidTraderAccountId=number,
                isLive=self.is_elsewhere(name),
                traderLogin=number + 2_000_000,
                brokerTitleShort="simulated",
            )
            for number, name in self._names.items()
        ]

    def book(self, instrument: str) -> BookSnapshot | None:
        """Return the book of an instrument; around a touch without one it is made up."""
        tape = self.broker.tape
        quote = tape.quotes.get(instrument)
        if instrument in tape.books or quote is None:
            return tape.books.get(instrument)
        return book_around(quote, self.broker.instruments[instrument], LEVELS)

    def settle(self, asker: Listener | None = None, client_msg_id: str = "") -> None:
        """Let what waited for the broker happen, and tell all of it.

        The first event that a request caused carries its id back to whoever asked.
        """
        swapped = bool(self.desk.events) and self.faults.strikes(Fault.FILL_FIRST)
        for told in self.desk.take_swapped() if swapped else self.desk.take():
            for peer in tuple(self.peers):
                if told.account not in peer.accounts:
                    continue
                peer.told(told.message, client_msg_id if peer is asker else "")
            if not self._echoes_all:
                client_msg_id = ""

    def revoke(self) -> None:
        """End the sessions that were opened with a token that has been refreshed since."""
        revoked, self.office.revoked = self.office.revoked, []
        for peer in tuple(self.peers):
            for account, token in list(peer.accounts.items()):
                if token in revoked:
                    peer.invalidate(account, reason="the token was refreshed")

    def _hear(self, event: BrokerEvent) -> None:
        if isinstance(event, QuoteTick | BookSnapshot):
            self._quote(self.broker.tape.quotes[event.instrument])
            book = self.book(event.instrument)
            if book is not None:
                for peer in tuple(self.peers):
                    peer.book_changed(book)

    def _quote(self, quote: QuoteTick) -> None:
        change = self.ticks[quote.instrument].take(quote)
        for peer in tuple(self.peers):
            peer.moved(quote.instrument, change)
            self._disturb(peer, quote.instrument)

    def _disturb(self, peer: Listener, instrument: str) -> None:
        """End sessions as the faults will have it."""
        if self.faults.strikes(Fault.TAKE_OVER, instrument):
            for account in list(peer.accounts):
                peer.invalidate(account, reason="the account's session was ended")
        if self.faults.strikes(Fault.LOG_OUT, instrument):
            for account in list(peer.accounts)[:1]:
                peer.log_out(account)
        if self.faults.strikes(Fault.DISMISS, instrument):
            peer.dismiss("the application's session was ended")
