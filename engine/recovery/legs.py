"""The positions of hedging accounts in snapshots, by the venue's ids.

Books no money and no order.
"""

from collections.abc import Iterator

from engine.kernel import Kernel
from engine.ledger.legs import Leg
from engine.ledger.portfolio import Portfolio
from engine.recovery.snapshot import LegBooks


def books(portfolio: Portfolio) -> Iterator[LegBooks]:
    """Yield the positions underneath those of every hedging account."""
    for account in portfolio.accounts:
        for name, exposure in portfolio.working(account).items():
            for leg in exposure.legs or ():
                position = leg.position
                yield LegBooks(
                    leg.id,
                    leg.strategy,
                    account,
                    name,
                    position.quantity,
                    str(position.cost),
                    str(position.realised),
                    position.price_digits,
                    leg.stop_loss,
                    leg.take_profit,
                )


def restore(kernel: Kernel, saved: LegBooks) -> None:
    """Give a kernel one position of a hedging account; an account that nets has none."""
    instrument = kernel.bus.market(saved.instrument).instrument
    legs = kernel.portfolio.exposure(saved.account, instrument).legs
    if legs is None:
        return
    leg = Leg(saved.id, instrument, saved.strategy)
    money = int(saved.cost), int(saved.realised)
    leg.position.restore(saved.quantity, *money, saved.price_digits)
    leg.stop_loss, leg.take_profit = saved.stop_loss, saved.take_profit
    legs.restore(leg)
