"""One login at a venue of ALOR's protocol, as the connector frame wants it.

Puts the parts together; sends nothing itself.
"""

from collections.abc import Callable

from connectors.alor_protocol.execution import Execution
from connectors.alor_protocol.flows import auth, commands, instruments
from connectors.alor_protocol.flows.history import history
from connectors.alor_protocol.flows.reads import Reads
from connectors.alor_protocol.flows.truth import Truth
from connectors.alor_protocol.mapping.cache import InstrumentCache
from connectors.alor_protocol.placements import Placements
from connectors.alor_protocol.sessions.account import AccountSession
from connectors.alor_protocol.sessions.bars import span_of
from connectors.alor_protocol.sessions.market import MarketSession
from connectors.alor_protocol.sessions.orders import OrderSession
from connectors.alor_protocol.settings import Settings
from connectors.alor_protocol.tokens import Login
from connectors.frame.flow import Flow, done
from connectors.frame.session import Session
from connectors.frame.venue import Address, Capabilities, Link
from engine.errors import UsageError
from engine.gate.rates import VenueRates
from engine.model.commands import Command, OrderType, TimeInForce
from engine.model.instrument import Instrument
from engine.model.market import Bar
from engine.model.reports import OrderReport
from engine.model.subscription import DataKind, Subscription
from engine.model.truth import VenueTruth

_CAPABILITIES = Capabilities(
    order_types=(OrderType.MARKET, OrderType.LIMIT, OrderType.STOP, OrderType.STOP_LIMIT),
    times_in_force=(TimeInForce.DAY, TimeInForce.IOC, TimeInForce.FOK, TimeInForce.GTC),
    data=tuple(DataKind),
    replaces=True,
    amends=False,
    client_order_ids=True,
    post_only=True,
)


class ProtocolVenue:
    """Speak the protocol for one login; without a refresh token it may only watch, late.

    `refresh_token` is called at each login. Data that is read without a token is 15 minutes old:
    then there are no accounts, and every order is refused.
    """

    def __init__(self, settings: Settings, refresh_token: Callable[[], str] | None) -> None:
        self._settings = settings
        self._refresh_token = refresh_token
        self._login = Login(settings.token_share)
        self._cache = InstrumentCache()
        self._placements = Placements()
        self._reads = Reads(settings, self._login)
        self._truth = Truth(settings, self._login, self._cache, self._placements)
        self._execution = Execution(settings, self._login, self._cache, self._placements)
        self._links = self._make_links() if refresh_token is not None else ()

    @property
    def name(self) -> str:
        """Return the venue's name as in SYMBOL.VENUE."""
        return self._settings.venue

    @property
    def rates(self) -> VenueRates:
        """Return the venue's rate limits."""
        return self._settings.rates

    @property
    def capabilities(self) -> Capabilities:
        """Return what the venue can do."""
        return _CAPABILITIES

    @property
    def accounts(self) -> tuple[str, ...]:
        """Return the engine's names of the accounts that the login trades for."""
        return tuple(self._settings.portfolios) if self._refresh_token is not None else ()

    @property
    def links(self) -> tuple[Link, ...]:
        """Return market data, portfolio streams and orders: three of the ten allowed sockets."""
        return self._links

    @property
    def is_delayed(self) -> bool:
        """Say whether what is read is 15 minutes old, for want of a login."""
        return self._refresh_token is None

    def login(self, now: int) -> Flow[None]:
        """Exchange the refresh token for an access token."""
        if self._refresh_token is None:
            return done(None)
        return auth.refresh(self._settings.hosts, self._refresh_token(), self._login)

    def renew_at(self) -> int | None:
        """Return when the access token is renewed: after a third of its life."""
        return self._login.renew_at()

    def instruments(self, names: tuple[str, ...], now: int) -> Flow[tuple[Instrument, ...]]:
        """Return the named instruments, or with no names all that the exchange lists."""
        return instruments.load(names, self._settings, self._login, self._cache)

    def link_of(self, subscription: Subscription) -> str:
        """Return the market data link. Raises UsageError for bars that the venue does not make."""
        if self._refresh_token is None:
            raise UsageError(
                f"{self.name} streams nothing without a token; name one in its section"
            )
        if subscription.kind is DataKind.BARS:
            span_of(subscription.spec)
        return "market"

    def execute(self, command: Command, now: int) -> Flow[tuple[OrderReport, ...]]:
        """Carry out an approved command and return what its direct answer says about it."""
        return self._execution.execute(command, now)

    def resync(self, account: str, now: int) -> Flow[VenueTruth]:
        """Ask for everything the account has."""
        return self._truth.of(account, now)

    def history(self, instrument: str, spec: str, start: int, end: int) -> Flow[tuple[Bar, ...]]:
        """Return complete bars with `start <= ts_open < end`, oldest first."""
        traded = self._cache.named(instrument)
        window = self._settings.history_span_ns
        return history(self._reads, self._login, traded, spec, start, end, window)

    def server_time(self, now: int) -> None:
        """Return None: the venue tells its clock in whole seconds, which is too coarse."""
        return

    def _make_links(self) -> tuple[Link, ...]:
        settings, hosts, cache = self._settings, self._settings.hosts, self._cache

        def link(name: str, url: str, session: Session, *, private: bool) -> Link:
            address = Address(url=url)
            return Link(
                name=name,
                session=session,
                address=lambda _: done(address),
                private=private,
                silence_ns=None,
            )

        def token() -> str:
            return self._login.token

        account = AccountSession(settings, token, cache, self._placements)
        orders = OrderSession(token, settings.orders_ping_ns, settings.answer_ns)
        market = MarketSession(settings, token, cache)
        links = [
            link("account", hosts.stream, account, private=True),
            link(commands.ORDERS_LINK, hosts.orders, orders, private=True),
            link("market", hosts.stream, market, private=False),
        ]
        return tuple(links)
