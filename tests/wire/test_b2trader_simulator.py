"""B2TRADER's simulator behaves as the reference says, and our connector agrees with it.

Both are plugged into each other in memory; there is no socket.
"""

import json
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from connectors.b2trader.package import INSTRUMENTS, PACKAGE
from connectors.b2trader.venue import B2Trader
from connectors.frame.flow import Flow, Reply, Step, drive
from connectors.frame.http import Request, Response
from connectors.frame.package import SIMULATED_SECRET
from connectors.frame.session import Session, SessionEvent
from connectors.simulation.faults import Chance, Fault, FaultPlan
from connectors.simulation.simulator import Peer, Served, SimulatorTerms
from engine.config.secret import Secret
from engine.model.commands import (
    CancelOrder,
    ClosePosition,
    OrderType,
    SetProtection,
    Side,
    SubmitOrder,
)
from engine.model.connection import FeedChanged
from engine.model.market import BookDelta, BookSnapshot, QuoteTick
from engine.model.reports import (
    OrderAccepted,
    OrderCanceled,
    OrderFilled,
    OrderTriggered,
    ProtectionSet,
)
from engine.model.subscription import DataKind, Subscription
from engine.model.truth import BalanceRecord, PositionRecord
from lockstep.simulators import make_broker

T0 = 1_747_761_751_000_000_000
SECOND = 1_000_000_000
CFD, SPOT = INSTRUMENTS[0].id, INSTRUMENTS[2].id


class Plugged:
    """A venue and its simulator; `hear` carries what waits on a link both ways."""

    def __init__(self, account: str = "main", **quirks: str) -> None:
        self.now = T0
        self.faults = FaultPlan()
        self.broker = make_broker(PACKAGE)
        terms = SimulatorTerms(quirks=quirks)
        self.simulator = PACKAGE.simulator(self.broker, self.faults, terms)
        served = Served(http="http://127.0.0.1:1", websocket="ws://127.0.0.1:1")
        settings = PACKAGE.simulated(served, (account,))
        settings = msgspec.structs.replace(settings, names=quirks)
        made = PACKAGE.make(settings, (account,), lambda _: Secret(SIMULATED_SECRET))
        assert isinstance(made, B2Trader)
        self.venue = made
        self.account = account
        self.run(made.login(self.now))
        self.run(made.instruments((), self.now))
        self.peers: dict[str, Peer] = {}
        self.quote(CFD, 0.93, 0.9302)

    def run(self, flow: Flow[Any]) -> Any:  # noqa: ANN401 - whatever the flow gives
        return drive(flow, self.answer)

    def answer(self, step: Step) -> Reply:
        assert isinstance(step, Request)
        response = self.simulator.answer(step, self.now)
        return Response(status=response.status, body=response.body, ts_recv=self.now)

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {self.venue._codec.token}", "accountId": self.account}
        content = b"" if body is None else json.dumps(body).encode()
        request = Request(method=method, url=path, headers=headers, body=content)
        response = self.simulator.answer(request, self.now)
        return response.status, json.loads(response.body or b"null")

    def connect(self, name: str) -> Session:
        link = next(link for link in self.venue.links if link.name == name)
        address = self.run(link.address(self.now))
        peer = self.simulator.connect(Request(method="GET", url=address.url), self.now)
        assert not isinstance(peer, Response)
        self.peers[name] = peer
        peer.opened(self.now)
        link.session.opened(self.now)
        self.hear(name)
        return link.session

    def hear(self, name: str) -> list[SessionEvent]:
        session = next(link.session for link in self.venue.links if link.name == name)
        peer, heard = self.peers[name], []
        while True:
            up, down = session.frames_to_send(), peer.outgoing()
            for frame in up:
                peer.receive(frame, self.now)
            for outgoing in down:
                session.receive(outgoing.frame, self.now)
            heard += session.events()
            if not up and not down:
                return heard

    def quote(self, instrument: str, bid: float, ask: float) -> None:
        self.now += SECOND
        self.broker.row(QuoteTick(instrument, self.now, self.now, bid, ask, 1e6, 1e6))

    def submit(self, **changes: Any) -> Any:  # noqa: ANN401 - terms of an order
        terms: dict[str, Any] = {
            "client_order_id": "bot-1-1",
            "strategy": "s",
            "account": self.account,
            "instrument": CFD,
            "ts": self.now,
            "side": Side.BUY,
            "type": OrderType.MARKET,
            "quantity": 10_000.0,
        }
        return self.run(self.venue.execute(SubmitOrder(**terms | changes), self.now))


def kinds(events: Sequence[object]) -> list[type]:
    return [type(event) for event in events]


def test_market_order_fills_and_opens_a_position() -> None:
    plugged = Plugged()
    session = plugged.connect("account")
    assert session.is_ready
    reports = plugged.submit()
    assert [type(report) for report in reports] == [OrderAccepted, OrderFilled]
    events = plugged.hear("account")
    [position] = [event for event in events if isinstance(event, PositionRecord)]
    assert (position.quantity, position.average_price) == (10_000.0, 0.9302)
    assert OrderFilled not in kinds(events)


def test_activated_stop_comes_back_under_another_id() -> None:
    plugged = Plugged()
    plugged.connect("account")
    plugged.submit(type=OrderType.STOP, stop=0.95)
    assert plugged.hear("account") == []
    plugged.quote(CFD, 0.951, 0.9512)
    plugged.quote(CFD, 0.951, 0.9512)
    reports = [e for e in plugged.hear("account") if not isinstance(e, PositionRecord)]
    assert kinds(reports)[0] is OrderTriggered
    assert {getattr(report, "client_order_id", "") for report in reports} == {"bot-1-1"}


def test_stop_order_is_canceled_by_its_own_method() -> None:
    plugged = Plugged()
    plugged.connect("account")
    plugged.submit(type=OrderType.STOP, stop=0.95)
    cancel = CancelOrder("bot-1-1", "main", CFD, plugged.now, 1)
    [report] = plugged.run(plugged.venue.execute(cancel, plugged.now))
    assert isinstance(report, OrderCanceled)


def test_closed_position_is_told_with_its_price_and_belongs_to_the_close() -> None:
    plugged = Plugged()
    plugged.connect("account")
    plugged.submit()
    plugged.hear("account")
    close = ClosePosition("bot-1-2", "s", "main", CFD, plugged.now, "P-cfd.eur_chf", 10_000.0)
    assert plugged.run(plugged.venue.execute(close, plugged.now)) == ()
    events = plugged.hear("account")
    fills = [event for event in events if isinstance(event, OrderFilled)]
    assert sum(fill.quantity for fill in fills) == 10_000.0
    assert {fill.price for fill in fills} == {0.93}
    positions = [event for event in events if isinstance(event, PositionRecord)]
    assert positions[-1].quantity == 0.0


def test_protection_of_a_position_is_kept_and_told() -> None:
    plugged = Plugged()
    plugged.connect("account")
    plugged.submit()
    plugged.hear("account")
    position = "P-cfd.eur_chf"
    protect = SetProtection("bot-1-2", "s", "main", CFD, plugged.now, position, 0.92, 0.95)
    [told] = plugged.run(plugged.venue.execute(protect, plugged.now))
    assert isinstance(told, ProtectionSet)
    assert (told.client_order_id, told.stop_loss, told.take_profit) == ("bot-1-2", 0.92, 0.95)
    [record] = plugged.hear("account")
    assert isinstance(record, PositionRecord)
    assert (record.stop_loss, record.take_profit) == (0.92, 0.95)


def test_all_positions_are_closed_at_once() -> None:
    plugged = Plugged()
    plugged.submit()
    status, answer = plugged.ask(
        "POST", "/frontoffice/api/v4/positions/bulk-close", {"mode": "AllPositions"}
    )
    assert (status, answer["positionIds"]) == (200, ["P-cfd.eur_chf"])
    assert plugged.broker.positions("main") == []


def test_spot_fill_is_the_increase_of_the_filled_quantity() -> None:
    plugged = Plugged("crypto")
    plugged.connect("account")
    plugged.quote(SPOT, 100.0, 100.5)
    plugged.submit(instrument=SPOT, type=OrderType.LIMIT, price=100.5, quantity=0.5)
    truth = plugged.run(plugged.venue.resync("crypto", plugged.now))
    assert truth.orders is None
    fills = [e for e in plugged.hear("account") if isinstance(e, OrderFilled)]
    assert fills == []  # the answer had told it
    assert plugged.broker.fills("crypto")[0].quantity == 0.5


def test_money_streams_on_its_own_hub() -> None:
    plugged = Plugged()
    plugged.connect("balance")
    plugged.submit()
    [balance] = [e for e in plugged.hear("balance") if isinstance(e, BalanceRecord)]
    assert balance.currency == "CHF"
    assert plugged.venue.balance_session.margins["main"].margin_balance == "1000000"


def test_book_goes_on_by_changes_and_a_gap_is_noticed() -> None:
    plugged = Plugged(book_gap="resubscribe")
    session = plugged.connect("market")
    session.subscribe(Subscription(CFD, DataKind.BOOK), plugged.now)
    assert kinds(plugged.hear("market")) == [BookSnapshot]
    plugged.quote(CFD, 0.9301, 0.9303)
    assert set(kinds(plugged.hear("market"))) == {BookDelta}
    plugged.faults.set(Fault.GAP, Chance(times=1))
    for price in (0.9302, 0.9303):
        plugged.quote(CFD, price, price + 0.0002)
    assert kinds(plugged.hear("market"))[0] is FeedChanged


@pytest.mark.parametrize("key", ["negotiate", "open_orders_mode", "open_positions_mode"])
def test_what_is_inferred_can_be_switched_on_both_sides(key: str) -> None:
    other = {"negotiate": "ask"}.get(key, "full_list")
    plugged = Plugged(**{key: other})
    plugged.connect("account")
    plugged.submit(type=OrderType.LIMIT, price=0.92)
    plugged.submit(client_order_id="bot-1-2")
    plugged.hear("account")
    cancel = CancelOrder("bot-1-1", "main", CFD, plugged.now, 1)
    [report] = plugged.run(plugged.venue.execute(cancel, plugged.now))
    assert isinstance(report, OrderCanceled)
    plugged.quote(CFD, 0.93, 0.9302)
    assert plugged.venue.account_session.is_ready


def test_token_that_ends_takes_its_hubs_with_it() -> None:
    plugged = Plugged()
    plugged.connect("account")
    peer = plugged.peers["account"]
    peer.timeout(plugged.now + 3600 * SECOND)
    assert peer.closing is not None


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/frontoffice/api/v9/nothing", None, 404),
        ("DELETE", "/frontoffice/api/v3/orders/none", None, 404),
        ("POST", "/frontoffice/api/v3/orders", {"order": {"marketId": "x"}}, 400),
        ("POST", "/frontoffice/api/v4/positions/none/close", {}, 404),
        ("POST", "/frontoffice/api/v4/positions/none/trigger-data", {}, 404),
    ],
)
def test_refusals_have_the_venue_s_shape(method: str, path: str, body: object, status: int) -> None:
    found, answer = Plugged().ask(method, path, body)
    assert found == status
    assert set(answer["errors"][0]) == {"code", "message"}


def test_more_requests_than_allowed_are_refused() -> None:
    plugged = Plugged()
    statuses = [plugged.ask("GET", "/frontoffice/api/v3/accounts")[0] for _ in range(101)]
    assert statuses.count(429) >= 1


def test_settings_and_history_are_served() -> None:
    plugged = Plugged()
    status, assets = plugged.ask("GET", "/frontoffice/api/v3/assets")
    assert status == 200
    assert {"chf", "usdt"} <= {asset["assetId"] for asset in assets}
    bars = plugged.run(plugged.venue.history(CFD, "1m", T0 - 600 * SECOND, T0))
    assert len(bars) >= 9
