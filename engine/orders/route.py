"""The way of one strategy's orders in one instrument, bound once so that no order looks it up.

Holds references only; the books it names belong to the portfolio.
"""

from functools import lru_cache
from typing import TYPE_CHECKING

from engine.gate.exits import ExitTest, is_exit
from engine.gate.limits import Limits
from engine.ledger.account import Account
from engine.market_state import MarketState
from engine.model.instrument import Instrument
from engine.orders.exposure import Exposure
from engine.ports import ExecutionPort

if TYPE_CHECKING:
    from engine.gate.pacing import Pace
    from engine.gate.verdict import Note, Rule


_REMEMBERED = 4_096


class Route:
    """Bind strategy, account and instrument to exposures, limits, market state and port.

    `name` and the scales are the instrument's; `price_units` and `quantity_units` put numbers on
    its grid and remember their latest answers, as orders come back to the same ones. Quantities, in
    units, are bounded by instrument and limits. The gate chooses
    `entry_rules` and `exit_rules`, of which an order meets one, `notes`, which are told of what was
    approved, `is_exit`, which says what only reduces, and `pace` by the venue's limits on how often
    it may be asked. `replace_adds` says that at the venue a replace makes an order that may fill
    beside the one it replaces, `keeps_reduce_only` that it lets no reduce-only order turn a
    position around.
    """

    __slots__ = (
        "account",
        "entry_rules",
        "exit_rules",
        "exposure",
        "held",
        "instrument",
        "is_exit",
        "keeps_protection",
        "keeps_reduce_only",
        "limits",
        "market",
        "name",
        "notes",
        "pace",
        "port",
        "price_scale",
        "price_units",
        "quantity_max",
        "quantity_min",
        "quantity_scale",
        "quantity_units",
        "replace_adds",
        "strategy",
    )

    def __init__(
        self,
        strategy: str,
        account: Account,
        instrument: Instrument,
        held: Exposure,
        exposure: Exposure,
        limits: Limits,
        market: MarketState,
        port: ExecutionPort,
    ) -> None:
        self.strategy = strategy
        self.account = account
        self.instrument = instrument
        self.name = instrument.id
        self.price_scale = instrument.price_scale
        self.price_units = lru_cache(_REMEMBERED)(instrument.price_to_grid)
        self.quantity_scale = instrument.quantity_scale
        self.quantity_units = lru_cache(_REMEMBERED)(instrument.quantity_to_grid)
        self.held = held
        self.exposure = exposure
        self.limits = limits
        self.market = market
        self.port = port
        self.replace_adds = False
        self.keeps_reduce_only = self.keeps_protection = True
        most = instrument.quantity_max
        self.quantity_min = instrument.quantity_min
        self.quantity_max = limits.order_quantity
        if most is not None:
            self.quantity_max = min(most, limits.order_quantity)
        self.entry_rules: tuple[Rule, ...] = ()
        self.exit_rules: tuple[Rule, ...] = ()
        self.notes: tuple[Note, ...] = ()
        self.is_exit: ExitTest = is_exit
        self.pace: Pace | None = None
