"""State what every indicator has in common: one way to be updated, read and refused.

Holds no formula and no history; those belong to the indicators.
"""

from typing import Generic, NoReturn, Protocol, TypeVar

from engine.errors import UsageError, ValueRefused

LARGEST = 1e100
"""Inputs at or beyond this size are refused: squares and products of smaller ones stay finite."""

LOWEST = -LARGEST

Output = TypeVar("Output")
Output_co = TypeVar("Output_co", covariant=True)


class PriceBar(Protocol):
    """Describe the bars that indicators read; `lockstep.Bar` is one, and so is any like object.

    Prices are in the quote currency, volume in the units of the feed. Times are not read.
    """

    @property
    def open(self) -> float:
        """Return the first price."""

    @property
    def high(self) -> float:
        """Return the highest price."""

    @property
    def low(self) -> float:
        """Return the lowest price."""

    @property
    def close(self) -> float:
        """Return the last price."""

    @property
    def volume(self) -> float:
        """Return what was traded; zero where the feed gives none."""


class Indicator(Generic[Output]):
    """Hold what is read from every indicator; `update` is added by each with its own inputs.

    `value` is the latest output, None until warm; `ready` says that it is there; `warmup` is the
    number of updates after which it is. An update whose input is not finite raises ValueRefused and
    changes nothing; sizes from 1e99 on are outside what is supported and may be refused. Indicators
    can be copied and pickled; the copy goes on exactly as the original would.
    """

    __slots__ = ("_seen", "ready", "value", "warmup")

    def __init__(self, warmup: int) -> None:
        self.ready = False
        self.value: Output | None = None
        self.warmup = warmup
        self._seen = 0

    def _warms_up(self) -> bool:
        """Count an update before `ready`; return whether it is one that gives no output."""
        self._seen += 1
        self.ready = self._seen >= self.warmup
        return not self.ready


class _Readable(Protocol[Output_co]):
    """Describe the reading side that both kinds of indicator share."""

    @property
    def value(self) -> Output_co | None:
        """Return the latest output, None until warm."""

    @property
    def ready(self) -> bool:
        """Return whether `value` is there."""

    @property
    def warmup(self) -> int:
        """Return the number of updates until ready."""


class ValueIndicator(_Readable[Output_co], Protocol[Output_co]):
    """Describe an indicator of one number per update, usually the close."""

    def update(self, value: float, /) -> Output_co | None:
        """Take the next number and return the output, None until warm."""


class BarIndicator(_Readable[Output_co], Protocol[Output_co]):
    """Describe an indicator of whole bars."""

    def update(self, bar: PriceBar, /) -> Output_co | None:
        """Take the next bar and return the output, None until warm."""


def whole(name: str, number: object, least: int = 1) -> int:
    """Return `number`, the parameter called `name`, if it is an int of at least `least`.

    Raises UsageError otherwise.
    """
    if not isinstance(number, int) or isinstance(number, bool) or number < least:
        raise UsageError(f"{name} is {number!r}; give an int of at least {least}")
    return number


def positive(name: str, number: float) -> float:
    """Return `number`, the parameter called `name`, as a float if it is finite and above zero.

    Raises UsageError otherwise.
    """
    if not 0.0 < number < LARGEST:
        raise UsageError(f"{name} is {number!r}; give a finite number above zero")
    return float(number)


def refuse(indicator: str, value: float) -> NoReturn:
    """Raise the ValueRefused that says which indicator was given what it cannot take."""
    raise ValueRefused(f"{indicator} was given {value!r}; give finite numbers below 1e100 in size")
