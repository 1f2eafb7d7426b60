"""ALOR's venue and simulator against each other: orders, streams, lists, tokens, both channels."""

import pytest

from connectors import alor, invia
from connectors.frame.session import Ended
from connectors.simulation.faults import Chance, Fault
from connectors.simulation.simulator import SimulatorTerms
from engine.errors import LoginRefused, OutcomeUnknown, TokenRefused
from engine.model.commands import (
    CancelOrder,
    OrderType,
    ReplaceOrder,
    Side,
    SubmitOrder,
    TimeInForce,
)
from engine.model.instrument import Instrument
from engine.model.market import BookSnapshot, QuoteTick, TradeTick
from engine.model.reports import (
    CancelRejected,
    OrderAccepted,
    OrderCanceled,
    OrderFilled,
    OrderRejected,
    OrderReplaced,
    OrderTriggered,
    ReplaceRejected,
)
from engine.model.subscription import DataKind, Subscription
from engine.model.truth import PositionRecord, Standing
from tests.wire.alor_pair import START, AlorPair, S

CHANNELS = ["socket", "http"]


@pytest.fixture(params=CHANNELS)
def pair(request: pytest.FixtureRequest) -> AlorPair:
    found = AlorPair(alor.PACKAGE, order_channel=request.param)
    found.start()
    found.quote(250.0, 250.1)
    found.take()
    return found


def submit(
    pair: AlorPair,
    side: Side = Side.BUY,
    quantity: float = 100.0,
    *,
    price: float | None = None,
    stop: float | None = None,
    number: int = 1,
    tif: TimeInForce = TimeInForce.GTC,
) -> SubmitOrder:
    kinds = {
        (False, False): OrderType.MARKET,
        (True, False): OrderType.LIMIT,
        (False, True): OrderType.STOP,
        (True, True): OrderType.STOP_LIMIT,
    }
    kind = kinds[price is not None, stop is not None]
    return SubmitOrder(
        f"bot-1-{number}",
        "s",
        pair.account,
        pair.names[0],
        pair.now,
        side,
        kind,
        quantity,
        price=price,
        stop=stop,
        time_in_force=tif,
    )


def cancel(pair: AlorPair, request: int = 1) -> CancelOrder:
    return CancelOrder("bot-1-1", pair.account, pair.names[0], pair.now, request)


def replace(pair: AlorPair, quantity: float, price: float, request: int = 1) -> ReplaceOrder:
    return ReplaceOrder("bot-1-1", pair.account, pair.names[0], pair.now, request, quantity, price)


def test_limit_order_rests_fills_in_part_and_is_canceled(pair: AlorPair) -> None:
    told = [*pair.execute(submit(pair, price=249.0)), *pair.take(OrderAccepted)]
    assert [type(each) for each in told] == [OrderAccepted]
    pair.quote(248.9, 248.95, size=40.0)
    (fill,) = pair.take(OrderFilled)
    assert isinstance(fill, OrderFilled)
    assert (fill.client_order_id, fill.quantity) == ("bot-1-1", 40.0)
    pair.now += S
    assert pair.execute(cancel(pair)) == ()
    (canceled,) = pair.take(OrderCanceled)
    assert isinstance(canceled, OrderCanceled)
    assert canceled.filled == 40.0


def test_market_order_fills_and_moves_position_and_money(pair: AlorPair) -> None:
    pair.execute(submit(pair))
    fill, position = pair.take(OrderFilled, PositionRecord)
    assert isinstance(fill, OrderFilled)
    assert (fill.quantity, fill.price) == (100.0, 250.1)
    assert isinstance(position, PositionRecord)
    assert position.quantity == 100.0
    cash = pair.simulator_rows("positions")[1]
    assert cash["qtyUnits"] == 1_000_000.0 - 25_010.0


def test_replace_gets_a_new_number_and_its_cancel_is_not_told(pair: AlorPair) -> None:
    pair.execute(submit(pair, price=249.0))
    pair.quote(248.9, 248.95, size=40.0)
    first = pair.take(OrderFilled)[0]
    pair.quote(250.0, 250.1)
    told = [*pair.execute(replace(pair, 200.0, 249.5)), *pair.take(OrderReplaced, OrderCanceled)]
    (replaced,) = told
    assert isinstance(replaced, OrderReplaced)
    assert (replaced.quantity, replaced.price, replaced.request) == (200.0, 249.5, 1)
    assert isinstance(first, OrderFilled)
    assert replaced.venue_order_id != first.venue_order_id
    pair.quote(249.3, 249.4, size=1_000.0)
    filled = [each.quantity for each in pair.take(OrderFilled)]
    assert sum(filled) == 160.0
    assert pair.take(OrderCanceled) == []


def test_refusals_are_told_as_what_they_refuse(pair: AlorPair) -> None:
    (rejected,) = pair.execute(submit(pair, quantity=100_000_000.0, price=249.0))
    assert isinstance(rejected, OrderRejected)
    (too_late,) = pair.execute(cancel(pair))
    assert isinstance(too_late, CancelRejected)
    (unknown,) = pair.execute(replace(pair, 10.0, 249.0))
    assert isinstance(unknown, ReplaceRejected)
    assert pair.take(OrderAccepted, OrderRejected) == []


def test_cancel_of_a_filled_order_is_refused(pair: AlorPair) -> None:
    pair.execute(submit(pair, price=249.0))
    order = pair.broker.orders(pair.account)[0]
    pair.broker.cancel(order.venue_order_id, pair.now)
    (refused,) = pair.execute(cancel(pair))
    assert isinstance(refused, CancelRejected)
    assert "not found" in refused.reason


def test_stop_becomes_an_order_of_another_number(pair: AlorPair) -> None:
    pair.execute(submit(pair, Side.BUY, stop=251.0))
    pair.quote(251.0, 251.1)
    told = pair.take(OrderTriggered, OrderFilled, OrderAccepted)
    assert OrderTriggered in [type(each) for each in told]
    (fill,) = [each for each in told if isinstance(each, OrderFilled)]
    assert fill.client_order_id == "bot-1-1"


def test_stop_can_be_canceled(pair: AlorPair) -> None:
    pair.execute(submit(pair, Side.BUY, price=251.5, stop=251.0))
    pair.take()
    assert pair.execute(cancel(pair)) == ()
    assert [type(each) for each in pair.take(OrderCanceled)] == [OrderCanceled]


def test_lists_agree_with_the_broker(pair: AlorPair) -> None:
    pair.execute(submit(pair))
    pair.execute(submit(pair, price=249.0, number=2))
    pair.execute(submit(pair, Side.SELL, stop=240.0, number=3))
    truth = pair.run(pair.venue.resync(pair.account, pair.now))
    assert truth.orders is not None
    assert {(each.client_order_id, each.standing) for each in truth.orders} == {
        ("bot-1-1", Standing.FILLED),
        ("bot-1-2", Standing.WORKING),
        ("bot-1-3", Standing.WORKING),
    }
    assert truth.fills is not None
    assert [(fill.client_order_id, fill.quantity) for fill in truth.fills] == [("bot-1-1", 100.0)]
    assert truth.positions is not None
    assert [position.quantity for position in truth.positions] == [100.0]
    assert truth.balances is not None
    assert truth.balances[0].total == pair.broker.balance(pair.account).total
    assert truth.balances[0].available is not None


def test_empty_lists_are_empty_truth_not_missing_truth(pair: AlorPair) -> None:
    truth = pair.run(pair.venue.resync(pair.account, pair.now))
    assert (truth.orders, truth.fills, truth.positions) == ((), (), ())


def test_order_whose_answer_was_lost_is_found_by_its_comment() -> None:
    pair = AlorPair(alor.PACKAGE, order_channel="http")
    pair.start()
    pair.quote(250.0, 250.1)
    command = submit(pair, price=249.0)
    flow = pair.venue.execute(command, pair.now)
    pair.answer(next(flow))
    with pytest.raises(OutcomeUnknown):
        flow.throw(OutcomeUnknown("the connection was lost"))
    assert [type(each) for each in pair.take(OrderAccepted)] == [OrderAccepted]
    truth = pair.run(pair.venue.resync(pair.account, pair.now))
    assert truth.orders is not None
    assert [each.client_order_id for each in truth.orders] == ["bot-1-1"]
    assert pair.execute(cancel(pair)) == ()


def test_doubled_request_id_gets_the_first_answer_and_no_second_order() -> None:
    pair = AlorPair(alor.PACKAGE, order_channel="http")
    pair.start()
    pair.quote(250.0, 250.1)
    first = pair.execute(submit(pair, price=249.0))
    again = pair.execute(submit(pair, price=249.0))
    assert pair.requests[-1].header("X-REQID") == f"{pair.account};bot-1-1"
    assert first[0].venue_order_id == pair.broker.orders(pair.account)[0].venue_order_id
    assert len(pair.broker.orders(pair.account)) == 1
    assert [each.venue_order_id for each in again] == [first[0].venue_order_id]


def test_doubled_guid_is_refused_and_makes_no_second_order() -> None:
    pair = AlorPair(alor.PACKAGE)
    pair.start()
    pair.execute(submit(pair, price=249.0))
    (refused,) = pair.execute(submit(pair, price=249.0))
    assert isinstance(refused, OrderRejected)
    assert len(pair.broker.orders(pair.account)) == 1


def test_timeout_of_the_venue_itself_leaves_the_outcome_unknown() -> None:
    pair = AlorPair(alor.PACKAGE)
    pair.start()
    pair.faults.set(Fault.FAIL_AFTER, Chance(times=1))
    with pytest.raises(OutcomeUnknown):
        pair.execute(submit(pair, price=249.0))
    assert [type(each) for each in pair.take(OrderAccepted)] == [OrderAccepted]


def test_token_ends_and_commands_wait_for_a_new_one() -> None:
    pair = AlorPair(alor.PACKAGE, terms=SimulatorTerms(time_scale=60))
    pair.start()
    due = pair.venue.renew_at()
    assert due is not None
    assert START < due < START + 15 * S
    pair.now += 31 * S
    with pytest.raises(TokenRefused):
        pair.execute(submit(pair, price=249.0))
    pair.run(pair.venue.login(pair.now))
    pair.links["orders"].session.renewed(pair.now)
    pair.pump()
    pair.execute(submit(pair, price=249.0, number=2))
    assert [each.client_order_id for each in pair.take(OrderAccepted)] == ["bot-1-2"]


def test_running_subscriptions_outlive_the_token_and_new_ones_do_not_begin() -> None:
    pair = AlorPair(alor.PACKAGE, terms=SimulatorTerms(time_scale=60))
    pair.start()
    market = pair.links["market"].session
    market.subscribe(Subscription(pair.names[0], DataKind.QUOTES), pair.now)
    pair.pump()
    pair.now += 31 * S
    pair.take()
    pair.quote(250.0, 250.1)
    assert len(pair.take(QuoteTick)) == 1
    market.subscribe(Subscription(pair.names[0], DataKind.BOOK), pair.now)
    assert len(pair.take(Ended)) == 1


def test_wrong_refresh_token_is_a_refused_login() -> None:
    pair = AlorPair(alor.PACKAGE)
    pair.faults.set(Fault.REFUSE_LOGIN)
    with pytest.raises(LoginRefused):
        pair.run(pair.venue.login(pair.now))


def test_market_data_of_every_kind_comes_in_units(pair: AlorPair) -> None:
    market, name = pair.links["market"].session, pair.names[0]
    for kind in (DataKind.QUOTES, DataKind.TRADES, DataKind.BOOK, DataKind.STATUS):
        market.subscribe(Subscription(name, kind), pair.now)
    pair.take()
    pair.now += S
    pair.quote(251.0, 251.1, size=500.0)
    pair.trade(251.1, 30.0, 7)
    told = pair.take(QuoteTick, TradeTick, BookSnapshot)
    (quote, *_) = [each for each in told if isinstance(each, QuoteTick)]
    (trade,) = [each for each in told if isinstance(each, TradeTick)]
    (book,) = [each for each in told if isinstance(each, BookSnapshot)]
    assert (quote.bid, quote.ask_size) == (251.0, 500.0)
    assert (trade.price, trade.size, trade.aggressor) == (251.1, 30.0, 1)
    assert (book.bids[0], book.asks[1][0]) == ((251.0, 500.0), 251.11)


def test_books_are_conflated_to_the_last_state_of_an_interval(pair: AlorPair) -> None:
    market = pair.links["market"].session
    market.subscribe(Subscription(pair.names[0], DataKind.BOOK), pair.now)
    pair.now += S
    pair.take()
    for bid in (251.0, 251.1, 251.2):
        pair.quote(bid, bid + 0.1)
    assert len(pair.take(BookSnapshot)) == 1
    peer = pair.peers["market"]
    due = peer.deadline()
    assert due == pair.now + 10_000_000
    pair.now = due
    peer.timeout(pair.now)
    (last,) = pair.take(BookSnapshot)
    assert isinstance(last, BookSnapshot)
    assert last.bids[0][0] == 251.2


def test_bars_of_the_past_are_complete_and_come_once(pair: AlorPair) -> None:
    name = pair.names[0]
    end = START // (60 * S) * (60 * S)
    bars = pair.run(pair.venue.history(name, "1m", end - 600 * S, end + 600 * S))
    assert [bar.ts_open for bar in bars] == [end - n * 60 * S for n in range(10, 0, -1)]
    assert all(bar.ts_close - bar.ts_open == 60 * S for bar in bars)


@pytest.mark.parametrize("package", [alor.PACKAGE, invia.PACKAGE])
def test_instruments_are_those_of_the_simulator(package: object) -> None:
    pair = AlorPair(package)  # type: ignore[arg-type] # both are packages
    pair.run(pair.venue.login(pair.now))
    named = pair.run(pair.venue.instruments((*pair.names, f"NOSUCH.{pair.venue.name}"), pair.now))
    everything = pair.run(pair.venue.instruments((), pair.now))
    assert [each.id for each in named] == list(pair.names)
    assert [each.id for each in everything] == list(pair.names)
    for found, listed in zip(named, package.instruments, strict=True):  # type: ignore[attr-defined] # both are packages
        assert _grid(found) == _grid(listed)


def _grid(instrument: Instrument) -> tuple[object, ...]:
    step = instrument.quantity_step / instrument.quantity_scale
    return instrument.tick_at(1.0), step, instrument.point_value, instrument.currency


def test_without_a_token_history_is_late_and_orders_are_refused() -> None:
    pair = AlorPair(alor.PACKAGE, token=None)
    assert (pair.venue.links, pair.venue.accounts) == ((), ())
    pair.run(pair.venue.login(pair.now))
    pair.run(pair.venue.instruments(pair.names, pair.now))
    end = START // (60 * S) * (60 * S)
    bars = pair.run(pair.venue.history(pair.names[0], "1m", end - 3_600 * S, end))
    assert bars[-1].ts_close <= pair.now - 14 * 60 * S
    (refused,) = pair.execute(submit(pair, price=249.0))
    assert isinstance(refused, OrderRejected)
    assert "15 minutes" in refused.reason


def test_reconnected_streams_go_on_and_nothing_is_told_twice(pair: AlorPair) -> None:
    pair.execute(submit(pair, price=249.0))
    pair.take()
    pair.lose("account")
    pair.open("account")
    assert pair.take(OrderAccepted) == []
    pair.quote(248.0, 248.1)
    assert len(pair.take(OrderFilled)) == 1
