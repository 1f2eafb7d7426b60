"""What the runner asks of a venue's connector; `connectors.frame.connector` is one.

Holds no implementation.
"""

from collections.abc import Sequence
from typing import Protocol

from engine.gate.approved import Approved
from engine.model.commands import Command
from engine.model.instrument import Instrument
from engine.model.market import Bar
from engine.model.subscription import Subscription


class Connection(Protocol):
    """Connect one login at one venue; events come to whoever was named when it was made."""

    @property
    def is_ready(self) -> bool:
        """Say whether orders can be sent."""

    async def open(self, names: tuple[str, ...]) -> tuple[Instrument, ...]:
        """Log in, return the named instruments (all for none), and begin to stay connected."""

    async def close(self) -> None:
        """End every connection."""

    def send(self, approved: Approved[Command]) -> None:
        """Carry out a command that the gate approved."""

    def subscribe(self, subscription: Subscription) -> None:
        """Ask for a stream, now and after every reconnect."""

    async def history(self, instrument: str, spec: str, start: int, end: int) -> Sequence[Bar]:
        """Return complete bars with `start <= ts_open < end`, oldest first."""

    async def resync(self) -> None:
        """Ask for the truth of every account; each comes as an event."""
