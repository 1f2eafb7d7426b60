"""Let indicators of other libraries stand where ours do: talipp's, and functions like TA-Lib's.

Holds no formula: seeds and edge rules are the library's, which is installed apart from Lockstep and
imported only when it is used.
"""

from collections.abc import Callable, Sequence
from math import isfinite
from typing import TYPE_CHECKING, Protocol

from engine.errors import UsageError
from lockstep.indicators.indicator import (
    LARGEST,
    LOWEST,
    Indicator,
    Output,
    Output_co,
    PriceBar,
    refuse,
    whole,
)

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[tuple[int], np.dtype[np.float64]]
    BatchFunction = Callable[..., float | Array | Sequence[Array]]

_FIELDS = ("open", "high", "low", "close", "volume")


class TalippSeries(Protocol[Output_co]):
    """Describe what is used of a talipp indicator."""

    @property
    def input_values(self) -> Sequence[object]:
        """Return all inputs that talipp still holds."""

    def add(self, value: object, /) -> None:
        """Take the next input."""

    def purge_oldest(self, size: int, /) -> None:
        """Forget the first `size` inputs and what was computed from them."""

    def __getitem__(self, index: int, /) -> Output_co | None: ...


class _TalippFeed(Indicator[Output]):
    """Feed a talipp indicator, read it, and keep its history from growing without end."""

    __slots__ = ("_indicator", "history")

    def __init__(self, indicator: TalippSeries[Output], warmup: int, history: int) -> None:
        super().__init__(warmup=whole("warmup", warmup))
        self.history = whole("history", history, least=2 * warmup)
        self._indicator = indicator

    def _add(self, value: object) -> Output | None:
        indicator = self._indicator
        indicator.add(value)
        held = len(indicator.input_values)
        if held >= 2 * self.history:
            indicator.purge_oldest(held - self.history)
        output = indicator[-1]
        if not self.ready:
            self._warms_up()
            self.ready = self.ready and _is_complete(output)
            if not self.ready:
                return None
        self.value = output
        return output


class TalippIndicator(_TalippFeed[Output]):
    """Wrap a talipp indicator of numbers, e.g. `TalippIndicator(EMA(20), warmup=20)`.

    `value` is what talipp gives: a float, or its own class with one attribute a line; None until it
    is complete and `warmup` updates were made. talipp does not say how many updates it needs, so
    `warmup` is yours to state. talipp keeps every input; the adapter cuts it back to the last
    `history` whenever it holds twice as many. Give a fresh instance that nothing else feeds.
    """

    __slots__ = ()

    def __init__(self, indicator: TalippSeries[Output], warmup: int, history: int = 10_000) -> None:
        super().__init__(indicator, warmup, history)

    def update(self, value: float) -> Output | None:
        """Take the next value and return talipp's output, None until warm."""
        if not LOWEST < value < LARGEST:
            refuse("TalippIndicator", value)
        return self._add(value)


class TalippBarIndicator(_TalippFeed[Output]):
    """Wrap a talipp indicator of bars, e.g. `TalippBarIndicator(ATR(14), warmup=14)`.

    As `TalippIndicator`; each bar is handed over as `talipp.ohlcv.OHLCV` without a time. Raises
    UsageError when talipp is not installed.
    """

    __slots__ = ("_ohlcv",)

    def __init__(self, indicator: TalippSeries[Output], warmup: int, history: int = 10_000) -> None:
        super().__init__(indicator, warmup, history)
        try:
            from talipp.ohlcv import OHLCV
        except ImportError as error:
            raise UsageError(
                "TalippBarIndicator needs talipp; install it with `pip install talipp`"
            ) from error
        self._ohlcv = OHLCV

    def update(self, bar: PriceBar) -> Output | None:
        """Take the next bar and return talipp's output, None until warm."""
        fields = bar.open, bar.high, bar.low, bar.close, bar.volume
        if not LOWEST < sum(fields) < LARGEST:
            refuse("TalippBarIndicator", sum(fields))
        return self._add(self._ohlcv(*fields))


class BatchIndicator(Indicator[float]):
    """Call a function of an array on the last `window` values at every update.

    `function` takes one float64 array of `window` values, oldest first, and returns a number, an
    array whose last element counts, or several arrays of which `output` picks one. It must not
    write to its argument. E.g. `BatchIndicator(partial(talib.RSI, timeperiod=14), window=200)`.
    Recursive functions forget what is older than the window: take several times their period.

    `value` is None until `window` values were seen, and whenever the function gives NaN or an
    infinity; `ready` follows it. An update costs what the function costs, O(window) as a rule.
    """

    __slots__ = ("_batch", "window")

    def __init__(self, function: "BatchFunction", window: int, *, output: int = 0) -> None:
        self.window = whole("window", window)
        super().__init__(warmup=window)
        self._batch = _Batch(function, 1, window, output)

    def update(self, value: float) -> float | None:
        """Take the next value and return the function's last number, None until warm."""
        if not LOWEST < value < LARGEST:
            refuse("BatchIndicator", value)
        self.value = number = self._batch.push((value,))
        self.ready = number is not None
        return number


class BatchBarIndicator(Indicator[float]):
    """Call a function of several arrays on the last `window` bars at every update.

    As `BatchIndicator`, with one array for each of `fields` in their order, e.g.
    `BatchBarIndicator(talib.ATR, window=100, fields=("high", "low", "close"))`. Raises UsageError
    for a field that bars do not have.
    """

    __slots__ = ("_batch", "fields", "window")

    def __init__(
        self,
        function: "BatchFunction",
        window: int,
        *,
        fields: Sequence[str] = ("high", "low", "close"),
        output: int = 0,
    ) -> None:
        self.window = whole("window", window)
        self.fields = tuple(fields)
        if not self.fields or not set(self.fields) <= set(_FIELDS):
            raise UsageError(f"fields is {fields!r}; name one or more of {', '.join(_FIELDS)}")
        super().__init__(warmup=window)
        self._batch = _Batch(function, len(self.fields), window, output)

    def update(self, bar: PriceBar) -> float | None:
        """Take the next bar and return the function's last number, None until warm."""
        numbers = tuple([float(getattr(bar, field)) for field in self.fields])
        if not LOWEST < sum(numbers) < LARGEST:
            refuse("BatchBarIndicator", sum(numbers))
        self.value = number = self._batch.push(numbers)
        self.ready = number is not None
        return number


class _Batch:
    """Keep the last rows in arrays and call the function on them once there are enough."""

    __slots__ = ("_columns", "_function", "_output", "_rows", "_window")

    def __init__(self, function: "BatchFunction", columns: int, window: int, output: int) -> None:
        import numpy as np

        # Every row is written twice, `window` apart: any window is then one contiguous slice.
        self._columns = [np.empty(2 * window) for _ in range(columns)]
        self._function = function
        self._output = output
        self._rows = 0
        self._window = window

    def push(self, numbers: tuple[float, ...]) -> float | None:
        """Append a row; return the function's last finite number, None while there is none."""
        window = self._window
        place = self._rows % window
        self._rows += 1
        for column, number in zip(self._columns, numbers, strict=True):
            column[place] = column[place + window] = number
        if self._rows < window:
            return None
        result = self._function(
            *[column[place + 1 : place + 1 + window] for column in self._columns]
        )
        if isinstance(result, Sequence):
            result = result[self._output]
        last = float(result if isinstance(result, float | int) else result.flat[-1])
        return last if isfinite(last) else None


def _is_complete(output: object) -> bool:
    """Return whether no line of a talipp output is missing: its classes fill up one by one."""
    return output is not None and None not in getattr(output, "__dict__", {}).values()
