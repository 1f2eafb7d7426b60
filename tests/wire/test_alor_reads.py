"""Every read of ALOR's HTTP interface, asked of the simulator."""

import pytest

from connectors import alor
from connectors.alor_protocol.flows.auth import refresh
from connectors.alor_protocol.flows.reads import Reads
from connectors.alor_protocol.mapping.listing import Key
from connectors.alor_protocol.messages.margins import EstimateRequest
from connectors.alor_protocol.package import Section, settings_of
from connectors.alor_protocol.tokens import Login
from engine.errors import VenueError
from engine.model.commands import OrderType, Side, SubmitOrder, TimeInForce
from tests.wire.alor_pair import SERVED, START, AlorPair, S

SBER = Key("SBER", "MOEX")


@pytest.fixture
def pair() -> AlorPair:
    found = AlorPair(alor.PACKAGE)
    found.quote(250.0, 250.1, size=500.0)
    found.trade(250.1, 30.0, 7)
    return found


@pytest.fixture
def reads(pair: AlorPair) -> Reads:
    section = alor.PACKAGE.simulated(SERVED, (pair.account,))
    assert isinstance(section, Section)
    settings = settings_of(section, alor.QUIRKS, (pair.account,))
    login = Login(0.5)
    pair.run(refresh(settings.hosts, "simulated", login))
    return Reads(settings, login)


def test_clock_pairs_and_boards(pair: AlorPair, reads: Reads) -> None:
    assert pair.run(reads.time()) == START // S
    assert pair.run(reads.currency_pairs()) == []
    assert pair.run(reads.boards(SBER)) == ["TQBR"]


def test_instruments_alone_in_pages_and_by_text(pair: AlorPair, reads: Reads) -> None:
    (alone,) = pair.run(reads.security(SBER))
    assert (alone.symbol, alone.lot_size, alone.min_step, alone.market) == (
        "SBER",
        10,
        0.01,
        "FOND",
    )
    assert pair.run(reads.security(Key("NONE", "MOEX"))) == []
    page = pair.run(reads.securities("MOEX", 2, 1))
    assert [row.symbol for row in page] == ["GAZP", "LKOH"]
    found = pair.run(reads.search("ber", "MOEX", 5))
    assert [row.symbol for row in found] == ["SBER"]


def test_quotes_books_and_trades_in_lots(pair: AlorPair, reads: Reads) -> None:
    (quote,) = pair.run(reads.quotes([SBER]))
    assert (quote.bid, quote.ask, quote.bid_vol, quote.last_price) == (250.0, 250.1, 50, 250.1)
    book = pair.run(reads.book(SBER, 3))
    assert [(level.price, level.volume) for level in book.asks] == [
        (250.1, 50),
        (250.11, 100),
        (250.12, 150),
    ]
    (trade,) = pair.run(reads.trades_of_today(SBER, 7, 10))
    assert (trade.id, trade.qty, trade.price, trade.side) == (7, 3, 250.1, "buy")
    assert pair.run(reads.trades_of_today(SBER, 8, 10)) == []


def test_trades_of_past_sessions_come_in_pages(pair: AlorPair, reads: Reads) -> None:
    midnight = START // S // 86_400 * 86_400
    first = pair.run(reads.trades_of_the_past(SBER, midnight - 600, START // S, 6, 0))
    rest = pair.run(reads.trades_of_the_past(SBER, midnight - 600, START // S, 6, 6))
    assert (first.total, len(first.rows), len(rest.rows)) == (10, 6, 4)
    times = [row.timestamp // 1_000 for row in [*first.rows, *rest.rows]]
    assert times == list(range(midnight - 600, midnight, 60))
    with pytest.raises(VenueError, match="400"):
        pair.run(reads.trades_of_the_past(SBER, 0, 1, 0, 0))


def test_nearest_future_is_found_by_its_base(pair: AlorPair, reads: Reads) -> None:
    assert pair.run(reads.nearest_future("MOEX", "CNY")).symbol == "CNY-6.25"
    with pytest.raises(VenueError, match="does not know"):
        pair.run(reads.nearest_future("MOEX", "SBER"))


def test_orders_and_holdings_one_by_one(pair: AlorPair, reads: Reads) -> None:
    pair.start()
    for number, (quantity, price) in enumerate([(10.0, 250.1), (20.0, 240.0)]):
        order = SubmitOrder(
            f"bot-1-{number}",
            "s",
            pair.account,
            pair.names[0],
            pair.now,
            Side.BUY,
            OrderType.LIMIT,
            quantity,
            price=price,
            time_in_force=TimeInForce.DAY,
        )
        pair.execute(order)
    newest = pair.simulator_rows("orders")[-1]["id"]
    assert pair.run(reads.order(pair.account, newest)).qty_batch == 2
    assert pair.run(reads.position(pair.account, "SBER")).qty_units == 10
    for missing in (reads.order(pair.account, "1"), reads.stop_order(pair.account, "1")):
        with pytest.raises(VenueError, match="does not know"):
            pair.run(missing)


def test_money_of_a_derivatives_portfolio(pair: AlorPair, reads: Reads) -> None:
    figures = pair.run(reads.derivatives_risk(pair.account))
    assert (figures.money_amount, figures.is_limits_set) == (1_000_000.0, False)


def test_estimate_counts_lots_and_money(pair: AlorPair, reads: Reads) -> None:
    asked = EstimateRequest(pair.account, "SBER", "MOEX", price=250.0, lot_quantity=2)
    found = pair.run(reads.estimate(asked))
    assert (found.order_evaluation, found.not_margin_quantity_to_buy) == (5_000.0, 400)
    assert found.not_margin_quantity_to_sell == 0
    with pytest.raises(VenueError, match="403"):
        pair.run(reads.estimate(EstimateRequest("other", "SBER", "MOEX", price=1.0)))


def test_risk_rates_of_an_instrument(pair: AlorPair, reads: Reads) -> None:
    page = pair.run(reads.risk_rates(1, "MOEX", "SBER"))
    (rate,) = page.rates
    assert (page.total, rate.instrument, rate.risk_category_id) == (1, "SBER", 1)
    assert rate.rate_up == 100 * pair.broker.instruments["SBER.ALOR"].margin_initial


def test_risk_of_a_portfolio(pair: AlorPair, reads: Reads) -> None:
    figures = pair.run(reads.risk(pair.account))
    assert (figures.portfolio, figures.risk_status) == (pair.account, "Ok")
    assert figures.portfolio_evaluation == 1_000_000.0
