"""The bar that forms in a stream of candles: it is over when the next begins, or its time is up.

The venue sends a forming bar again and again and marks none as final.
"""

from connectors.alor_protocol.mapping import market
from connectors.alor_protocol.mapping.instruments import Traded
from connectors.alor_protocol.messages.market import Candle
from engine.bars.spec import BarSpec
from engine.errors import UsageError
from engine.model.market import Bar

_SECOND_NS = 1_000_000_000


def span_of(spec: str) -> int:
    """Return the length of bars in nanoseconds. Raises UsageError for bars the venue has not."""
    bars = BarSpec.parse(spec)
    if bars.step_ns is None or bars.source != "trade":
        raise UsageError(f"the venue makes no bars {spec}; ask for bars of trades by time")
    return bars.step_ns


class FormingBar:
    """Keep the newest state of one bar and give it out once, complete.

    `due` is `grace_ns` after its end: updates that are later than that are lost to it.
    """

    def __init__(self, traded: Traded, spec: str, grace_ns: int) -> None:
        self._traded = traded
        self._spec = spec
        self._span = span_of(spec)
        self._grace = grace_ns
        self._candle: Candle | None = None
        self._last = 0

    @property
    def seconds(self) -> int:
        """Return the length of the bar in seconds."""
        return self._span // _SECOND_NS

    @property
    def due(self) -> int | None:
        """Return when the bar is taken for complete (ns); None while there is none."""
        if self._candle is None:
            return None
        return self._candle.time * _SECOND_NS + self._span + self._grace

    def update(self, candle: Candle, now: int) -> list[Bar]:
        """Take a candle; return the bar before it when it begins a new one."""
        if candle.time <= self._last:
            return []
        before = self._candle
        self._candle = candle
        return [] if before is None or before.time >= candle.time else [self._bar(before, now)]

    def over(self, now: int) -> list[Bar]:
        """Return the bar if its time is up."""
        candle, due = self._candle, self.due
        if candle is None or due is None or now < due:
            return []
        self._candle = None
        return [self._bar(candle, now)]

    def _bar(self, candle: Candle, now: int) -> Bar:
        self._last = candle.time
        return market.bar(self._traded, self._spec, self._span, candle, now)
