"""What a configuration says about a login at the demo venue, and the limits of the venue.

Holds no secret: the key is a reference.
"""

from typing import Literal

import msgspec

from engine.config.secret import SecretReference
from engine.gate.rates import CommandKind, Mark, RateRule, SlidingWindow, VenueRates

_S = 1_000_000_000


class DemoSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Say where the venue is, who logs in, and how orders travel.

    `http` and `websocket` are base addresses. `accounts` maps the engine's names of accounts to
    the venue's where they differ. Orders go over the persistent socket, or each as a request.
    """

    http: str
    websocket: str
    key: SecretReference
    accounts: dict[str, str] = {}
    orders: Literal["socket", "http"] = "socket"


RATES = VenueRates(
    venue="DEMO",
    endpoints=("orders", "reads"),
    costs={
        kind: {"orders": 1}
        for kind in (CommandKind.SUBMIT, CommandKind.REPLACE, CommandKind.CANCEL)
    },
    rules=(
        RateRule(
            name="orders",
            window=SlidingWindow(100, _S),
            weights={"orders": 1},
            cancel_reserve=20,
            exit_reserve=10,
            jitter_ns=50_000_000,
            mark=Mark.SEEN,
            source="the venue is ours: 100 order requests in a second",
        ),
        RateRule(
            name="reads",
            window=SlidingWindow(50, _S),
            weights={"reads": 1},
            automatic_share=50,
            jitter_ns=50_000_000,
            mark=Mark.SEEN,
            source="the venue is ours: 50 other requests in a second",
        ),
    ),
)
