"""What an operator may see and ask of a running engine, whoever asks and over whatever line.

Speaks no protocol; `engine.control.server` does.
"""

from enum import StrEnum
from typing import Protocol

import msgspec

from engine.telemetry.meters import Meters


class Action(StrEnum):
    """Name what an operator can ask for."""

    PAUSE = "pause"
    """Let nothing increase risk: the state REDUCING for the scope; exits and cancels still go."""
    RESUME = "resume"
    """Take a pause back."""
    FLATTEN = "flatten"
    """Cancel every order of the scope and close every position, in the state REDUCING."""
    CANCEL_ALL = "cancel-all"
    """Cancel every order of the scope; strategies go on."""
    STOP = "stop"
    """Stop the engine as its configuration says; orders are canceled or kept by that policy."""
    KILL = "kill"
    """Latch the kill switch of the scope: nothing but cancels goes out, over restarts too."""
    ENABLE = "enable"
    """Clear a kill switch or a throttle that has latched, or a frozen market; needs a reason."""
    OVERRIDE = "override"
    """Let the scope pass one `rule` for some `minutes`; needs a reason."""


class Scope(StrEnum):
    """Name what an instruction is about."""

    FIRM = "firm"
    ACCOUNT = "account"
    STRATEGY = "strategy"
    INSTRUMENT = "instrument"


class Instruction(msgspec.Struct, frozen=True, kw_only=True):
    """Ask for an action; `name` is empty for the scope firm, `by` says who asked.

    An override names a `rule` of `engine.model.risk.OVERRIDABLE`, and for how long it is passed.
    """

    action: Action
    scope: Scope = Scope.FIRM
    name: str = ""
    reason: str = ""
    by: str = ""
    rule: str = ""
    minutes: float = 0.0


class LinkStatus(msgspec.Struct, frozen=True, kw_only=True):
    """Tell of one connection: its state, and since when (ns UTC)."""

    name: str
    state: str
    since: int


class FeedStatus(msgspec.Struct, frozen=True, kw_only=True):
    """Tell of the market data of one instrument: when the last came (ns UTC), and its price."""

    instrument: str
    ts: int | None
    price: float | None


class StrategyStatus(msgspec.Struct, frozen=True, kw_only=True):
    """Tell of one strategy: its state, and the fault that stopped it."""

    name: str
    accounts: tuple[str, ...]
    state: str
    fault: str = ""


class RiskStatus(msgspec.Struct, frozen=True, kw_only=True):
    """Tell of a scope that is not ACTIVE: its state and why."""

    scope: Scope
    name: str
    state: str
    reason: str


class AccountStatus(msgspec.Struct, frozen=True, kw_only=True):
    """Tell of one account, in its currency; NaN, which JSON shows as null, where no rate is known.

    `balances` is settled money by currency.
    """

    id: str
    currency: str
    equity: float
    unrealised: float
    balances: dict[str, float]


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """Tell of the whole engine; `state` is one of starting, reconciling, running and stopping."""

    run_id: str
    mode: str
    state: str
    started: int
    now: int
    version: str
    open_orders: int
    unknown_orders: int
    inbox_depth: int
    strategies: tuple[StrategyStatus, ...] = ()
    links: tuple[LinkStatus, ...] = ()
    feeds: tuple[FeedStatus, ...] = ()
    accounts: tuple[AccountStatus, ...] = ()
    risk: tuple[RiskStatus, ...] = ()


class OrderStatus(msgspec.Struct, frozen=True, kw_only=True):
    """Tell of one open order; times are ns UTC."""

    id: str
    strategy: str
    account: str
    instrument: str
    side: str
    type: str
    quantity: float
    filled: float
    price: float | None
    stop: float | None
    status: str
    ts_submitted: int


class PositionStatus(msgspec.Struct, frozen=True, kw_only=True):
    """Tell of one position that is not flat; an empty `strategy` is the account's sum.

    A `position_id` is that of one position of a hedging account underneath its sum.
    """

    account: str
    strategy: str
    instrument: str
    quantity: float
    average_price: float
    unrealised: float
    currency: str
    position_id: str = ""


class Desk(Protocol):
    """Answer operators; the runner does."""

    @property
    def meters(self) -> Meters:
        """Return every figure as of now."""

    def status(self) -> Status:
        """Return the state of the engine as of now."""

    def orders(self) -> tuple[OrderStatus, ...]:
        """Return every open order, oldest first."""

    def positions(self) -> tuple[PositionStatus, ...]:
        """Return every position that is not flat: of strategies, and of accounts in sum."""

    def is_ready(self) -> bool:
        """Say whether connected, reconciled, and not halted."""

    def instruct(self, instruction: Instruction) -> str:
        """Carry out an instruction and return what was done, in one line.

        Raises UsageError, in words for the operator, for what cannot be done.
        """
