"""What the program needs to know of cTrader: settings, how the venue is made, its simulator.

Loads secrets only when the venue asks for them.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from connectors.ctrader.directory import Account
from connectors.ctrader.login import TOKEN_URL, Application, Login, grant_url
from connectors.ctrader.mapping.symbols import VENUE
from connectors.ctrader.simulator.listing import account_number
from connectors.ctrader.simulator.simulator import TOKEN_PATH, CTraderSimulator
from connectors.ctrader.venue import CTrader
from connectors.frame.flow import Flow
from connectors.frame.package import Resolve, SignIn, VenuePackage
from connectors.limits import CTRADER
from connectors.simulation.accounts import AccountTerms
from connectors.simulation.faults import Fault
from connectors.simulation.records import IdFormat
from connectors.simulation.simulator import Served
from engine.config.secret import SecretReference
from engine.errors import ConfigError
from engine.model.instrument import AssetClass, Instrument
from engine.model.market_hours import FX_WEEK

LIVE_URL = "tls://live.ctraderapi.com:5035"
DEMO_URL = "tls://demo.ctraderapi.com:5035"
KNOWN = ("netting", "hedged")
"""The accounts that the simulator knows."""

LEVERAGE_MARGIN = 0.01
"""Margin by unit of value at the simulator: its accounts have a leverage of 1:100."""


class AccountSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Say which account of the venue a name stands for.

    `id` is that of the programming interface (ctidTraderAccountId), which is not the login that the
    terminal shows.
    """

    id: Annotated[int, Meta(ge=1)]
    environment: Literal["live", "demo"] = "demo"


class CTraderSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hold the settings of a login.

    `tls://` addresses speak TCP, `wss://` the same over WebSockets. The refresh token is in a file,
    for the venue changes it at every login. `redirect_uri` is one that the application registered.
    `authority` is a file (PEM) of one more authority to trust, such as the simulator's.
    """

    client_id: str
    client_secret: SecretReference
    refresh_token: SecretReference
    accounts: dict[str, AccountSettings]
    redirect_uri: str = "http://localhost"
    live_url: str = LIVE_URL
    demo_url: str = DEMO_URL
    token_url: str = TOKEN_URL
    authority: str | None = None


def make(settings: CTraderSettings, accounts: tuple[str, ...], resolve: Resolve) -> CTrader:
    """Return the venue for some of the accounts, or for all where none is named.

    Raises ConfigError for an account without an id, and for a refresh token that is in no file.
    """
    names = accounts or tuple(settings.accounts)
    missing = [name for name in names if name not in settings.accounts]
    if missing or not names:
        raise ConfigError(f"ctrader: account {' '.join(missing)!r} has no id; add it to accounts")
    application = _application(settings, resolve)
    chosen = tuple(_account(name, settings.accounts[name]) for name in names)
    addresses = {"live": settings.live_url, "demo": settings.demo_url}
    return CTrader(application, chosen, addresses, settings.authority)


def _application(settings: CTraderSettings, resolve: Resolve) -> Application:
    if settings.refresh_token.file is None and settings.token_url.startswith("https:"):
        raise ConfigError("ctrader: refresh_token changes at every login; keep it in a file")
    return Application(
        client_id=settings.client_id,
        client_secret=lambda: resolve(settings.client_secret),
        refresh_token=lambda: resolve(settings.refresh_token),
        token_url=settings.token_url,
    )


def _exchange(settings: CTraderSettings, code: str, resolve: Resolve) -> Flow[str]:
    login = Login(_application(settings, resolve))
    return login.redeem(code, settings.redirect_uri, now=0)


def _account(name: str, settings: AccountSettings) -> Account:
    return Account(name=name, id=settings.id, is_live=settings.environment == "live")


def simulated(served: Served, accounts: tuple[str, ...]) -> CTraderSettings:
    """Return settings that lead to a simulator over TCP."""
    return CTraderSettings(
        client_id="simulated",
        client_secret=SecretReference(env="SIMULATED_CLIENT_SECRET"),
        refresh_token=SecretReference(env="SIMULATED_REFRESH_TOKEN"),
        accounts={name: AccountSettings(id=account_number(name)) for name in accounts or KNOWN},
        demo_url=served.tcp or served.websocket,
        live_url=served.tcp or served.websocket,
        token_url=f"{served.http}{TOKEN_PATH}",
    )


def _currency_pair(symbol: str, tick: str) -> Instrument:
    return Instrument.define(
        f"{symbol}.{VENUE}",
        tick=tick,
        currency=symbol[3:],
        base=symbol[:3],
        quantity_step="1000",
        quantity_min="1000",
        quantity_max="10000000",
        quantity_digits=2,
        lot="100000",
        margin_initial=LEVERAGE_MARGIN,
        asset=AssetClass.FX,
        calendar=FX_WEEK,
    )


PACKAGE = VenuePackage(
    name=VENUE,
    rates=CTRADER,
    settings=CTraderSettings,
    make=make,
    instruments=(
        _currency_pair("EURUSD", "0.00001"),
        _currency_pair("USDJPY", "0.001"),
        Instrument.define(
            f"XAUUSD.{VENUE}",
            tick="0.01",
            currency="USD",
            base="XAU",
            quantity_digits=2,
            lot="100",
            margin_initial=LEVERAGE_MARGIN,
            asset=AssetClass.CFD,
            calendar=FX_WEEK,
        ),
    ),
    prices={f"EURUSD.{VENUE}": 1.1, f"USDJPY.{VENUE}": 150.0, f"XAUUSD.{VENUE}": 2_400.0},
    accounts=(
        AccountTerms(id=KNOWN[0], currency="USD", balance=100_000.0),
        AccountTerms(id=KNOWN[1], currency="USD", balance=100_000.0, positions="hedging"),
    ),
    ids=IdFormat(
        order=lambda number: str(6_000_000 + number),
        trade=lambda number: str(7_000_000 + number),
        position=lambda number: str(5_000_000 + number),
    ),
    simulator=CTraderSimulator,
    simulated=simulated,
    plays=(
        Fault.EXPIRE_TOKEN,
        Fault.REFUSE_LOGIN,
        Fault.REJECT,
        Fault.FILL_FIRST,
        Fault.BREAK_OFF,
        Fault.STALE_LIST,
        Fault.LOG_OUT,
        Fault.DISMISS,
        Fault.MAINTENANCE,
    ),
    sign_in=SignIn(
        address=lambda settings, state: grant_url(settings.client_id, settings.redirect_uri, state),
        exchange=_exchange,
        echoes_state=False,
    ),
)
