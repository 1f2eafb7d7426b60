"""Check what no section can check alone: names that must be unique or exist, and contradictions.

Checks no strategy class and no catalogue: loading those is not this room's business.
"""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from engine.config import paths
from engine.config.exchange import ExchangeRules
from engine.config.operation import ALERTS
from engine.config.risk import LimitsConfig
from engine.config.sections import Config, StrategyConfig
from engine.errors import ValueRefused
from engine.model.identifiers import split_instrument

Finding = tuple[paths.Path, str]


def findings(config: Config) -> Iterator[Finding]:
    """Yield (path, what is wrong and how to mend it) for every contradiction in `config`."""
    yield from _period(config)
    yield from _accounts(config)
    yield from _strategies(config)
    yield from _instruments(config)
    yield from _limits(config)
    yield from _operation(config)
    yield from _rates(config)
    yield from _rules(("exchange",), config.exchange)
    for name, rules in config.exchange.instruments.items():
        yield from _rules(("exchange", "instruments", name), rules)


def _period(config: Config) -> Iterator[Finding]:
    start, end = config.run.start_ns, config.run.end_ns
    if start is not None and end is not None and end <= start:
        yield (
            ("run", "end"),
            f"run.end {config.run.end} is not after run.start {config.run.start}; swap them",
        )


def _accounts(config: Config) -> Iterator[Finding]:
    yield from _repeated("accounts", "id", [account.id for account in config.accounts])
    for number, account in enumerate(config.accounts):
        if account.balance is not None and account.balances:
            path = ("accounts", str(number), "balances")
            yield path, f"account {account.id} has both balance and balances; keep one of them"


def _strategies(config: Config) -> Iterator[Finding]:
    yield from _repeated("strategies", "name", [strategy.name for strategy in config.strategies])
    venues = {account.id: account.venue for account in config.accounts}
    for number, strategy in enumerate(config.strategies):
        for key, what in _traded(strategy, venues):
            yield ("strategies", str(number), key), what


def _traded(strategy: StrategyConfig, venues: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Yield (key, what is wrong) of the accounts that a strategy trades on."""
    key, trades = "accounts" if strategy.accounts else "account", f"strategy {strategy.name} trades"
    if not strategy.traded:
        yield key, f"{trades} on no account; give it one of {', '.join(venues)}"
    elif strategy.accounts and strategy.account is not None:
        yield key, f"{trades} on account and on accounts; keep one of them"
    there: dict[str, str] = {}
    for account in strategy.traded:
        if account not in venues:
            yield key, _unknown(f"{trades} on account {account}", account, list(venues))
        elif (other := there.setdefault(venues[account], account)) != account:
            yield (
                key,
                f"{trades} on two accounts at {venues[account]}, {other} and {account}; keep one",
            )


def _instruments(config: Config) -> Iterator[Finding]:
    written: list[Finding] = [(("instruments", name), name) for name in config.instruments]
    written += [(("instruments", name), target) for name, target in config.recordings().items()]
    written += [(("exchange", "instruments", name), name) for name in config.exchange.instruments]
    written += [(("risk", "instrument", name), name) for name in config.risk.instrument]
    for path, name in written:
        try:
            split_instrument(name)
        except ValueRefused as error:
            yield path, str(error)


def _limits(config: Config) -> Iterator[Finding]:
    accounts = [account.id for account in config.accounts]
    strategies = [strategy.name for strategy in config.strategies]
    yield from _unknown_scopes(("risk", "account"), config.risk.account, accounts)
    yield from _unknown_scopes(("risk", "strategy"), config.risk.strategy, strategies)
    scopes: list[tuple[paths.Path, LimitsConfig]] = [(("risk", "firm"), config.risk.firm)]
    scopes += [(("risk", "account", name), limits) for name, limits in config.risk.account.items()]
    scopes += [
        (("risk", "strategy", name), limits) for name, limits in config.risk.strategy.items()
    ]
    scopes += [
        (("risk", "instrument", name), limits) for name, limits in config.risk.instrument.items()
    ]
    for path, limits in scopes:
        yield from _misplaced(path, limits)
        low, high = limits.min_price, limits.max_price
        if low is not None and high is not None and high < low:
            yield (
                (*path, "max_price"),
                f"{paths.spell(path)}: max_price {high:g} is below min_price {low:g}; swap them",
            )


def _misplaced(path: paths.Path, limits: LimitsConfig) -> Iterator[Finding]:
    """Yield limits that say nothing about the scope they are written for."""
    level = path[1]
    wrong = []
    if level == "strategy":
        wrong = ["max_gross", "max_net", "max_open_value"]
    elif level == "instrument":
        wrong = ["max_daily_loss", "max_drawdown", "instruments"]
    for name in wrong:
        if getattr(limits, name) is not None:
            where = f"{paths.spell((*path, name))} holds for a firm or an account"
            yield (*path, name), f"{where}, not for a {level}; move it in [risk]"


def _operation(config: Config) -> Iterator[Finding]:
    if config.control.port is not None and config.control.token is None:
        yield ("control", "port"), "control.port opens TCP, which needs a control.token; add it"
    for kind in config.alerts.levels:
        if kind not in ALERTS:
            yield ("alerts", "levels", kind), _unknown_alert(kind)


def _rules(path: paths.Path, rules: ExchangeRules) -> Iterator[Finding]:
    if rules.slippage.ticks and rules.slippage.bps:
        where = (*path, "slippage")
        yield where, f"{paths.spell(where)} has both ticks and bps; keep one of them"


def _rates(config: Config) -> Iterator[Finding]:
    strategies = [strategy.name for strategy in config.strategies]
    venues = list(dict.fromkeys(account.venue for account in config.accounts))
    yield from _unknown_scopes(("rates", "strategy"), config.rates.strategy, strategies)
    yield from _unknown_scopes(("rates", "venue"), config.rates.venue, venues)


def _unknown_scopes(
    section: paths.Path, written: Iterable[str], known: list[str]
) -> Iterator[Finding]:
    for name in written:
        if name not in known:
            path = (*section, name)
            what = f"{paths.spell(path)} limits {section[1]} {name}"
            yield path, _unknown(what, name, known)


def _unknown_alert(kind: str) -> str:
    close = get_close_matches(kind, ALERTS, n=1)
    hint = f"did you mean {close[0]}?" if close else f"known kinds: {', '.join(ALERTS)}"
    return f"alerts.levels: {kind} is no kind of alert; {hint}"


def _unknown(what: str, name: str, known: list[str]) -> str:
    close = get_close_matches(name, known, n=1)
    hint = (
        f"did you mean {close[0]}?" if close else f"it may be {', '.join(known) or 'none: add it'}"
    )
    return f"{what}, which is not in the configuration; {hint}"


def _repeated(section: str, key: str, names: list[str]) -> Iterator[Finding]:
    for number, name in enumerate(names):
        if name in names[:number]:
            yield (
                (section, str(number)),
                f"{section} has two of the {key} {name}; give each its own {key}",
            )
