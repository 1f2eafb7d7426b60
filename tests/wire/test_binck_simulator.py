"""Binck's simulator behaves as the reference says, and our connector agrees with it.

Both are plugged into each other in memory; there is no socket.
"""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from connectors.binck import flows, oauth
from connectors.binck.package import PACKAGE
from connectors.binck.settings import Settings
from connectors.binck.venue import Binck
from connectors.frame.flow import Flow, Keep, Reply, Step, drive
from connectors.frame.http import Request, Response
from connectors.frame.package import SIMULATED_SECRET
from connectors.frame.session import Ended, Inquiry, SessionEvent
from connectors.simulation.faults import Chance, Fault, FaultPlan
from connectors.simulation.simulator import Peer, Served, SimulatorTerms
from engine.config.secret import Secret
from engine.errors import LoginRefused, NotSent, TokenRefused
from engine.model.commands import OrderType, Side, SubmitOrder
from engine.model.market import QuoteTick, TradeTick
from engine.model.reports import OrderAccepted, OrderFilled
from engine.model.subscription import DataKind, Subscription
from lockstep.cli.login import code_of
from lockstep.simulators import make_broker

INGA = "INGA.BINCK"
SECOND = 1_000_000_000
HOUR = 3600 * SECOND
T0 = 1_581_675_688_000_000_000


class Plugged:
    """A venue and its simulator; `hear` carries what waits both ways."""

    def __init__(self, **quirks: str) -> None:
        self.now = T0
        self.faults = FaultPlan()
        self.broker = make_broker(PACKAGE)
        terms = SimulatorTerms(quirks=quirks)
        self.simulator = PACKAGE.simulator(self.broker, self.faults, terms)
        served = Served(http="http://127.0.0.1:1", websocket="ws://127.0.0.1:1")
        settings = PACKAGE.simulated(served, ("main",))
        assert isinstance(settings, Settings)
        self.settings = settings
        self.venue = self.another()
        self.kept: list[Keep] = []
        self.peers: list[Peer] = []

    def another(self) -> Binck:
        made = PACKAGE.make(self.settings, ("main",), lambda _: Secret(SIMULATED_SECRET))
        assert isinstance(made, Binck)
        return made

    def logged_in(self) -> "Plugged":
        self.run(self.venue.login(self.now))
        self.run(self.venue.instruments((INGA,), self.now))
        self.quote(2.0)
        return self

    def run(self, flow: Flow[Any]) -> Any:  # noqa: ANN401 - whatever the flow gives
        return drive(flow, self.answer)

    def answer(self, step: Step) -> Reply:
        if isinstance(step, Keep):
            self.kept.append(step)
            return None
        assert isinstance(step, Request)
        response = self.simulator.answer(step, self.now)
        return msgspec.structs.replace(response, ts_recv=self.now)

    def connect(self, venue: Binck | None = None) -> list[SessionEvent]:
        made = venue or self.venue
        address = self.run(made.links[0].address(self.now))
        request = Request(method="GET", url=address.url, headers=address.headers)
        peer = self.simulator.connect(request, self.now)
        assert not isinstance(peer, Response)
        self.peers.append(peer)
        peer.opened(self.now)
        made.session.opened(self.now)
        return self.hear(made, peer)

    def hear(self, venue: Binck | None = None, peer: Peer | None = None) -> list[SessionEvent]:
        session, end = (venue or self.venue).session, peer or self.peers[0]
        heard: list[SessionEvent] = []
        while True:
            up, down = session.frames_to_send(), end.outgoing()
            for frame in up:
                end.receive(frame, self.now)
            for outgoing in down:
                session.receive(outgoing.frame, self.now)
            heard += session.events()
            if not up and not down:
                return heard

    def quote(self, bid: float) -> None:
        self.now += SECOND
        self.broker.row(QuoteTick(INGA, self.now, self.now, bid, bid + 0.002, 1000.0, 900.0))

    def submit(self, **changes: Any) -> Any:  # noqa: ANN401 - terms of an order
        terms: dict[str, Any] = {
            "client_order_id": "bot-1-1",
            "strategy": "s",
            "account": "main",
            "instrument": INGA,
            "ts": self.now,
            "side": Side.BUY,
            "type": OrderType.MARKET,
            "quantity": 10.0,
        }
        return self.run(self.venue.execute(SubmitOrder(**terms | changes), self.now))


def test_person_logs_in_on_a_page_and_comes_back_with_a_code() -> None:
    plugged = Plugged()
    page = Request(method="GET", url=oauth.authorize_url(plugged.settings, "state/1"))
    shown = plugged.simulator.answer(page, T0)
    assert shown.status == 200
    assert b"Allow" in shown.body
    allowed = Request(method="GET", url=f"{page.url}&decision=allow")
    back = plugged.simulator.answer(allowed, T0)
    assert back.status == 302
    code = code_of(back.header("Location"), "state/1")
    token = plugged.run(oauth.exchange(plugged.settings, SIMULATED_SECRET, code))
    again = plugged.run(oauth.refresh(plugged.settings, SIMULATED_SECRET, token.refresh_token))
    assert again.access_token != token.access_token
    for used in (code, token.refresh_token):
        with pytest.raises(LoginRefused):
            plugged.run(oauth.exchange(plugged.settings, SIMULATED_SECRET, used))


def test_page_shows_what_it_was_given_without_trusting_it() -> None:
    plugged = Plugged()
    settings = msgspec.structs.replace(plugged.settings, client_id="<script>")
    page = Request(method="GET", url=oauth.authorize_url(settings, "s"))
    assert b"<script>" not in plugged.simulator.answer(page, T0).body


def test_denied_login_comes_back_with_its_reason() -> None:
    plugged = Plugged()
    url = f"{oauth.authorize_url(plugged.settings, 's')}&decision=deny"
    back = plugged.simulator.answer(Request(method="GET", url=url), T0).header("Location")
    assert parse_qs(urlsplit(back).query)["error"] == ["access_denied"]
    with pytest.raises(LoginRefused, match="did not authorize"):
        code_of(back, "s")


def test_wrong_secret_is_refused() -> None:
    plugged = Plugged()
    with pytest.raises(LoginRefused, match="client_id"):
        plugged.run(oauth.exchange(plugged.settings, "wrong", "code"))


def test_session_dies_of_idleness_and_of_age() -> None:
    plugged = Plugged().logged_in()
    plugged.now += 31 * 60 * SECOND
    with pytest.raises(TokenRefused):
        plugged.run(plugged.venue.resync("main", plugged.now))
    plugged.run(plugged.venue.login(plugged.now))
    plugged.run(plugged.venue.resync("main", plugged.now))
    plugged.now += 24 * HOUR
    with pytest.raises(LoginRefused, match="lockstep login binck"):
        plugged.run(plugged.venue.login(plugged.now))


def test_every_renewal_keeps_a_new_refresh_token() -> None:
    plugged = Plugged().logged_in()
    plugged.run(plugged.venue.login(plugged.now))
    first, second = plugged.kept
    assert first.secret != second.secret


def test_order_is_filled_and_its_sign_answers_with_nothing_new() -> None:
    plugged = Plugged().logged_in()
    plugged.connect()
    reports = plugged.submit()
    assert [type(report) for report in reports] == [OrderAccepted, OrderFilled]
    signs = [event for event in plugged.hear() if isinstance(event, Inquiry)]
    assert signs
    assert plugged.run(signs[0].flow(plugged.now)) == ()
    truth = plugged.run(plugged.venue.resync("main", plugged.now))
    assert [fill.trade_id for fill in truth.fills] == [reports[1].trade_id]


def test_order_without_a_preview_s_code_is_refused() -> None:
    plugged = Plugged().logged_in()
    order = {
        "type": "market",
        "quantity": 10,
        "duration": "day",
        "cash": {"side": "buy", "instrumentId": "b0OQR"},
        "referenceId": "x",
    }
    request = plugged.venue._codec.request("POST", "/accounts/main/orders", body=order)
    response = plugged.simulator.answer(request, plugged.now)
    assert response.status == 422
    assert json.loads(response.body)["errorId"] == "orderNotValid"


def test_subscription_begins_with_initial_values() -> None:
    plugged = Plugged().logged_in()
    plugged.connect()
    for kind in (DataKind.QUOTES, DataKind.TRADES):
        plugged.venue.session.subscribe(Subscription(INGA, kind), plugged.now)
    plugged.venue.session.timeout(plugged.now + SECOND)
    [first] = plugged.hear()
    assert isinstance(first, QuoteTick)
    assert (first.bid, first.ask, first.bid_size) == (2.0, 2.002, 1000.0)
    plugged.broker.row(TradeTick(INGA, plugged.now, plugged.now, 2.002, 5.0, 1, "1"))
    [trade] = plugged.hear()
    assert isinstance(trade, TradeTick)
    assert trade.price == 2.002


def test_second_connection_of_a_token_is_disconnected_when_it_subscribes() -> None:
    plugged = Plugged().logged_in()
    plugged.connect()
    other = plugged.another()
    other._codec.token = plugged.venue._codec.token
    [ended] = plugged.connect(other)
    assert isinstance(ended, Ended)
    assert "only one session" in ended.reason
    assert plugged.venue.session.is_ready


def test_second_connection_is_refused_where_the_quirk_says_so() -> None:
    plugged = Plugged(second_session="refuse").logged_in()
    plugged.connect()
    address = plugged.run(plugged.venue.links[0].address(plugged.now))
    request = Request(method="GET", url=address.url, headers=address.headers)
    refused = plugged.simulator.connect(request, plugged.now)
    assert isinstance(refused, Response)
    assert refused.status == 403


def test_extended_token_keeps_the_feed_and_another_ends_it() -> None:
    plugged = Plugged().logged_in()
    plugged.connect()
    plugged.now += 25 * 60 * SECOND
    plugged.run(plugged.venue.login(plugged.now))
    plugged.venue.session.renewed(plugged.now)
    plugged.hear()
    peer = plugged.peers[0]
    peer.receive('{"type":6}\x1e', T0 + HOUR + SECOND)
    peer.timeout(T0 + HOUR + SECOND)
    plugged.hear()
    assert peer.deadline() is not None
    peer.receive('{"type":6}\x1e', T0 + 2 * HOUR)
    peer.timeout(T0 + 2 * HOUR)
    assert peer.closing is not None


def test_ids_of_another_day_are_learned_anew() -> None:
    plugged = Plugged(ids="daily").logged_in()
    plugged.connect()
    plugged.now += 24 * HOUR - 10 * SECOND
    plugged.venue._refresh_token = None
    plugged.run(plugged.venue.login(plugged.now))
    plugged.run(plugged.venue.resync("main", plugged.now))
    [ended] = [e for e in plugged.venue.session.events() if isinstance(e, Ended)]
    assert "ids of instruments" in ended.reason
    assert plugged.submit()


def test_maintenance_answers_everything_alike() -> None:
    plugged = Plugged().logged_in()
    plugged.faults.set(Fault.MAINTENANCE, Chance())
    with pytest.raises(NotSent, match="planned maintenance"):
        plugged.submit()


def test_fifty_requests_a_minute_are_enough() -> None:
    plugged = Plugged().logged_in()
    plugged.now += 60 * SECOND
    request = plugged.venue._codec.request("GET", "/accounts")
    statuses = [plugged.simulator.answer(request, plugged.now).status for _ in range(51)]
    assert statuses == [200] * 50 + [429]


def test_lists_come_in_parts() -> None:
    plugged = Plugged().logged_in()
    for number in range(60):
        plugged.now += 3 * SECOND
        plugged.submit(client_order_id=f"bot-1-{number}", quantity=1.0)
    plugged.now += 60 * SECOND
    truth = plugged.run(plugged.venue.resync("main", plugged.now))
    assert len(truth.orders) == len(truth.fills) == 60


def test_bars_bookings_and_news_are_served() -> None:
    plugged = Plugged().logged_in()
    plugged.submit()
    day = T0 // (24 * HOUR) * (24 * HOUR)
    bars = plugged.run(plugged.venue.history(INGA, "1m", day, day + 600 * SECOND))
    assert [bar.ts_open for bar in bars] == [day + n * 60 * SECOND for n in range(10)]
    codec = plugged.venue._codec
    when = plugged.venue._directory.learned_on
    assert when is not None
    [booking] = plugged.run(flows.transactions(codec, "main", when, when))
    assert booking.quantity == 10
    assert plugged.run(flows.news(codec, "main")) == ()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/accounts/nobody/balances", 404),
        ("GET", "/nothing", 404),
        ("DELETE", "/accounts/main/orders/99", 404),
        ("GET", "/quotes/none/history", 404),
        ("POST", "/accounts/main/orders", 400),
    ],
)
def test_refusals_have_the_venue_s_shape(method: str, path: str, status: int) -> None:
    plugged = Plugged().logged_in()
    request = plugged.venue._codec.request(method, path, body={})
    response = plugged.simulator.answer(request, plugged.now)
    assert response.status == status
    shape = {"developerMessage", "endUserMessage", "errorCode", "errorId"}
    assert set(json.loads(response.body)) == shape
