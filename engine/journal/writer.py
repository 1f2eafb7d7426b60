"""The journal as a live run writes it: two streams of one sequence, made durable as configured.

Decides nothing; when it fails, whoever owns it is told once and keeps orders from being sent.
"""

from pathlib import Path
from typing import Literal

import msgspec

from engine.journal.disk import Disk
from engine.journal.entries import MARKET, VERSION, Kind, encode
from engine.journal.segments import SegmentWriter

Durability = Literal["buffered", "process", "power"]
JOURNAL, MARKET_DATA = "journal", "market"
"""The folders of a run that hold the two streams."""

BUFFER_BYTES_MAX = 64 << 10
"""How much of a stream waits in memory at the most before both are written."""


class JournalPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """Say how safe the journal is, and how large.

    `buffered` writes when a buffer is full or `flush` is called; `process` writes before an order
    is sent, and so survives the end of the process; `power` waits for the disk before that.
    `reserve_bytes` is the free space below which the disk counts as full. `keep_market` is how many
    finished segments of market data a run keeps; None for all.
    """

    durability: Durability = "process"
    segment_bytes: int = 16 << 20
    reserve_bytes: int = 64 << 20
    keep_market: int | None = None


class Journal:
    """Append entries and make them durable.

    Market events go to a stream of their own that is never synced; it is written up to its cause
    before anything else is. `failure` is the reason why nothing is written any more, or empty.
    """

    def __init__(self, disk: Disk, run: Path, policy: JournalPolicy) -> None:
        self.failure = ""
        self.sequence = 0
        self._disk = disk
        self._run = run
        self._policy = policy
        self._entries = SegmentWriter(disk, run / JOURNAL, VERSION, policy.segment_bytes)
        self._market = SegmentWriter(
            disk, run / MARKET_DATA, VERSION, policy.segment_bytes, policy.keep_market
        )

    @property
    def segment(self) -> int:
        """Return the number of the segment that entries are written to."""
        return self._entries.number

    @property
    def is_full(self) -> bool:
        """Say whether less space is free than the policy keeps in reserve."""
        try:
            return self._disk.free(self._run) < self._policy.reserve_bytes
        except OSError:
            return True

    def append(self, kind: Kind, body: object) -> None:
        """Take an entry; `commit` makes it durable. Does nothing after a failure."""
        if self.failure:
            return
        self.sequence += 1
        stream = self._market if kind is Kind.INPUT and type(body) in MARKET else self._entries
        stream.add(encode((self.sequence, kind, body)))
        if stream.waiting > BUFFER_BYTES_MAX:
            self.flush()

    def commit(self) -> bool:
        """Make all that was appended as durable as the policy says; False after a failure.

        Nothing may be sent to a venue unless this has returned True after the decision to send it.
        """
        if self._policy.durability == "buffered" or not self._entries.waiting:
            return not self.failure
        return self.flush(sync=self._policy.durability == "power")

    def flush(self, *, sync: bool = False) -> bool:
        """Write all that waits, whatever the policy; False after a failure."""
        if self.failure:
            return False
        try:
            self._market.flush()
            if sync:
                self._entries.sync()
            else:
                self._entries.flush()
        except OSError as error:
            self.failure = f"the journal cannot be written: {error.strerror or error}"
        return not self.failure

    def close(self) -> None:
        """Write and sync all that waits, then close both streams."""
        self.flush(sync=True)
        self._entries.close()
        self._market.close()
