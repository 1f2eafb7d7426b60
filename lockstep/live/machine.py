"""What a bot runs on: the clock, disk, sockets and chance of this machine, behind one port.

Decides nothing; a simulation brings a machine of its own, whose time and sockets are virtual.
"""

import secrets
import string
import time
from collections.abc import Callable
from typing import Protocol

from connectors.frame.connector import Connector, ConnectorEvent
from connectors.frame.pumps.network import network_of
from connectors.frame.timing import Clock
from connectors.frame.venue import Venue
from engine.journal.disk import Disk, SystemDisk
from engine.live.clock import AnchoredClock
from engine.live.connection import Connection

_BOT_LENGTH = 6

Sink = Callable[[ConnectorEvent], None]
Keep = Callable[[str, str], None]


class Machine(Protocol):
    """Give a run its time, its files, its connections, and the name of a bot that has none."""

    @property
    def clock(self) -> Clock:
        """Return the clock of the run."""

    @property
    def disk(self) -> Disk:
        """Return the disk that journal and state are written to."""

    @property
    def keeps_tables(self) -> bool:
        """Say whether run folders get tables and a report, which need a real file system."""

    def connect(self, venue: Venue, sink: Sink, *, keep: Keep, seed: int) -> Connection:
        """Return a venue's connector, which opens nothing yet."""

    def new_bot(self) -> str:
        """Draw the characters that make a bot's order ids its own, once for ever."""


class SystemMachine:
    """Be the machine that the program runs on."""

    keeps_tables = True

    def __init__(self) -> None:
        self.clock = AnchoredClock(time.time_ns, time.monotonic_ns)
        self.disk = SystemDisk()

    def connect(self, venue: Venue, sink: Sink, *, keep: Keep, seed: int) -> Connection:
        """Connect through sockets."""
        return Connector(venue, sink, network_of(venue), self.clock, keep=keep, seed=seed)

    def new_bot(self) -> str:
        """Draw from the system's own chance."""
        letters = string.ascii_lowercase + string.digits
        return "".join(secrets.choice(letters) for _ in range(_BOT_LENGTH))
