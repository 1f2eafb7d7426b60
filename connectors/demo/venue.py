"""The demo venue for one login: its links, and every question and command as a flow.

Does no I/O.
"""

from connectors.demo import mapping
from connectors.demo.flows import DemoHttp
from connectors.demo.messages import Amend, Done, Failed, Place, Withdraw
from connectors.demo.session import DemoSession, MarketSession, TradeSession
from connectors.demo.settings import RATES, DemoSettings
from connectors.frame.flow import Call, Flow, ask, done
from connectors.frame.package import Resolve
from connectors.frame.venue import Address, Capabilities, Link
from engine.errors import InvariantError, NotSent, UsageError
from engine.gate.rates import VenueRates
from engine.model.commands import CancelOrder, Command, ReplaceOrder, SubmitOrder
from engine.model.instrument import Instrument
from engine.model.market import Bar
from engine.model.outcome import refused
from engine.model.reports import OrderAccepted, OrderReport
from engine.model.subscription import Subscription
from engine.model.truth import VenueTruth

_LEFT = 5
"""The token is renewed when a fifth of its life is left."""

CAPABILITIES = Capabilities(
    order_types=tuple(mapping.KINDS),
    times_in_force=tuple(mapping.LIVES),
    data=tuple(mapping.STREAMS),
    post_only=True,
    reduce_only=True,
)


class DemoVenue:
    """Speak the demo venue's protocol for one login."""

    def __init__(self, settings: DemoSettings, accounts: tuple[str, ...], resolve: Resolve) -> None:
        self._settings = settings
        self._resolve = resolve
        self._http = DemoHttp(settings.http)
        self._renew_at: int | None = None
        self._accounts = {name: settings.accounts.get(name, name) for name in accounts}
        self._names = {account: name for name, account in self._accounts.items()}
        trade = TradeSession(lambda: self._http.token, lambda account: self._names.get(account, ""))
        market = MarketSession(lambda: self._http.token)
        self._links = self._link("trade", trade, private=True), self._link("market", market)

    @property
    def name(self) -> str:
        """Return `DEMO`."""
        return mapping.VENUE

    @property
    def rates(self) -> VenueRates:
        """Return the venue's limits."""
        return RATES

    @property
    def capabilities(self) -> Capabilities:
        """Return what the venue can do."""
        return CAPABILITIES

    @property
    def accounts(self) -> tuple[str, ...]:
        """Return the engine's names of the accounts."""
        return tuple(self._accounts)

    @property
    def links(self) -> tuple[Link, ...]:
        """Return the connection for orders, and the one for market data."""
        return self._links

    def login(self, now: int) -> Flow[None]:
        """Exchange the key, read anew, for a token."""
        key = self._resolve(self._settings.key)
        answer = yield from self._http.login(key.reveal())
        self._http.token = answer.token
        ends = mapping.nanoseconds(answer.ends)
        self._renew_at = ends - (ends - now) // _LEFT

    def renew_at(self) -> int | None:
        """Return when a fifth of the token's life is left."""
        return self._renew_at

    def instruments(self, names: tuple[str, ...], now: int) -> Flow[tuple[Instrument, ...]]:
        """Return instruments; the wire needs nothing of them, for it speaks in decimals."""
        return self._http.instruments(tuple(mapping.market_of(name) for name in names))

    def link_of(self, subscription: Subscription) -> str:
        """Return `market`; raises UsageError for what the venue does not stream."""
        if subscription.kind not in mapping.STREAMS:
            raise UsageError(f"DEMO has no stream of {subscription.kind}; ask for another kind")
        return "market"

    def execute(self, command: Command, now: int) -> Flow[tuple[OrderReport, ...]]:
        """Send a command, on the socket or as a request, and say what its answer means.

        A change that was carried out is told by the news of the order alone, which bear its note.
        """
        message = self._message(command)
        answer, ts = yield from self._sent(message)
        if isinstance(answer, Failed):
            return refused(command, answer.text or answer.code, ts)
        if not isinstance(command, SubmitOrder):
            return ()
        return (
            OrderAccepted(
                client_order_id=command.client_order_id,
                instrument=command.instrument,
                account=command.account,
                venue_order_id=answer.order,
                ts_event=ts,
                ts_recv=ts,
            ),
        )

    def resync(self, account: str, now: int) -> Flow[VenueTruth]:
        """Return everything that the account has."""
        return self._http.truth(self._accounts[account], account, now)

    def history(self, instrument: str, spec: str, start: int, end: int) -> Flow[tuple[Bar, ...]]:
        """Return bars of fixed length."""
        return self._http.bars(mapping.market_of(instrument), spec, start, end)

    def server_time(self, now: int) -> Flow[int] | None:
        """Return the venue's clock."""
        return self._http.time()

    def _message(self, command: Command) -> Place | Amend | Withdraw:
        if isinstance(command, SubmitOrder):
            if command.type not in mapping.KINDS or command.time_in_force not in mapping.LIVES:
                raise NotSent(f"DEMO has no {command.type} orders {command.time_in_force}")
            return mapping.place(command, self._accounts[command.account])
        if isinstance(command, ReplaceOrder):
            return mapping.amend(command, self._accounts[command.account])
        if isinstance(command, CancelOrder):
            return Withdraw(0, self._accounts[command.account], command.client_order_id)
        raise NotSent(f"DEMO has no command {type(command).__name__}")

    def _sent(self, message: Place | Amend | Withdraw) -> Flow[tuple[Done | Failed, int]]:
        if self._settings.orders == "http":
            return (yield from self._http.order(message))
        answer = yield from ask(Call(link="trade", message=message, endpoint="orders"))
        if not isinstance(answer.message, Done | Failed):
            raise InvariantError(f"DEMO answered an order with {answer.message!r}")
        return answer.message, answer.ts_recv

    def _link(self, name: str, session: DemoSession, *, private: bool = False) -> Link:
        address = Address(url=f"{self._settings.websocket}/{name}")
        return Link(name=name, session=session, address=lambda _: done(address), private=private)
