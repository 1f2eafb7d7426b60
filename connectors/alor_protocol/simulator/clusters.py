"""The venue's clusters of public trades: what takers bought and sold at each price of each bar.

Remembers nothing.
"""

from collections.abc import Iterable

from connectors.alor_protocol.messages.clusters import Cluster, ClusterLevel
from connectors.alor_protocol.simulator.profile import Listed
from connectors.alor_protocol.simulator.records import whole
from engine.model.market import TradeTick

_SECOND = 1_000_000_000


def cluster_records(trades: Iterable[TradeTick], listed: Listed, span: int) -> list[Cluster]:
    """Return the clusters of bars of `span` seconds, oldest first, of bars with trades."""
    bars: dict[int, dict[float, tuple[float, float]]] = {}
    for trade in trades:
        levels = bars.setdefault(trade.ts_event // _SECOND // span * span, {})
        bought, sold = levels.get(trade.price, (0.0, 0.0))
        is_sale = trade.aggressor < 0
        levels[trade.price] = (
            bought + (0.0 if is_sale else trade.size),
            sold + (trade.size if is_sale else 0.0),
        )
    return [Cluster(start, _levels(bars[start], listed.lot)) for start in sorted(bars)]


def _levels(levels: dict[float, tuple[float, float]], lot: int) -> list[ClusterLevel]:
    return [
        ClusterLevel(price, whole(bought / lot), whole(sold / lot))
        for price, (bought, sold) in sorted(levels.items())
    ]
