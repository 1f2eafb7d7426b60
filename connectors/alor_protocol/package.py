"""Compose a venue of the protocol: its section of a configuration, the venue, the simulator.

Knows no venue by name; each passes in what is its own.
"""

from collections.abc import Callable, Mapping
from typing import Annotated, Literal

import msgspec

from connectors.alor_protocol.flows import auth
from connectors.alor_protocol.settings import Hosts, Settings
from connectors.alor_protocol.simulator.profile import Profile
from connectors.alor_protocol.simulator.venue import ProtocolSimulator
from connectors.alor_protocol.venue import ProtocolVenue
from connectors.frame.flow import Flow
from connectors.frame.package import Resolve, SignIn, VenuePackage
from connectors.simulation.accounts import AccountTerms
from connectors.simulation.broker import SimulatedBroker
from connectors.simulation.faults import Fault, FaultPlan
from connectors.simulation.records import IdFormat
from connectors.simulation.simulator import Served, SimulatorTerms
from engine.config.secret import SecretReference
from engine.config.words import about
from engine.errors import ConfigError
from engine.gate.rates import VenueRates
from engine.model.instrument import Instrument

SIMULATED_PORTFOLIO = "D39004"
"""The portfolio that the simulators know unless they are told of others."""

_ORDER_NUMBERS, _TRADE_NUMBERS = 18_995_978_000, 9_055_212_000


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """Hold a venue's section of a configuration.

    Without a token the venue may only be watched, 15 minutes late. Accounts trade the portfolio of
    their own name unless `portfolios` says otherwise.
    """

    environment: Annotated[
        Literal["production", "test", "custom"], about("which servers to talk to")
    ] = "production"
    token: Annotated[SecretReference | None, about("where the refresh token is")] = None
    portfolios: Annotated[
        dict[str, str], about("the venue's portfolio for each account that is named otherwise")
    ] = {}
    client_id: Annotated[str, about("the registered application that `lockstep login` is for")] = ""
    client_secret: Annotated[
        SecretReference | None, about("the application's secret, if it can keep one")
    ] = None
    redirect_uri: Annotated[str, about("where the venue leads back to, as it was registered")] = (
        "https://localhost/alor"
    )
    hosts: Annotated[Hosts | None, about("addresses, with the environment custom")] = None
    order_channel: Annotated[
        Literal["socket", "http"], about("how orders are sent; the socket is faster")
    ] = "socket"
    check_duplicates: Annotated[
        bool, about("whether the venue compares each command's id with those it has seen")
    ] = True
    allow_margin: Annotated[
        bool | None, about("consent of low-risk clients to positions that are not covered")
    ] = None
    frequency_ms: Annotated[int, about("how often a book or quote may come, from 10 on")] = 10


class Quirks(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what one venue of the protocol has of its own."""

    venue: str
    rates: VenueRates
    exchange: str
    board: str | None
    currency: str
    environments: Mapping[str, Hosts]
    has_graphql: bool


def package(quirks: Quirks, instruments: tuple[Instrument, ...]) -> VenuePackage:
    """Return what a venue of the protocol tells the program about itself."""

    def make(section: Section, accounts: tuple[str, ...], resolve: Resolve) -> ProtocolVenue:
        token = section.token
        reveal: Callable[[], str] | None = None
        if token is not None:
            reference = token

            def reveal() -> str:
                return resolve(reference).reveal()

        return ProtocolVenue(settings_of(section, quirks, accounts), reveal)

    def simulator(
        broker: SimulatedBroker, faults: FaultPlan, terms: SimulatorTerms
    ) -> ProtocolSimulator:
        profile = Profile(
            venue=quirks.venue,
            exchange=quirks.exchange,
            board=quirks.board,
            currency=quirks.currency,
            has_graphql=quirks.has_graphql,
        )
        return ProtocolSimulator(profile, broker, faults, terms)

    def simulated(served: Served, accounts: tuple[str, ...]) -> Section:
        return Section(
            environment="custom",
            token=SecretReference(env="LOCKSTEP_SIMULATED"),
            portfolios={account: account for account in accounts},
            client_id="simulated",
            hosts=Hosts(
                api=served.http,
                stream=f"{served.websocket}/ws",
                orders=f"{served.websocket}/cws",
                oauth=served.http,
                graphql=f"{served.http}/hyperion" if quirks.has_graphql else None,
            ),
        )

    return VenuePackage(
        name=quirks.venue,
        rates=quirks.rates,
        settings=Section,
        make=make,
        instruments=instruments,
        accounts=(
            AccountTerms(
                id=SIMULATED_PORTFOLIO,
                currency=quirks.currency,
                balance=1_000_000.0,
            ),
        ),
        ids=IdFormat(
            order=lambda number: str(_ORDER_NUMBERS + number),
            trade=lambda number: str(_TRADE_NUMBERS + number),
        ),
        simulator=simulator,
        simulated=simulated,
        plays=(
            Fault.EXPIRE_TOKEN,
            Fault.REFUSE_LOGIN,
            Fault.REJECT,
            Fault.FILL_FIRST,
            Fault.STALE_LIST,
            Fault.MAINTENANCE,
        ),
        sign_in=sign_in(quirks),
    )


def by_request(made: VenuePackage) -> VenuePackage:
    """Return a package whose simulation sends orders by HTTP instead of the order socket."""

    def simulated(served: Served, accounts: tuple[str, ...]) -> msgspec.Struct:
        return msgspec.structs.replace(made.simulated(served, accounts), order_channel="http")

    return msgspec.structs.replace(made, simulated=simulated, orders_by="http")


def sign_in(quirks: Quirks) -> SignIn:
    """Return how a person opens the venue for an application."""

    def address(section: Section, state: str) -> str:
        hosts = _hosts(section, quirks)
        return auth.authorize_url(hosts, _application(section), section.redirect_uri, state)

    def exchange(section: Section, code: str, resolve: Resolve) -> Flow[str]:
        reference = section.client_secret
        secret = None if reference is None else resolve(reference).reveal()
        tokens = yield from auth.exchange_code(
            _hosts(section, quirks), code, section.redirect_uri, _application(section), secret
        )
        return tokens.refresh_token

    def _application(section: Section) -> str:
        if not section.client_id:
            raise ConfigError(
                f"{quirks.venue}: [connectors.{quirks.venue.lower()}] names no client_id; register "
                "the application with the venue and write its id there"
            )
        return section.client_id

    return SignIn(address=address, exchange=exchange)


def settings_of(section: Section, quirks: Quirks, accounts: tuple[str, ...]) -> Settings:
    """Return the settings of a section.

    Raises ConfigError for hosts without the environment `custom`, or the other way round.
    """
    return Settings(
        venue=quirks.venue,
        hosts=_hosts(section, quirks),
        rates=quirks.rates,
        exchange=quirks.exchange,
        board=quirks.board,
        currency=quirks.currency,
        portfolios={account: section.portfolios.get(account, account) for account in accounts},
        order_channel=section.order_channel,
        check_duplicates=section.check_duplicates,
        allow_margin=section.allow_margin,
        frequency_ms=section.frequency_ms,
    )


def _hosts(section: Section, quirks: Quirks) -> Hosts:
    if (section.environment == "custom") is not (section.hosts is not None):
        raise ConfigError(
            f"{quirks.venue}: hosts go with the environment custom, and only with it; mend one"
        )
    return section.hosts or quirks.environments[section.environment]
