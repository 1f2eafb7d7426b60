"""What a run did, read from its journal or from a backtest's log: orders with their fills.

Compares nothing.
"""

from collections.abc import Iterable
from pathlib import Path

import msgspec

from engine.model.commands import SubmitOrder
from engine.model.reports import OrderAccepted, OrderFilled, OrderRejected


class Observed(msgspec.Struct):
    """Hold one order that was sent, and what filled of it."""

    order: SubmitOrder
    fills: list[OrderFilled]

    @property
    def filled(self) -> float:
        """Return the quantity that filled."""
        return sum(fill.quantity for fill in self.fills)

    @property
    def notional(self) -> float:
        """Return the sum of quantity times price of the fills."""
        return sum(fill.quantity * fill.price for fill in self.fills)

    @property
    def average_price(self) -> float:
        """Return the average price of the fills, NaN without any."""
        filled = self.filled
        return self.notional / filled if filled else float("nan")

    def worth(self, mark: float, point_value: float) -> float:
        """Return what the fills have earned by the price `mark`, fees taken off."""
        return sum(
            fill.side * fill.quantity * (mark - fill.price) * point_value - fill.fee
            for fill in self.fills
        )


def observe(bodies: Iterable[object]) -> list[Observed]:
    """Return the orders among commands and reports, in the order in which they were sent."""
    found: dict[str, Observed] = {}
    for body in bodies:
        if isinstance(body, SubmitOrder):
            found[body.client_order_id] = Observed(body, [])
        elif isinstance(body, OrderFilled) and body.client_order_id in found:
            found[body.client_order_id].fills.append(body)
    return list(found.values())


def observe_backtest(folder: Path) -> list[Observed]:
    """Return the orders of a backtest, from its decision log."""
    decoder = msgspec.json.Decoder(SubmitOrder | OrderFilled)
    lines = (folder / "decisions.log").read_bytes().splitlines()
    wanted = (b'"SubmitOrder"', b'"OrderFilled"')
    bodies = [decoder.decode(line) for line in lines if any(name in line for name in wanted)]
    return observe(bodies)


def latencies(bodies: Iterable[object]) -> list[tuple[int, int, int]]:
    """Return (sent, at the venue, received) of each order's first answer, in ns and in order.

    Where the venue's clock does not fit between ours, the middle stands for it. Rows that are not
    later than the one before in all three are left out.
    """
    sent: dict[str, int] = {}
    rows: list[tuple[int, int, int]] = []
    for body in bodies:
        if isinstance(body, SubmitOrder):
            sent[body.client_order_id] = body.ts
        elif isinstance(body, OrderAccepted | OrderRejected | OrderFilled):
            start = sent.pop(body.client_order_id, None)
            if start is None or start > body.ts_recv:
                continue
            reached = body.ts_event
            if not start <= reached <= body.ts_recv:
                reached = (start + body.ts_recv) // 2
            row = start, reached, body.ts_recv
            if not rows or (row[0] > rows[-1][0] and row[1] > rows[-1][1]):
                rows.append(row)
    return rows
