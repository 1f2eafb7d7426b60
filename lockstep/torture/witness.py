"""Take down what happens in a run, at the moment it happens, for the record.

Changes nothing of the run and judges nothing.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path

from connectors.frame.venue import Venue
from connectors.simulation.faults import Fault
from connectors.simulation.records import BrokerEvent, OrderUpdate
from engine.gate.approved import Approved
from engine.journal.disk import Disk
from engine.journal.entries import MARKET, encode
from engine.journal.memory import MemoryDisk
from engine.journal.segments import segment_paths
from engine.live.connection import Connection
from engine.model.commands import Command
from engine.simulation.loop import LoopClock
from lockstep.live.machine import Keep, Sink
from lockstep.live.session import Bot
from lockstep.theatre import Theatre
from lockstep.torture.record import AtVenue, Record, Sample, Sent
from lockstep.virtual import VirtualMachine

_SAMPLE_S = 0.5
_WHAT_MAX = 80
"""How many characters of what was struck are kept."""


class Witness:
    """Note for one record what is sent, what the venues do, and how much waits."""

    def __init__(self, record: Record, clock: LoopClock) -> None:
        self._record = record
        self._clock = clock
        self._bot: Bot | None = None

    def attend(self, theatre: Theatre) -> None:
        """Hear what the venues do, and look every half second at what waits."""
        for broker in dict.fromkeys(theatre.brokers.values()):
            broker.listen(self._at_venue)
        self._look()

    def follow(self, bot: Bot) -> None:
        """Watch the bot that lives now."""
        self._bot = bot
        bot.heard.append(self._hear)

    def sent(self, command: Command, *, is_durable: bool) -> None:
        """Note a command that a connector is about to carry out."""
        self._record.sent.append(Sent(self._clock.now(), command, is_durable))

    def struck(self, fault: Fault, what: str) -> None:
        """Note a fault."""
        self._record.struck.append((self._clock.now(), fault.value, what[:_WHAT_MAX]))

    def _hear(self, event: object, _decided: list[object]) -> None:
        self._record.market_events += type(event) in MARKET

    def _at_venue(self, event: BrokerEvent) -> None:
        if isinstance(event, OrderUpdate):
            order = event.order.record()
            self._record.venue.append(AtVenue(self._clock.now(), order, event.report))

    def _look(self) -> None:
        loop = asyncio.get_running_loop()
        loop.call_later(_SAMPLE_S, self._look)
        desk = None if self._bot is None else self._bot.desk
        if desk is not None:
            timers = len(loop._scheduled)  # type: ignore[attr-defined] # noqa: SLF001 - no public way
            sample = Sample(
                self._clock.now(), desk.meters.inbox_depth, len(asyncio.all_tasks()), timers
            )
            self._record.samples.append(sample)


class WatchedMachine(VirtualMachine):
    """Be the machine of one life, whose connectors tell the witness of every command.

    What is durable is judged by the bytes on the disk, not by what the journal says of itself.
    """

    def __init__(
        self, clock: LoopClock, disk: Disk, seed: int, witness: Witness, written: "Tail"
    ) -> None:
        super().__init__(clock, disk, seed)
        self._witness = witness
        self._written = written

    def connect(self, venue: Venue, sink: Sink, *, keep: Keep, seed: int) -> Connection:
        """Connect through the loop's own network, under the witness's eyes."""
        return _Watched(super().connect(venue, sink, keep=keep, seed=seed), self._sent)

    def _sent(self, command: Command) -> None:
        self._witness.sent(command, is_durable=self._written.holds(encode(command)))


class Tail:
    """Look at what was last written of a journal, or at that of it which was `synced`."""

    def __init__(self, disk: MemoryDisk, folder: Path, *, synced: bool) -> None:
        self._disk, self._folder, self._synced = disk, folder, synced

    def holds(self, text: bytes) -> bool:
        """Say whether the last segment has some bytes near its end."""
        paths = segment_paths(self._disk, self._folder)
        return any(text in self._safe(path) for path in paths[-2:])

    def _safe(self, path: Path) -> bytearray | bytes:
        data = self._disk.files[path]
        return data[: self._disk.synced(path)] if self._synced else data


class _Watched:
    """Be a connection that tells of every command before it is carried out."""

    def __init__(self, inner: Connection, sent: Callable[[Command], None]) -> None:
        self._inner, self._sent = inner, sent
        self.open, self.close = inner.open, inner.close
        self.subscribe, self.history, self.resync = inner.subscribe, inner.history, inner.resync

    @property
    def is_ready(self) -> bool:
        return self._inner.is_ready

    def send(self, approved: Approved[Command]) -> None:
        self._sent(approved.command)
        self._inner.send(approved)
