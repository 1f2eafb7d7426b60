"""Put together, once at start, the limits of all venues of a run and the limits on messages.

Reads no file; `engine.gate.pacing` asks what comes out of this.
"""

from collections.abc import Iterable, Mapping

import msgspec

from engine.config.rates import RatesConfig, VenueRatesConfig
from engine.config.risk import LimitsConfig, RiskConfig
from engine.config.values import span_ns
from engine.errors import ConfigError
from engine.gate.rates.check import cancel_windows
from engine.gate.rates.combine import combine_rates
from engine.gate.rates.rule import CommandKind, RateRule, SlidingWindow, VenueRates
from engine.model.risk import FIRM, RiskScope, ScopeLevel

_MESSAGES = "messages"


class RateSetup(msgspec.Struct, frozen=True):
    """Hold the limits of venues, those on messages by scope, and what becomes of what is over."""

    venues: Mapping[str, VenueRates]
    messages: Mapping[RiskScope, VenueRates]
    config: RatesConfig = RatesConfig()
    now: int = 0


NO_RATES = RateSetup({}, {})
"""No limit on anything."""


def setup_rates(
    rates: RatesConfig,
    risk: RiskConfig,
    venues: Iterable[str],
    shipped: Mapping[str, VenueRates],
    now: int = 0,
) -> RateSetup:
    """Lay the configuration over what connectors ship for the venues of a run.

    `now` is when the run begins: unless `rates.assume_empty`, every window counts as full then.
    Raises ConfigError for limits that cannot be kept.
    """
    found = {}
    for venue in dict.fromkeys(venues):
        combined = combine_rates(
            shipped.get(venue) or _plain(venue), rates.venue.get(venue, VenueRatesConfig())
        )
        if combined.rules:
            found[venue] = combined
    return RateSetup(found, _messages(risk), rates, now)


def check_cancels(setup: RateSetup, open_orders_max: int) -> int:
    """Return in how many windows every open order can be canceled; raises ConfigError if never."""
    return max(
        (cancel_windows(rates, open_orders_max) for rates in setup.venues.values()), default=0
    )


def _plain(venue: str) -> VenueRates:
    """Return a venue that ships no limit: every command is one request."""
    return VenueRates(
        venue=venue,
        endpoints=("requests",),
        costs={kind: {"requests": 1} for kind in CommandKind},
    )


def _messages(risk: RiskConfig) -> dict[RiskScope, VenueRates]:
    scopes = [(FIRM, risk.firm)]
    for level, limits in (
        (ScopeLevel.ACCOUNT, risk.account),
        (ScopeLevel.STRATEGY, risk.strategy),
        (ScopeLevel.INSTRUMENT, risk.instrument),
    ):
        scopes += [(RiskScope(level, name), each) for name, each in limits.items()]
    return {
        scope: _message_rule(scope, each, each.max_messages)
        for scope, each in scopes
        if each.max_messages is not None
    }


def _message_rule(scope: RiskScope, limits: LimitsConfig, most: int) -> VenueRates:
    if limits.cancel_messages >= most:
        raise ConfigError(
            f"cancel_messages of {scope} is {limits.cancel_messages} of {most}, which leaves "
            "nothing for orders; lower it in [risk]"
        )
    rule = RateRule(
        name=_MESSAGES,
        window=SlidingWindow(most, span_ns(limits.messages_window)),
        cancel_reserve=limits.cancel_messages,
    )
    return VenueRates(
        venue=f"risk {scope}",
        endpoints=(_MESSAGES,),
        costs={kind: {_MESSAGES: 1} for kind in CommandKind},
        rules=(rule,),
    )
