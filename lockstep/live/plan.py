"""What a configuration asks of a live or paper run, checked before anything is opened.

Opens nothing and connects nowhere.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

import msgspec

from connectors.frame.package import VenuePackage
from engine.config import Loaded
from engine.config.live import LiveConfig
from engine.config.risk import LimitsConfig, RiskConfig
from engine.config.sections import Config
from engine.errors import ConfigError
from engine.journal.writer import JournalPolicy
from engine.recovery.policy import ReconcilePolicy
from engine.strategy.attach import Bound
from engine.strategy.base import Strategy
from lockstep.simulators import venue_package

Mode = Literal["paper", "live", "rehearsal"]
_MEGABYTE = 1 << 20


class Site(msgspec.Struct, frozen=True):
    """Hold one venue of a run: its package, its settings, and the accounts that trade there."""

    package: VenuePackage
    settings: msgspec.Struct
    accounts: tuple[str, ...]


def check(loaded: Loaded, mode: Mode) -> None:
    """Refuse, with a ConfigError, what cannot be run or must not be run with money."""
    config = loaded.config
    if not config.strategies:
        raise ConfigError(f"{loaded.path} has no [[strategies]]; add one with class and parameters")
    if mode == "paper" and (poor := [a.id for a in config.accounts if not a.starting_balances()]):
        raise ConfigError(f"a paper run needs money: give account {poor[0]} a balance")
    if mode == "live":
        for account in traded_accounts(config):
            missing = missing_limits(config.risk, account)
            if missing:
                raise ConfigError(
                    f"live needs limits: account {account} has no {missing}; set them in "
                    f"[risk.firm] or [risk.account.{account}]"
                )


def traded_accounts(config: Config) -> list[str]:
    """Return the ids of the accounts on which strategies trade, each once."""
    return list(dict.fromkeys(name for each in config.strategies for name in each.traded))


def missing_limits(risk: RiskConfig, account: str) -> str:
    """Return which of the limits that live needs an account does not have; empty for none."""
    scopes = [risk.firm, risk.account.get(account, LimitsConfig())]
    needed = {
        "max_order_value": ("max_order_value",),
        "max_position or max_gross": ("max_position", "max_gross"),
        "max_daily_loss": ("max_daily_loss",),
    }
    return ", ".join(
        name
        for name, keys in needed.items()
        if all(getattr(scope, key) is None for scope in scopes for key in keys)
    )


def sites(config: Config) -> dict[str, Site]:
    """Return the venues of a run by name. Raises ConfigError for a section that is wrong."""
    found: dict[str, Site] = {}
    for venue in dict.fromkeys(account.venue for account in config.accounts):
        package = venue_package(venue)
        section = config.connectors.get(venue.lower())
        if section is None:
            raise ConfigError(
                f"venue {venue} has no [connectors.{venue.lower()}]; say there where it is and "
                "which secret opens it"
            )
        accounts = tuple(each.id for each in config.accounts if each.venue == venue)
        found[package.name] = Site(package, _settings(venue, package, section), accounts)
    return found


def instrument_names(strategies: Iterable[Bound], venues: Iterable[str]) -> dict[str, list[str]]:
    """Return, by venue, the instruments that parameters of strategies name."""
    named: dict[str, dict[str, None]] = {venue: {} for venue in venues}
    for _, _, strategy in strategies:
        for name in _texts(strategy):
            venue = name.rpartition(".")[2]
            if venue in named:
                named[venue][name] = None
    return {venue: list(names) for venue, names in named.items()}


def journal_policy(config: LiveConfig) -> JournalPolicy:
    """Return the journal's policy."""
    journal = config.journal
    keep = journal.keep_market_mb
    return JournalPolicy(
        durability=journal.durability,
        segment_bytes=journal.segment_mb * _MEGABYTE,
        keep_market=None if keep is None else max(1, keep // journal.segment_mb),
        reserve_bytes=journal.reserve_mb * _MEGABYTE,
    )


def reconcile_policy(config: LiveConfig, mode: Mode, *, names_kept: bool) -> ReconcilePolicy:
    """Return how accounts are reconciled; `names_kept` where the venue keeps our order ids.

    The simulated exchange of a paper run answers at once and knows for certain.
    """
    asked = config.reconcile
    return ReconcilePolicy(
        orders=asked.orders,
        positions=asked.positions,
        balances=asked.balances,
        polls=1 if mode == "paper" else asked.polls,
        settle_ns=0 if mode == "paper" else asked.settle_ns,
        client_order_ids=names_kept,
    )


def state_folder(config: Config) -> Path:
    """Return the folder that outlives runs."""
    return Path(config.live.state or f"state/{config.run.name}")


def _settings(venue: str, package: VenuePackage, section: Mapping[str, object]) -> msgspec.Struct:
    try:
        return msgspec.convert(section, type=package.settings)
    except (msgspec.ValidationError, ValueError) as error:
        raise ConfigError(f"[connectors.{venue.lower()}] is wrong: {error}") from None


def _texts(strategy: Strategy) -> list[str]:
    """Return the texts among a strategy's parameters, and those in its lists of texts."""
    found: list[str] = []
    for value in strategy.parameters.values():
        values = value if isinstance(value, list | tuple) else [value]
        found += [each for each in values if isinstance(each, str)]
    return found
