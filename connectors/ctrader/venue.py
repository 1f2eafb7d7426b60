"""cTrader for one login: its connections, its flows and what it can do.

Pure but for the state of the login; opens no connection.
"""

from connectors.ctrader.directory import Account, Directory
from connectors.ctrader.flows import history, reference, truth
from connectors.ctrader.flows.orders import Execution
from connectors.ctrader.flows.question import Asker
from connectors.ctrader.framing import LARGEST_FRAME
from connectors.ctrader.login import Application, Login
from connectors.ctrader.mapping.bars import period_of
from connectors.ctrader.mapping.orders import TIMES_IN_FORCE, TYPES
from connectors.ctrader.mapping.symbols import VENUE
from connectors.ctrader.pushes import Pushes
from connectors.ctrader.session import OpenApiSession
from connectors.ctrader.trading_state import TradingState
from connectors.frame.flow import Flow, done
from connectors.frame.venue import Address, Capabilities, Link
from connectors.limits import CTRADER
from engine.errors import UsageError
from engine.gate.rates import VenueRates
from engine.model.commands import Command
from engine.model.instrument import Instrument
from engine.model.market import Bar, QuoteTick
from engine.model.reports import OrderReport
from engine.model.subscription import DataKind, Subscription
from engine.model.truth import VenueTruth

CAPABILITIES = Capabilities(
    order_types=tuple(TYPES),
    times_in_force=tuple(TIMES_IN_FORCE),
    data=(DataKind.QUOTES, DataKind.BARS, DataKind.BOOK),
    hedging=True,
    bars="1m@bid",
    asks_by_link=True,
)


class CTrader:
    """Speak the Open API for the accounts of one grant.

    Accounts of the live and of the demo environment have a connection each; market data comes by
    that of the first account.
    """

    def __init__(
        self,
        application: Application,
        accounts: tuple[Account, ...],
        addresses: dict[str, str],
        authority: str | None = None,
    ) -> None:
        self._authority = authority
        self._login = Login(application)
        self._directory = Directory(accounts)
        self._state = TradingState()
        self._execution = Execution(self._directory, self._state)
        pushes = Pushes(self._directory, self._state)
        self._links = tuple(
            self._link(name, addresses[name], found, pushes)
            for name in ("live", "demo")
            if (found := tuple(each for each in accounts if environment(each) == name))
        )

    @property
    def name(self) -> str:
        """Return CTRADER."""
        return VENUE

    @property
    def authority(self) -> str | None:
        """Return the file of one more authority to trust."""
        return self._authority

    @property
    def rates(self) -> VenueRates:
        """Return 50 ordinary and 5 historical requests a second."""
        return CTRADER

    @property
    def capabilities(self) -> Capabilities:
        """Return what the venue can do."""
        return CAPABILITIES

    @property
    def accounts(self) -> tuple[str, ...]:
        """Return our names of the accounts."""
        return tuple(account.name for account in self._directory.accounts)

    @property
    def links(self) -> tuple[Link, ...]:
        """Return a connection for each environment in which there are accounts."""
        return self._links

    def login(self, now: int) -> Flow[None]:
        """Exchange the refresh token for a new pair of tokens."""
        return self._login.refresh(now)

    def renew_at(self) -> int | None:
        """Return a day before the access token ends."""
        return self._login.renew_at()

    def instruments(self, names: tuple[str, ...], now: int) -> Flow[tuple[Instrument, ...]]:
        """Return what the accounts list, each instrument as the first that lists it has it."""
        found: dict[str, Instrument] = {}
        for link in self._links:
            asker, accounts = Asker(link.name), self._accounts_of(link.name)
            yield from reference.check_grant(asker, self._login.access_token, accounts)
            for account in accounts:
                listed = yield from reference.instruments(
                    asker, account, self._directory, names, now
                )
                for instrument in listed:
                    found.setdefault(instrument.id, instrument)
        return tuple(found.values())

    def link_of(self, subscription: Subscription) -> str:
        """Return the connection of market data; raises UsageError for what there is none of."""
        if subscription.kind not in CAPABILITIES.data:
            raise UsageError(f"cTrader streams no {subscription.kind}; it has quotes, bars, books")
        if subscription.kind is DataKind.BARS:
            period_of(subscription.spec)
        return environment(self._directory.accounts[0])

    def execute(self, command: Command, now: int) -> Flow[tuple[OrderReport, ...]]:
        """Carry out a command on the connection of its account."""
        link = environment(self._directory.account(command.account))
        return self._execution.execute(command, link, now)

    def resync(self, account: str, now: int) -> Flow[VenueTruth]:
        """Ask for orders, fills of a week, positions and the balance of an account."""
        found = self._directory.account(account)
        asker = Asker(environment(found))
        return truth.resync(asker, found, self._directory, self._state, now)

    def history(self, instrument: str, spec: str, start: int, end: int) -> Flow[tuple[Bar, ...]]:
        """Return complete bid bars; see `connectors.ctrader.mapping.bars` for the lengths."""
        account = self._directory.accounts[0]
        listed = self._directory.listed(account.name, instrument)
        asker = Asker(environment(account))
        return history.bars(asker, account, listed, spec, start, end)

    def quote_history(self, instrument: str, start: int, end: int) -> Flow[tuple[QuoteTick, ...]]:
        """Return the changes of bid and ask, each put together with the other side before it."""
        account = self._directory.accounts[0]
        listed = self._directory.listed(account.name, instrument)
        asker = Asker(environment(account))
        return history.quotes(asker, account, listed, (start, end))

    def server_time(self, now: int) -> Flow[int] | None:
        """Return None: no answer of the venue has its clock."""
        return None

    def _accounts_of(self, name: str) -> tuple[Account, ...]:
        return tuple(each for each in self._directory.accounts if environment(each) == name)

    def _link(self, name: str, url: str, accounts: tuple[Account, ...], pushes: Pushes) -> Link:
        is_stream = url.startswith(("tls://", "tcp://"))
        address = Address(url=url, frame_bytes_max=LARGEST_FRAME)
        session = OpenApiSession(
            accounts, self._login, self._directory, pushes, is_stream=is_stream
        )
        return Link(
            name=name,
            session=session,
            address=lambda _now: done(address),
            private=True,
            silence_ns=None,  # the session counts whole messages
        )


def environment(account: Account) -> str:
    """Return the name of the connection that carries an account."""
    return "live" if account.is_live else "demo"
