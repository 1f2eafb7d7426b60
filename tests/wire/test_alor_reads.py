"""Every read of ALOR's HTTP interface, asked of the simulator."""

import pytest

from connectors import alor
from connectors.alor_protocol.flows.auth import refresh
from connectors.alor_protocol.flows.reads import Reads
from connectors.alor_protocol.mapping.listing import Key
from connectors.alor_protocol.package import Section, settings_of
from connectors.alor_protocol.tokens import Login
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


def test_risk_of_a_portfolio(pair: AlorPair, reads: Reads) -> None:
    figures = pair.run(reads.risk(pair.account))
    assert (figures.portfolio, figures.risk_status) == (pair.account, "Ok")
    assert figures.portfolio_evaluation == 1_000_000.0
