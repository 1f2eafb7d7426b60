"""A machine of virtual time: what a bot runs on under a seeded loop, with sockets in memory.

Waits for nothing: time jumps to the next thing that is due.
"""

import string
from random import Random

from connectors.frame.connector import Connector
from connectors.frame.pumps.network import SocketNetwork
from connectors.frame.venue import Venue
from engine.journal.disk import Disk, SystemDisk
from engine.live.connection import Connection
from engine.simulation.connector import MemoryConnector
from engine.simulation.loop import LoopClock
from lockstep.live.machine import Keep, Sink

_BOT_LENGTH = 6


class VirtualMachine:
    """Be a machine whose clock is a seeded loop's and whose sockets never leave the process."""

    def __init__(self, clock: LoopClock, disk: Disk, seed: int) -> None:
        self.clock = clock
        self.disk = disk
        self.keeps_tables = isinstance(disk, SystemDisk)
        self._random = Random(f"{seed}/machine")
        self._networks: list[tuple[SocketNetwork, MemoryConnector]] = []

    def connect(self, venue: Venue, sink: Sink, *, keep: Keep, seed: int) -> Connection:
        """Connect through the loop's own network."""
        connector = MemoryConnector()
        network = SocketNetwork(connector=connector)
        self._networks.append((network, connector))
        return Connector(venue, sink, network, self.clock, keep=keep, seed=seed)

    def abandon(self) -> None:
        """Forget the connections of a program that was killed."""
        for network, connector in self._networks:
            network.http.detach()
            connector.abandon()

    def new_bot(self) -> str:
        """Draw from the seed."""
        letters = string.ascii_lowercase + string.digits
        return "".join(self._random.choice(letters) for _ in range(_BOT_LENGTH))
