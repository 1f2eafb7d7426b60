"""Lay the configuration over the limits that a venue's connector ships.

Reads no file; `engine.gate.rates.check` judges what comes out.
"""

from difflib import get_close_matches

from engine.config.rates import RateRuleConfig, VenueRatesConfig
from engine.config.values import span_ns
from engine.errors import ConfigError
from engine.gate.rates.check import check
from engine.gate.rates.rule import (
    CommandKind,
    FixedWindow,
    Level,
    Mark,
    RateRule,
    SlidingWindow,
    VenueRates,
)


def combine_rates(shipped: VenueRates, config: VenueRatesConfig) -> VenueRates:
    """Return a venue's limits with what the configuration changes, adds and removes.

    A changed rule is marked as configured. Raises ConfigError for a kind of command that does not
    exist, a new rule without limit or window, and whatever `check` refuses.
    """
    known = {rule.name: rule for rule in shipped.rules}
    rules = {
        name: rule
        for name, rule in known.items()
        if name not in config.rules or config.rules[name].enabled
    }
    for name, changes in config.rules.items():
        if changes.enabled:
            rules[name] = _rule(shipped.venue, name, known.get(name), changes)
    costs = dict(shipped.costs)
    for kind, requests in config.costs.items():
        costs[_kind(shipped.venue, kind)] = dict(requests)
    combined = VenueRates(
        venue=shipped.venue,
        endpoints=shipped.endpoints,
        costs=costs,
        rules=tuple(rules.values()),
        replace_adds=shipped.replace_adds,
        keeps_reduce_only=shipped.keeps_reduce_only,
        keeps_protection=shipped.keeps_protection,
    )
    check(combined)
    return combined


def _rule(venue: str, name: str, shipped: RateRule | None, changes: RateRuleConfig) -> RateRule:
    if changes == RateRuleConfig() and shipped is not None:
        return shipped
    base = shipped or RateRule(name=name, window=_new_window(venue, name, changes))
    return RateRule(
        name=name,
        window=_window(base, changes),
        per=base.per if changes.per is None else Level(changes.per),
        weights=base.weights if changes.weights is None else dict(changes.weights),
        cancel_reserve=_either(changes.cancel_reserve, base.cancel_reserve),
        exit_reserve=_either(changes.exit_reserve, base.exit_reserve),
        automatic_share=_either(changes.automatic_share, base.automatic_share),
        jitter_ns=_margin(changes.jitter, base.jitter_ns),
        drift_ppm=_either(changes.drift_ppm, base.drift_ppm),
        mark=Mark.CONFIGURED,
        source=base.source,
    )


def _new_window(venue: str, name: str, changes: RateRuleConfig) -> SlidingWindow:
    if changes.limit is None or changes.window is None:
        raise ConfigError(
            f"rate rule {venue}.{name} is not one that the venue ships; give it limit and window"
        )
    return SlidingWindow(changes.limit, span_ns(changes.window))


def _window(base: RateRule, changes: RateRuleConfig) -> SlidingWindow | FixedWindow:
    old = base.window
    limit = _either(changes.limit, old.limit)
    window_ns = old.window_ns if changes.window is None else span_ns(changes.window)
    phase_ns, error_ns = None, 0
    if isinstance(old, FixedWindow):
        phase_ns, error_ns = old.phase_ns, old.clock_error_ns
    if changes.phase is not None:
        phase_ns = changes.phase.ns
    error_ns = _margin(changes.clock_error, error_ns)
    is_fixed = isinstance(old, FixedWindow) if changes.shape is None else changes.shape == "fixed"
    if is_fixed:
        return FixedWindow(limit, window_ns, phase_ns, error_ns)
    if changes.phase is not None:
        raise ConfigError(
            f'rate rule {base.name} has a phase but a sliding window; add shape = "fixed"'
        )
    return SlidingWindow(limit, window_ns)


def _kind(venue: str, name: str) -> CommandKind:
    kinds = [kind.value for kind in CommandKind]
    if name not in kinds:
        close = get_close_matches(name, kinds, n=1)
        hint = f"did you mean {close[0]}?" if close else f"it may be {', '.join(kinds)}"
        raise ConfigError(f"costs of {venue} name the command {name}, which does not exist; {hint}")
    return CommandKind(name)


def _either(changed: int | None, shipped: int) -> int:
    return shipped if changed is None else changed


def _margin(changed: str | None, shipped: int) -> int:
    if changed is None:
        return shipped
    return 0 if changed == "0" else span_ns(changed)
