"""A desk over a real kernel: what a runner answers operators, without the runner.

It carries out nothing: instructions are kept.
"""

from engine.control import views
from engine.control.desk import Instruction, OrderStatus, PositionStatus, Status
from engine.telemetry.meters import Meters
from tests.unit.rig import Rig


class KernelDesk:
    """Show a kernel that holds a position, an open order and one whose outcome is unknown."""

    def __init__(self, rig: Rig) -> None:
        self.meters = Meters()
        self.asked: list[Instruction] = []
        self.rig = rig

    def status(self) -> Status:
        kernel = self.rig.kernel
        return Status(
            run_id="r-1",
            mode="paper",
            state="running",
            started=1_704_067_200_000_000_000,
            now=kernel.clock.now,
            version="0",
            open_orders=len(views.orders(kernel)),
            unknown_orders=views.unknown_orders(kernel),
            inbox_depth=0,
            strategies=views.strategies(kernel),
            feeds=views.feeds(kernel),
            accounts=views.accounts(kernel),
        )

    def orders(self) -> tuple[OrderStatus, ...]:
        return views.orders(self.rig.kernel)

    def positions(self) -> tuple[PositionStatus, ...]:
        return views.positions(self.rig.kernel)

    def is_ready(self) -> bool:
        return True

    def instruct(self, instruction: Instruction) -> str:
        self.asked.append(instruction)
        return f"{instruction.action} {instruction.scope} {instruction.name}".strip()


def busy_desk() -> KernelDesk:
    """Return a desk with something to show."""
    rig = Rig()
    rig.quote(9.99, 10.01)
    first = rig.do(lambda probe: probe.buy("ABC.SIM", 5))
    rig.fill(first, 5, 10.0)
    working = rig.do(lambda probe: probe.sell("ABC.SIM", 2, price=10.5))
    rig.accept(working)
    lost = rig.do(lambda probe: probe.buy("ABC.SIM", 1, price=9.5))
    rig.unsure(lost)
    return KernelDesk(rig)
