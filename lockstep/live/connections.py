"""Connect the venues of a run: their connectors, and for paper the exchange in front of them.

Subscribes to nothing and sends nothing.
"""

from collections.abc import Callable, Mapping
from functools import partial

from backtest.paper import PaperVenue
from connectors.frame.package import Resolve
from connectors.frame.venue import Adopting, Freezing, Venue
from engine.config.sections import Config
from engine.live.connection import Connection
from engine.model.decimals import round_15
from engine.model.instrument import Instrument
from engine.model.subscription import DataKind, Subscription
from engine.model.truth import OrderRecord, Standing
from engine.recovery.snapshot import OrderBooks, Snapshot
from engine.strategy.context import Streams
from lockstep.live.machine import Machine
from lockstep.live.plan import Mode, Site
from lockstep.secret_files import forget, keeper

_STREAMS = (DataKind.QUOTES, DataKind.TRADES, DataKind.BOOK)


class Relay:
    """Keep events until there is somebody to hear them, in their order."""

    def __init__(self) -> None:
        self._early: list[object] = []
        self._sink: Callable[[object], None] = self._early.append

    def hear(self, event: object) -> None:
        """Pass an event on, or keep it."""
        self._sink(event)

    def connect(self, sink: Callable[[object], None]) -> None:
        """Pass everything on from now, what was kept first."""
        early, self._sink = self._early, sink
        for event in early:
            sink(event)


class Connections:
    """Hold the venues of a run and their connectors, by the venue's name."""

    def __init__(
        self,
        sites: Mapping[str, Site],
        config: Config,
        mode: Mode,
        machine: Machine,
        resolve: Resolve,
        epoch: int,
    ) -> None:
        self._mode = mode
        self.relay = Relay()
        self.venues: dict[str, Venue] = {}
        self.all: dict[str, Connection] = {}
        self._paper: list[PaperVenue] = []
        for name, site in sites.items():
            venue = self.venues[name] = site.package.make(site.settings, site.accounts, resolve)
            keep = forget if mode == "rehearsal" else keeper(site.settings)
            connect = partial(machine.connect, venue, keep=keep, seed=config.run.seed)
            if mode == "paper":
                paper = PaperVenue(
                    connect,
                    self.relay.hear,
                    machine.clock,
                    config.exchange,
                    site.accounts,
                    epoch=epoch,
                    seed=config.run.seed,
                    hedging=config.hedging(),
                )
                self._paper.append(paper)
                self.all[name] = paper
            else:
                self.all[name] = connect(self.relay.hear)

    def of(self, instrument: str) -> Connection:
        """Return the connection for an instrument."""
        return self.all[instrument.rpartition(".")[2]]

    async def open(self, named: Mapping[str, list[str]], books: Snapshot) -> list[Instrument]:
        """Open every connection; return the instruments that are named, held or ordered."""
        for paper in self._paper:
            paper.forget(books.orders)
        held = [position.instrument for position in books.positions]
        held += [order.instrument for order in books.orders]
        if self._mode == "live":
            self._remind(books.orders)
        found: list[Instrument] = []
        for name, connection in self.all.items():
            own = [each for each in held if each.rpartition(".")[2] == name]
            found += await connection.open(tuple(dict.fromkeys((*named[name], *own))))
        return found

    def _remind(self, orders: tuple[OrderBooks, ...]) -> None:
        """Tell venues that keep none of our ids which orders may still matter."""
        for name, venue in self.venues.items():
            if isinstance(venue, Adopting):
                own = [each for each in orders if each.instrument.rpartition(".")[2] == name]
                venue.adopt(tuple(record_of(each) for each in own if not each.dead))

    def release(self, account: str, instrument: str) -> list[str]:
        """Let venues send again where they froze a market until a person has looked."""
        freezing = [venue for venue in self.venues.values() if isinstance(venue, Freezing)]
        return [name for venue in freezing for name in venue.release(account, instrument)]

    async def close(self) -> None:
        """Close every connection."""
        for connection in self.all.values():
            await connection.close()

    def offered(self, instrument: str) -> list[Subscription]:
        """Return everything that a venue streams of an instrument, bars of its shortest length."""
        venue = self.venues.get(instrument.rpartition(".")[2])
        if venue is None:
            return []
        can = venue.capabilities
        return [
            Subscription(instrument, kind, spec=can.bars if kind is DataKind.BARS else "")
            for kind in can.data
        ]

    def streams(self, instrument: str) -> Streams:
        """Return what a venue offers of an instrument: bars are built from quotes or trades."""
        venue = self.venues.get(instrument.rpartition(".")[2])
        offered = () if venue is None else venue.capabilities.data
        return tuple((kind.value, None) for kind in _STREAMS if kind in offered)


def record_of(order: OrderBooks) -> OrderRecord:
    """Return an order of the books in the words of venues; its units are scaled by its quantity."""
    return OrderRecord(
        account=order.account,
        instrument=order.instrument,
        venue_order_id=order.venue_order_id,
        side=order.side,
        type=order.type,
        quantity=order.quantity,
        filled=round_15(order.quantity * order.filled / order.units) if order.units else 0.0,
        standing=Standing.WORKING,
        ts_event=order.ts_submitted,
        client_order_id=order.client_order_id,
        price=order.price,
        stop=order.stop,
    )
