"""The edges of the engine: what it asks of those who feed it and of those who carry out commands.

Holds no implementation; a typed test lists every class that claims to be one of these.
"""

from collections.abc import Sequence
from typing import Protocol

from engine.gate.approved import Approved
from engine.model.commands import Command
from engine.model.market import Bar
from engine.model.reports import OrderReport


class ExecutionPort(Protocol):
    """Carry approved commands to a venue; answers come back later as reports, never from here."""

    def send(self, approved: Approved[Command]) -> None:
        """Take a command that the gate made; nothing else can be passed."""


class HistoryPort(Protocol):
    """Answer with recorded market data from before a moment."""

    def bars(self, instrument: str, spec: str, count: int, before: int) -> Sequence[Bar]:
        """Return at most the last `count` bars with `ts_close < before` (ns), oldest first."""


class Exchange(Protocol):
    """Match orders: pure, without clock or latency.

    The caller owns time and takes `reports` after each call.
    """

    reports: list[OrderReport]

    def submit(self, command: Command, ts: int) -> None:
        """Take a new order at `ts`."""
