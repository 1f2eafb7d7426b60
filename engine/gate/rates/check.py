"""Refuse rate rules that cannot be kept or that no command could ever pass.

Changes nothing; every message names the rule and how to mend it.
"""

from engine.errors import ConfigError
from engine.gate.rates.rule import CommandKind, FixedWindow, RateRule, Traffic, VenueRates

LIMIT_MAX = 1_000_000
"""The largest limit: a rule keeps one send time for each unit of it."""

_DRIFT_PPM_MAX = 100_000


def check(rates: VenueRates) -> None:
    """Raise ConfigError for the first thing wrong with a venue's rules or its costs."""
    kinds = [kind.value for kind in CommandKind]
    for endpoint in rates.endpoints:
        if endpoint in kinds:
            raise ConfigError(
                f"endpoint {endpoint} of {rates.venue} has the name of a command; rename it"
            )
    for kind, costs in rates.costs.items():
        _check_costs(rates, kind, costs)
    names = [rule.name for rule in rates.rules]
    for rule in rates.rules:
        where = f"rate rule {rates.venue}.{rule.name}"
        if names.count(rule.name) > 1:
            raise ConfigError(f"{where} is there twice; give each rule its own name")
        _check_window(where, rule)
        _check_weights(where, rule, [*rates.endpoints, *kinds])
        _check_shares(where, rates, rule)


def cancel_windows(rates: VenueRates, open_orders_max: int) -> int:
    """Return how many windows it takes to cancel every open order from the cancel reserves alone.

    The largest over the venue's rules. Raises ConfigError when a rule that cancels draw on
    reserves too little for a single one.
    """
    windows = 0
    for rule in rates.rules:
        units = rates.units(rule, CommandKind.CANCEL)
        if not units or not open_orders_max:
            continue
        each = rule.cancel_reserve // units
        if not each:
            raise ConfigError(
                f"rate rule {rates.venue}.{rule.name} reserves {rule.cancel_reserve} for cancels, "
                f"which cost {units}; raise cancel_reserve"
            )
        windows = max(windows, -(-open_orders_max // each))
    return windows


def _check_costs(rates: VenueRates, kind: CommandKind, costs: dict[str, int]) -> None:
    for endpoint, count in costs.items():
        if endpoint not in rates.endpoints or count < 0:
            raise ConfigError(
                f"cost of {kind} at {rates.venue}: {endpoint} = {count} must be a count from 0 up "
                f"of one of {', '.join(rates.endpoints)}"
            )


def _check_window(where: str, rule: RateRule) -> None:
    window = rule.window
    if not 1 <= window.limit <= LIMIT_MAX:
        raise ConfigError(f"{where}: limit = {window.limit} must be from 1 to {LIMIT_MAX:,}")
    if window.window_ns < 1 or rule.jitter_ns < 0:
        raise ConfigError(f"{where}: the window must be above and the jitter not below zero")
    if not 0 <= rule.drift_ppm <= _DRIFT_PPM_MAX:
        raise ConfigError(
            f"{where}: drift_ppm = {rule.drift_ppm} must be from 0 to {_DRIFT_PPM_MAX:,}"
        )
    if isinstance(window, FixedWindow) and window.phase_ns is not None:
        uncertain = rule.jitter_ns + 2 * (window.clock_error_ns + 1)
        if window.clock_error_ns < 0 or uncertain >= window.window_ns:
            raise ConfigError(
                f"{where}: jitter and clock error make up {uncertain} ns, the window is "
                f"{window.window_ns} ns; lower them or leave the phase out"
            )


def _check_weights(where: str, rule: RateRule, names: list[str]) -> None:
    for name, weight in rule.weights.items():
        if name not in names or weight < 0:
            raise ConfigError(
                f"{where}: weight {name} = {weight} must be from 0 up, for one of "
                f"{', '.join(names)}"
            )


def _check_shares(where: str, rates: VenueRates, rule: RateRule) -> None:
    shares = (rule.cancel_reserve, rule.exit_reserve, rule.automatic_share)
    if min(shares) < 0 or sum(shares) > rule.window.limit:
        raise ConfigError(
            f"{where}: reserves and share {shares} must be from 0 up and at most "
            f"{rule.window.limit} together"
        )
    for kind in CommandKind:
        units = rates.units(rule, kind)
        lowest = Traffic.CANCEL if kind == CommandKind.CANCEL else Traffic.ENTRY
        if kind in rates.costs and units > rule.allowances[lowest]:
            raise ConfigError(
                f"{where}: a {kind} costs {units}, but only {rule.allowances[lowest]} of the limit "
                f"are left to it; lower the reserves or the share"
            )
