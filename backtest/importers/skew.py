"""Measure how far the recorder's clock and the venue's are apart.

Corrects nothing: that is asked for, and done where rows are made.
"""

import numpy as np

from backtest.importers.batch import Batch
from backtest.importers.report import SkewReport

_SAMPLE_ROWS = 4096


class SkewMeter:
    """Collect `ts_recv - ts_event` of rows in which the two come from different clocks."""

    def __init__(self) -> None:
        self._rows = 0
        self._minimum = 2**63 - 1
        self._maximum = -(2**63)
        self._sample: list[int] = []

    def add(self, batch: Batch) -> None:
        """Add the rows of a batch; equal times are one clock's and do not count."""
        if batch.kind == "bars":
            return
        delays = batch.times["ts_recv"] - batch.times["ts_event"]
        delays = delays[delays != 0]
        if not len(delays):
            return
        self._rows += len(delays)
        self._minimum = min(self._minimum, int(delays.min()))
        self._maximum = max(self._maximum, int(delays.max()))
        self._sample.extend(delays[:: max(1, len(delays) // _SAMPLE_ROWS)].tolist())

    @property
    def shift_ns(self) -> int:
        """Return what to add to arrivals so that none is before its event; 0 when none is."""
        return max(0, -self._minimum) if self._rows else 0

    def report(self, corrected_ns: int) -> SkewReport | None:
        """Return what was measured, None when the recording has one clock only."""
        if not self._rows:
            return None
        return SkewReport(
            rows=self._rows,
            minimum=self._minimum,
            median=int(np.median(self._sample)),
            maximum=self._maximum,
            corrected=corrected_ns,
        )
