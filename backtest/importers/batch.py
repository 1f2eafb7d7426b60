"""Carry rows from an importer to the checks: times in UTC, numbers as the file wrote them.

Holds no integers of an instrument yet; `screen` makes them.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from backtest.catalogue.columns import Kind, Stream


@dataclass(frozen=True)
class Batch:
    """Hold rows of one stream as an importer read them.

    `times` are int64 nanoseconds UTC by column name, `numbers` are float64 prices and quantities
    by column name with NaN where there is none; `lines` tells the line of `member` each row stands
    on, from 1, for messages. `integers` are columns of neither, stored as they are. `digits` are
    the decimals that the recording writes prices and quantities with, where a checksum needs them.
    `headings` names the file's columns of open, high, low and close, when a person chose them.
    """

    kind: Kind
    spec: str | None
    member: str
    lines: NDArray[np.int64]
    times: dict[str, NDArray[np.int64]]
    numbers: dict[str, NDArray[np.float64]]
    aggressor: NDArray[np.int64] | None = None
    trade_ids: NDArray[np.object_] | None = None
    headings: tuple[str, ...] = ()
    integers: dict[str, NDArray[np.int64]] = field(default_factory=dict)
    digits: dict[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.lines)

    @property
    def stream(self) -> Stream:
        """Return the kind and spec."""
        return self.kind, self.spec

    def where(self, kept: NDArray[np.bool_]) -> "Batch":
        """Return the rows of a mask."""
        return replace(
            self,
            lines=self.lines[kept],
            times={name: values[kept] for name, values in self.times.items()},
            numbers={name: values[kept] for name, values in self.numbers.items()},
            aggressor=None if self.aggressor is None else self.aggressor[kept],
            trade_ids=None if self.trade_ids is None else self.trade_ids[kept],
            integers={name: values[kept] for name, values in self.integers.items()},
        )

    def place(self, row: int) -> str:
        """Return `file:line` of a row."""
        return f"{self.member}:{int(self.lines[row])}"


@dataclass
class Notes:
    """Collect what an importer saw and did besides the rows it gave.

    `read` counts rows of files; `ignored` counts rows that are no rows of a stream, by what they
    are; `kept` counts rows that were kept though the file marks them; `clocks` are the buckets of
    local time that zone suspicion looks at, `label` and `zone` what the times were taken as.
    """

    read: int = 0
    ignored: Counter[str] = field(default_factory=Counter)
    kept: Counter[str] = field(default_factory=Counter)
    clocks: Counter[int] = field(default_factory=Counter)
    zone: str = "UTC"
    label: str = ""


class Importer(Protocol):
    """Read recordings of one format; may be iterated again from the start."""

    def batches(self, notes: Notes) -> Iterator[Batch]:
        """Yield the rows in the order of the files; raises DataError for what it cannot read."""
