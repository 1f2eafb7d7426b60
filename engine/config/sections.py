"""The sections of a configuration, as values: what every part of the program reads.

Reads no file and applies no layer; a value here has been checked already.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from engine.config.exchange import ExchangeConfig
from engine.config.instruments import InstrumentConfig
from engine.config.live import LiveConfig
from engine.config.operation import AlertsConfig, ControlConfig, LogConfig
from engine.config.rates import RatesConfig
from engine.config.risk import RiskConfig
from engine.config.values import SPAN_PATTERN, Moment, span_ns
from engine.config.words import NotNegative, Positive, Text, about, spelled

Name = Annotated[
    str, spelled(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$", "letters, digits, dot, dash, underscore")
]
Seed = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Recorded = Annotated[str, about("for a recording: the instrument that it stands for")]
Interval = Annotated[str, spelled(f"^(auto|{SPAN_PATTERN})$", "auto, or a span such as 15m or 1d")]
ClassPath = Annotated[str, spelled(r"^.+:\w+$", "module:Class or path.py:Class")]


class RunConfig(Struct, frozen=True, kw_only=True):
    """Say what is run: name, data, period, seed and where the result goes.

    Relative paths are taken from the working directory, as on the command line.
    """

    name: Annotated[Name, about("name of the run, part of its folder's name")]
    catalog: Annotated[Text, about("folder of recorded data")] = "data/catalog"
    start: Annotated[Moment | None, about("start, inclusive; a date is its midnight UTC")] = None
    end: Annotated[Moment | None, about("end, exclusive; a date includes its whole day")] = None
    seed: Annotated[Seed, about("seed of every random choice")] = 0
    out: Annotated[Text, about("folder in which run folders are made")] = "runs"
    equity_interval: Annotated[
        Interval, about("time between equity samples; auto chooses by the period")
    ] = "auto"
    on_strategy_error: Annotated[
        Literal["stop", "flatten_and_stop"], about("what happens to a strategy that raises")
    ] = "stop"
    request_delay_ms: Annotated[
        NotNegative, about("backtest: engine time until a request of a strategy is answered")
    ] = 100.0
    scan_ahead: Annotated[
        bool, about("backtest: take rows that change nothing at once; results are the same")
    ] = True
    keep_columns: Annotated[
        bool,
        about("backtest: keep recorded columns decoded beside their files, where there is room"),
    ] = True
    risk_free: Annotated[
        float, about("yearly rate subtracted by Sharpe and Sortino; 0.02 is 2 %")
    ] = 0.0

    @property
    def start_ns(self) -> int | None:
        """Return the inclusive start in nanoseconds UTC, or None for the beginning of the data."""
        return None if self.start is None else self.start.ns

    @property
    def end_ns(self) -> int | None:
        """Return the exclusive end in nanoseconds UTC, or None for the end of the data."""
        return None if self.end is None else self.end.end_ns

    @property
    def equity_interval_ns(self) -> int | None:
        """Return the time between equity samples in nanoseconds, or None for auto."""
        return None if self.equity_interval == "auto" else span_ns(self.equity_interval)


class AccountConfig(Struct, frozen=True, kw_only=True):
    """Describe one account; the money it starts with matters to backtest and paper only."""

    id: Annotated[Text, about("name by which strategies and limits refer to it")]
    venue: Annotated[Text, about("venue, as in SYMBOL.VENUE")]
    currency: Annotated[Text, about("currency of its equity and report")] = "USD"
    balance: Annotated[NotNegative | None, about("starting money in that currency")] = None
    balances: Annotated[dict[str, NotNegative], about("starting money in several currencies")] = {}
    leverage: Annotated[Positive, about("buying power is equity times this")] = 1.0
    positions: Annotated[
        Literal["netting", "hedging"], about("one position an instrument, or one for each opening")
    ] = "netting"

    def starting_balances(self) -> dict[str, float]:
        """Return the starting money by currency; empty when the configuration gives none."""
        return dict(self.balances) if self.balance is None else {self.currency: self.balance}


class StrategyConfig(Struct, frozen=True, kw_only=True):
    """Name one strategy, where its class is, and which accounts it trades on."""

    class_: Annotated[ClassPath, about("where its class is")] = field(name="class")
    account: Annotated[Text | None, about("id of the account it trades on")] = None
    accounts: Annotated[
        tuple[Text, ...], about("instead: ids of its accounts, one at each venue it trades on")
    ] = ()
    name: Annotated[Text, about("name by which it is known, unlike any other")]
    parameters: Annotated[dict[str, object], about("values of the strategy's parameters")] = {}

    @property
    def traded(self) -> tuple[str, ...]:
        """Return the ids of the accounts it trades on, however they are written."""
        return self.accounts or (() if self.account is None else (self.account,))


class ReportConfig(Struct, frozen=True, kw_only=True):
    """Say what is written for people to look at."""

    html: Annotated[bool, about("write report.html into the run folder")] = True
    standalone: Annotated[bool, about("put the charts' script into the page itself")] = False


class Config(Struct, frozen=True, kw_only=True):
    """Hold a whole configuration.

    `instruments` maps an instrument to its definition, or a recording to the instrument that it
    stands for (`"SBER.ALOR" = "SBER.MOEX"`).
    """

    run: RunConfig
    accounts: tuple[AccountConfig, ...] = ()
    strategies: tuple[StrategyConfig, ...] = ()
    instruments: dict[str, Recorded | InstrumentConfig] = {}
    exchange: ExchangeConfig = ExchangeConfig()
    risk: RiskConfig = RiskConfig()
    rates: RatesConfig = RatesConfig()
    report: ReportConfig = ReportConfig()
    log: LogConfig = LogConfig()
    control: ControlConfig = ControlConfig()
    alerts: AlertsConfig = AlertsConfig()
    live: LiveConfig = LiveConfig()
    connectors: Annotated[
        dict[str, dict[str, object]], about("venue in small letters -> what its connector needs")
    ] = {}

    def hedging(self) -> tuple[str, ...]:
        """Return the ids of the accounts that have a position for each opening order."""
        return tuple(each.id for each in self.accounts if each.positions == "hedging")

    def firm_currency(self) -> str:
        """Return the currency in which several accounts are added up; empty where nothing is."""
        if len(self.accounts) < 2 or not self.risk.adds_up:
            return ""
        return self.risk.currency or self.accounts[0].currency

    def recordings(self) -> dict[str, str]:
        """Return recording -> instrument for those that the configuration maps."""
        return {name: value for name, value in self.instruments.items() if isinstance(value, str)}

    def definitions(self) -> dict[str, InstrumentConfig]:
        """Return instrument -> definition for those that the configuration defines or changes."""
        return {
            name: value for name, value in self.instruments.items() if not isinstance(value, str)
        }
