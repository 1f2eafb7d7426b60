"""Make bars of rows that carry one time each, by the bar's length and what its label means.

Builds no bars from ticks; that is `engine.bars`.
"""

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from backtest.importers.batch import Batch, Notes
from backtest.importers.options import Label, Recording
from backtest.importers.tables import Table
from backtest.importers.wall_clock import WallClock
from engine.bars.spec import BarSpec
from engine.errors import DataError

DAY_NS = 86_400_000_000_000
_FIELDS = ("open", "high", "low", "close")


def bar_spec(text: str | None, format_name: str) -> BarSpec:
    """Return the specification of time bars; DataError when it is missing or counts events."""
    if text is None:
        msg = (
            f"format {format_name} does not say how long its bars are; add --bar, such as --bar 5m"
        )
        raise DataError(msg)
    spec = BarSpec.parse(text)
    if not spec.is_time:
        msg = f"--bar {text}: recorded bars must be bars of time, such as 5m or 1d"
        raise DataError(msg)
    return spec


class BarRows:
    """Turn the times of bars into opening and closing times.

    Bars of days run from local midnight to local midnight, also when clocks change in between.
    """

    def __init__(
        self, spec: BarSpec, zone: str, label: Label, recording: Recording, notes: Notes
    ) -> None:
        self.spec = spec
        self._label = label
        self._clock = WallClock(zone, recording.options.fold, notes.clocks)
        self._closing = WallClock(zone, recording.options.fold, Counter())
        notes.zone, notes.label = zone, label

    def batch(
        self,
        table: Table,
        times: tuple[NDArray[np.int64], bool],
        numbers: dict[str, NDArray[np.float64]],
        headings: tuple[str, ...] = (),
    ) -> Batch:
        """Return the bars of a table; `times` and whether they are UTC are as `Text.times` gives.

        `numbers` holds open, high, low, close and, if the recording has it, volume (else zeros).
        """
        local, is_utc = times
        length = self.spec.step_ns or self.spec.step * DAY_NS
        opened = local - length if self._label == "end" else local
        if is_utc:
            self._clock.count(opened)
            opens, closes = opened, opened + length
        else:
            opens = self._clock.to_utc(opened, table.member, table.lines)
            closes = (
                opens + length
                if self.spec.step_ns
                else self._closing.to_utc(opened + length, table.member, table.lines)
            )
        return Batch(
            kind="bars",
            spec=str(self.spec),
            member=table.member,
            lines=table.lines,
            times={"ts_open": opens, "ts_close": closes, "ts_recv": closes},
            numbers={name: numbers[name] for name in _FIELDS}
            | {"volume": numbers.get("volume", np.zeros(table.rows))},
            headings=headings,
        )
