"""What a checker finds: a moment, and what was broken then.

Finds nothing itself.
"""

from collections.abc import Iterator
from typing import Protocol

import msgspec

from lockstep.torture.record import Record


class Breach(msgspec.Struct, frozen=True):
    """Hold when (ns) an invariant was broken, and how, in one line."""

    ts: int
    what: str


class Finding(msgspec.Struct, frozen=True):
    """Hold a breach and the name of the invariant that it breaks."""

    invariant: str
    ts: int
    what: str


class Check(Protocol):
    """Find the breaches of one invariant in a record."""

    __name__: str

    def __call__(self, record: Record) -> Iterator[Breach]:
        """Yield each breach."""
