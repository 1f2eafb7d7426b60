"""Names of bars: `1m`, `4h`, `1d`, `100t`, `1000v`, `1m@mid`.

Builds nothing: `engine.bars.make_builder` does.
"""

import re
from typing import Literal, cast, get_args

import msgspec

from engine.errors import ValueRefused
from engine.model.zones import SECOND_NS

PriceSource = Literal["trade", "mid", "bid", "ask"]
"""Which price a bar is made of."""

BarUnit = Literal["s", "m", "h", "d", "t", "v"]
"""Seconds, minutes, hours, days, ticks (events), volume."""

_SPEC = re.compile(r"(\d{1,15})([smhdtv])(?:@(trade|mid|bid|ask))?", re.ASCII)
_SECONDS: dict[BarUnit, int] = {"s": 1, "m": 60, "h": 3600}
_LONGEST_S = 366 * 86_400


class BarSpec(msgspec.Struct, frozen=True):
    """Say how bars are cut and of which price; `str` gives the canonical name.

    `step` counts `unit`s; volume is in whole units of quantity.
    """

    step: int
    unit: BarUnit
    source: PriceSource = "trade"

    def __post_init__(self) -> None:
        if self.unit not in get_args(BarUnit) or self.source not in get_args(PriceSource):
            raise ValueRefused(_explained(str(self)))
        length = self.step * _SECONDS.get(self.unit, 86_400 if self.unit == "d" else 0)
        if self.step < 1 or length > _LONGEST_S:
            msg = f"bars {self} are empty or longer than a year; give a step from 1 up"
            raise ValueRefused(msg)
        if self.unit == "v" and self.source != "trade":
            msg = f"bars {self} have no volume, since quotes have none; leave out @{self.source}"
            raise ValueRefused(msg)

    @classmethod
    def parse(cls, text: str) -> "BarSpec":
        """Read a name; equal bars get equal specs (`60s` is `1m`, `1m@trade` is `1m`).

        24h are aligned to the epoch and so are not 1d. Raises ValueRefused.
        """
        found = _SPEC.fullmatch(text)
        if found is None:
            raise ValueRefused(_explained(text))
        step, unit = int(found[1]), cast("BarUnit", found[2])
        if unit in _SECONDS and step:
            step, unit = _largest_unit(step * _SECONDS[unit])
        return cls(step, unit, cast("PriceSource", found[3] or "trade"))

    def __str__(self) -> str:
        return f"{self.step}{self.unit}" + ("" if self.source == "trade" else f"@{self.source}")

    @property
    def is_time(self) -> bool:
        """Return whether the bars are cut by time."""
        return self.unit not in ("t", "v")

    @property
    def step_ns(self) -> int | None:
        """Return the fixed length in nanoseconds; None for days, which vary, and for counts."""
        seconds = _SECONDS.get(self.unit)
        return None if seconds is None else self.step * seconds * SECOND_NS

    def made_of(self, finer: "BarSpec") -> bool:
        """Return whether bars of `finer` can be put together to bars of this spec."""
        if not (self.is_time and finer.is_time) or self.source != finer.source:
            return False
        ours, theirs = self.step_ns, finer.step_ns
        if ours is None:
            day_ns = 86_400 * SECOND_NS
            return self.step % finer.step == 0 if theirs is None else day_ns % theirs == 0
        return theirs is not None and ours % theirs == 0


def _largest_unit(seconds: int) -> tuple[int, BarUnit]:
    for unit in ("h", "m"):
        if seconds % _SECONDS[unit] == 0:
            return seconds // _SECONDS[unit], unit
    return seconds, "s"


def _explained(text: str) -> str:
    return (
        f"bars {text!r} cannot be read; give a number and s, m, h, d, t (ticks) or v (volume), "
        "such as 5m, 100t or 1m@mid"
    )
