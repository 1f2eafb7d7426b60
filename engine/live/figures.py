"""Read from a kernel the figures that are asked for, rather than counted as they happen.

Changes nothing of the run.
"""

from engine.control import views
from engine.kernel import Kernel
from engine.telemetry.meters import Meters


def measure(kernel: Kernel, meters: Meters, now: int) -> None:
    """Bring the gauges up to date: orders, feeds, room under the rate rules, worth of accounts."""
    meters.open_orders = len(views.orders(kernel))
    meters.unknown_orders = views.unknown_orders(kernel)
    meters.feed_ns = {each.instrument: each.ts for each in views.feeds(kernel) if each.ts}
    meters.headroom = kernel.pacing.limits.headroom(now)
    accounts = kernel.portfolio.accounts.values()
    meters.worth = {
        each.id: (kernel.portfolio.equity(each), kernel.portfolio.realised(each))
        for each in accounts
    }
