"""The five venues' limits on the rate of requests, as data: value, certainty and source.

Counts nothing. None could be tried against a venue, so every value can be changed by configuration.
"""

from types import MappingProxyType

from engine.gate.rates import (
    CommandKind,
    FixedWindow,
    Level,
    Mark,
    RateRule,
    SlidingWindow,
    VenueRates,
)

_MS, _S = 1_000_000, 1_000_000_000
_MINUTE = 60 * _S
_DRIFT_PPM = 200
"""A host's clock without discipline drifts by up to 100 ppm; two may drift apart."""

_B2TRADER_SOURCE = "B2TRADER API page, section on rate limits"


def _b2trader(
    endpoint: str, limit: int, *, mark: Mark = Mark.SEEN, source: str = _B2TRADER_SOURCE
) -> RateRule:
    """Return a limit that only the edge's own requests draw on."""
    return RateRule(
        name=endpoint,
        window=FixedWindow(limit, _MINUTE),
        per=Level.ACCOUNT,
        weights={endpoint: 1},
        automatic_share=limit,
        jitter_ns=500 * _MS,
        drift_ppm=_DRIFT_PPM,
        mark=mark,
        source=source,
    )


B2TRADER = VenueRates(
    venue="B2TRADER",
    endpoints=(
        "trading",
        "trading_reduced",
        "history",
        "settings_read",
        "settings_write",
        "market_data",
    ),
    costs={  # it has no replace: an emulated one is a cancel and a submit, decided one by one
        CommandKind.SUBMIT: {"trading": 1},
        CommandKind.CANCEL: {"trading": 1},
        CommandKind.CLOSE: {"trading": 1},
        CommandKind.PROTECT: {"trading_reduced": 1},
    },
    keeps_reduce_only=False,
    rules=(
        RateRule(
            name="trading",
            window=FixedWindow(600, _MINUTE),
            per=Level.ACCOUNT,
            weights={"trading": 1, "trading_reduced": 1},
            cancel_reserve=120,
            exit_reserve=60,
            automatic_share=120,
            jitter_ns=500 * _MS,
            drift_ppm=_DRIFT_PPM,
            mark=Mark.SEEN,
            source=_B2TRADER_SOURCE + "; that reduced methods count here too is inferred",
        ),
        RateRule(
            name="trading_reduced",
            window=FixedWindow(200, _MINUTE),
            per=Level.ACCOUNT,
            weights={"trading_reduced": 1},
            exit_reserve=20,
            automatic_share=120,  # polls of order data
            jitter_ns=500 * _MS,
            drift_ppm=_DRIFT_PPM,
            mark=Mark.SEEN,
            source=_B2TRADER_SOURCE,
        ),
        _b2trader("history", 60),
        _b2trader("settings_read", 100),
        _b2trader("settings_write", 60),
        _b2trader(
            "market_data", 100, mark=Mark.INFERRED, source="not stated; taken as settings reads"
        ),
    ),
)

BINCK = VenueRates(
    venue="BINCK",
    endpoints=("requests",),
    costs={  # a preview and the order itself; a cancel needs no preview
        CommandKind.SUBMIT: {"requests": 2},
        CommandKind.REPLACE: {"requests": 2},
        CommandKind.CANCEL: {"requests": 1},
    },
    keeps_reduce_only=False,
    rules=(
        RateRule(
            name="requests",
            window=FixedWindow(50, _MINUTE),
            cancel_reserve=8,
            exit_reserve=8,
            automatic_share=14,
            jitter_ns=5 * _S,  # the order follows the answer to its preview
            drift_ppm=_DRIFT_PPM,
            mark=Mark.SEEN,
            source="Binck API page: 50 requests per minute; that the window is fixed is inferred",
        ),
    ),
)

_CTRADER_SOURCE = "Open API documentation: limits of a connection"

CTRADER = VenueRates(
    venue="CTRADER",
    endpoints=("ordinary", "historical"),  # heartbeats are free
    costs={kind: {"ordinary": 1} for kind in CommandKind},
    keeps_protection=True,
    rules=(
        RateRule(
            name="ordinary",
            window=SlidingWindow(50, _S),
            weights={"ordinary": 1},
            cancel_reserve=10,
            exit_reserve=5,
            automatic_share=10,
            jitter_ns=100 * _MS,
            drift_ppm=_DRIFT_PPM,
            mark=Mark.SEEN,
            source=_CTRADER_SOURCE,
        ),
        RateRule(
            name="historical",
            window=SlidingWindow(5, _S),
            weights={"historical": 1},
            automatic_share=5,
            jitter_ns=100 * _MS,
            drift_ppm=_DRIFT_PPM,
            mark=Mark.SEEN,
            source=_CTRADER_SOURCE,
        ),
    ),
)


def _alor(venue: str, mark: Mark, source: str) -> VenueRates:
    """Return the limits of ALOR's protocol; commands over its WebSocket are counted as HTTP."""
    return VenueRates(
        venue=venue,
        endpoints=("requests",),
        costs={  # a replace is one request, though the order gets a new number
            CommandKind.SUBMIT: {"requests": 1},
            CommandKind.REPLACE: {"requests": 1},
            CommandKind.CANCEL: {"requests": 1},
        },
        replace_adds=True,
        keeps_reduce_only=False,
        rules=(
            RateRule(
                name="requests",
                window=SlidingWindow(100, _S),
                cancel_reserve=20,
                exit_reserve=10,
                automatic_share=20,
                jitter_ns=100 * _MS,
                drift_ppm=_DRIFT_PPM,
                mark=mark,
                source=source,
            ),
        ),
    )


ALOR = _alor(
    "ALOR", Mark.SEEN, "alor.dev: about 100 HTTP requests a second for each user; window inferred"
)
INVIA = _alor("INVIA", Mark.INFERRED, "not stated; same protocol and back end as ALOR")

LIMITS = MappingProxyType({rates.venue: rates for rates in (ALOR, B2TRADER, BINCK, CTRADER, INVIA)})
"""The shipped limits by venue."""
