"""What was bought and sold at each price within each bar: the venue's clusters.

They are told by the venue's own terminal alone. Slim's keys are not known; Simple's are used.
"""

import msgspec

from connectors.alor_protocol.messages.spelling import Spelled


class ClusterLevel(msgspec.Struct, frozen=True, gc=False):
    """Give the lots that takers bought and sold at a price."""

    price: float
    buy_qty: float
    sell_qty: float


class Cluster(msgspec.Struct, frozen=True, gc=False):
    """Give the levels of one bar, lowest first; `timestamp` is its start in seconds."""

    timestamp: int
    trade_clusters: list[ClusterLevel] = []


class ClusterHistory(msgspec.Struct, frozen=True, gc=False):
    """Give the clusters of a window, oldest first."""

    clusters: list[Cluster] = []


CLUSTER_LEVEL = Spelled(
    ClusterLevel, slim={"price": "price", "buy_qty": "buyQty", "sell_qty": "sellQty"}
)

CLUSTER = Spelled(
    Cluster,
    slim={"timestamp": "timestamp", "trade_clusters": "tradeClusters"},
    nested={"trade_clusters": CLUSTER_LEVEL},
)

CLUSTER_HISTORY = Spelled(
    ClusterHistory, slim={"clusters": "clusters"}, nested={"clusters": CLUSTER}
)
