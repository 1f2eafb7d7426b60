"""The section that says how a live or paper run is kept: its state, journal, reconciliation, end.

Holds no secret and names no venue.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from engine.config.values import SPAN_PATTERN, span_ns
from engine.config.words import Count, Text, about, spelled

Span = Annotated[str, spelled(f"^{SPAN_PATTERN}$", "a span such as 250ms, 1s or 1m")]
Megabytes = Annotated[int, Meta(ge=1, le=1_000_000)]
Polls = Annotated[int, Meta(ge=1, le=100)]
Foreign = Literal["adopt", "quarantine"]


class JournalConfig(Struct, frozen=True, kw_only=True):
    """Say how safe the journal is, how large its segments are, and how long old ones are kept."""

    durability: Annotated[
        Literal["buffered", "process", "power"],
        about("what an order waits for: nothing, the operating system, or the disk"),
    ] = "process"
    segment_mb: Annotated[Megabytes, about("size at which a new segment begins")] = 16
    reserve_mb: Annotated[Megabytes, about("free space below which the disk counts as full")] = 64
    keep_market_mb: (
        Annotated[Megabytes, about("market data that a run keeps, the newest; absent: all of it")]
        | None
    ) = None
    keep_runs: Annotated[Count, about("journals of earlier runs that are kept; the rest go")] = 30


class ReconcileConfig(Struct, frozen=True, kw_only=True):
    """Say what becomes of differences to the venue."""

    orders: Annotated[
        Foreign, about("orders that this bot did not send: into its books, or only reported")
    ] = "adopt"
    positions: Annotated[Foreign, about("positions that no fill explains")] = "adopt"
    balances: Annotated[
        Literal["adopt", "ignore"], about("money that nothing in the books explains")
    ] = "adopt"
    polls: Annotated[Polls, about("answers in a row that prove a difference or an absence")] = 3
    settle: Annotated[Span, about("time after a send before an answer can prove absence")] = "2s"
    every: Annotated[Span, about("time between two questions while something is in doubt")] = "1s"

    @property
    def settle_ns(self) -> int:
        """Return the time before an answer can prove absence, in nanoseconds."""
        return span_ns(self.settle)

    @property
    def every_ns(self) -> int:
        """Return the time between two questions, in nanoseconds."""
        return span_ns(self.every)


class LiveConfig(Struct, frozen=True, kw_only=True):
    """Say how a bot lives: where its state is, how late an order may leave, and how it stops."""

    state: Annotated[Text, about("folder that outlives runs; absent: state/<run.name>")] | None = (
        None
    )
    send_within: Annotated[
        Span, about("an order that cannot leave within this time after its decision is not sent")
    ] = "1s"
    stall: Annotated[Span, about("time that one event may take before it is reported")] = "50ms"
    on_stop: Annotated[
        Literal["cancel", "keep", "flatten"], about("what becomes of orders, and positions")
    ] = "cancel"
    stop_within: Annotated[Span, about("longest wait for the venue when stopping")] = "10s"
    busy_poll: (
        Annotated[Span, about("time the loop spins after an event instead of sleeping")] | None
    ) = None
    journal: JournalConfig = JournalConfig()
    reconcile: ReconcileConfig = ReconcileConfig()

    @property
    def send_within_ns(self) -> int:
        """Return how late an order may leave, in nanoseconds."""
        return span_ns(self.send_within)

    @property
    def stall_ns(self) -> int:
        """Return how long one event may take, in nanoseconds."""
        return span_ns(self.stall)

    @property
    def busy_poll_ns(self) -> int:
        """Return how long the loop spins after an event, in nanoseconds; 0 for not at all."""
        return 0 if self.busy_poll is None else span_ns(self.busy_poll)

    @property
    def stop_within_ns(self) -> int:
        """Return how long stopping waits for the venue, in nanoseconds."""
        return span_ns(self.stop_within)
