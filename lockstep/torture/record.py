"""What was seen of one run, from four sides: what was sent, journaled, done at the venue, and used.

Judges nothing: the checkers read it. Everything in it was taken down when it happened.
"""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from connectors.simulation.broker import SimulatedBroker
from engine.journal.entries import Entry
from engine.kernel import Kernel
from engine.live.replay import Difference
from engine.model.commands import Command
from engine.model.reports import OrderReport
from engine.model.truth import OrderRecord
from engine.orders.life import Status
from engine.orders.order import Order
from lockstep.torture.scenario import Scenario


class Sent(msgspec.Struct, frozen=True):
    """Hold a command at the moment (ns) in which a connector was told to carry it out.

    `is_durable` says whether the journal had the decision by then, as its policy demands.
    """

    ts: int
    command: Command
    is_durable: bool


class AtVenue(msgspec.Struct, frozen=True):
    """Hold what a venue just did to an order: its record as it is then, and the report."""

    ts: int
    order: OrderRecord
    report: OrderReport


class Sample(msgspec.Struct, frozen=True):
    """Hold how much of everything waited at one moment (ns)."""

    ts: int
    inbox: int
    tasks: int
    timers: int


class Life(msgspec.Struct, kw_only=True):
    """Hold one life of the bot: from its start to its end, in nanoseconds.

    `exit_code` is None where it never began or was killed. `is_ready` says whether it could trade
    when it was `stopped`, `state` why it was; `difference` is where its replay differs.
    """

    number: int
    folder: Path
    began: int
    stopped: int = 0
    ended: int = 0
    entries: list[Entry] = []
    kernel: Kernel | None = None
    exit_code: int | None = None
    is_ready: bool = False
    state: str = ""
    difference: Difference | None = None

    @property
    def doubtful(self) -> list[Order]:
        """Return the orders of which nobody knew what had become of them, at the end."""
        orders = {} if self.kernel is None else self.kernel.orders.orders
        return [order for order in orders.values() if order.status is Status.UNKNOWN]


class Record(msgspec.Struct, kw_only=True):
    """Hold all that was seen of one run.

    `faults` counts how often each fault struck, `struck` lists when (ns), which and at what;
    `healed` is when the last could; `written` is
    every byte that a person may read afterwards: journals, logs and summaries. `crash` is what
    ended the run itself, empty where nothing did. `reducing` are the accounts at whose venues a
    reduce-only order never turns a position around, `nameless` those where no order bears our id.
    """

    scenario: Scenario
    brokers: Mapping[str, SimulatedBroker]
    lives: list[Life] = []
    sent: list[Sent] = []
    venue: list[AtVenue] = []
    samples: list[Sample] = []
    faults: dict[str, int] = {}
    struck: list[tuple[int, str, str]] = []
    began: int = 0
    healed: int = 0
    ended: int = 0
    written: dict[str, bytes] = {}
    crash: str = ""
    digest: str = ""
    cpu_s: float = 0.0
    market_events: int = 0
    reducing: frozenset[str] = frozenset()
    nameless: frozenset[str] = frozenset()
