"""What a simulator plays: a recording as one of the venue's instruments, or rows from a seed."""

from itertools import islice, pairwise
from pathlib import Path

import pytest

from backtest.catalogue import Catalogue
from backtest.catalogue.generate import GeneratedSize, generate
from connectors.demo.package import PACKAGE
from connectors.simulation.faults import Chance, Fault, FaultPlan
from connectors.simulation.playback import play
from engine.errors import UsageError
from engine.model.instrument import AssetClass, Instrument
from engine.model.market import QuoteTick, TradeTick
from engine.simulation.chance import seeded_world
from lockstep.simulators import (
    generated_rows,
    make_broker,
    recorded_rows,
    venue_names,
    venue_package,
)

RECORDED = Instrument.define("XYZ.SIM", tick="0.01", currency="USD")
ACME = PACKAGE.instruments[2]


def catalogue(folder: Path, size: GeneratedSize) -> Catalogue:
    made = Catalogue(folder)
    generate(made, RECORDED, size, seed=3)
    return made


def test_quotes_and_trades_of_a_recording_come_merged_under_the_other_name(tmp_path: Path) -> None:
    recording = catalogue(tmp_path, GeneratedSize(quotes=300, trades=100, bars=50))
    rows = list(recorded_rows(recording, "XYZ.SIM", ACME))
    assert {row.instrument for row in rows} == {"ACME.DEMO"}
    kinds = [type(row) for row in rows]
    assert (kinds.count(QuoteTick), kinds.count(TradeTick)) == (300, 100)
    assert all(a.ts_recv <= b.ts_recv for a, b in pairwise(rows))


def test_bars_alone_give_four_quotes_each_on_the_grid(tmp_path: Path) -> None:
    recording = catalogue(tmp_path, GeneratedSize(bars=50))
    rows = list(recorded_rows(recording, "XYZ.SIM", ACME))
    assert len(rows) == 200
    for row in rows:
        assert isinstance(row, QuoteTick)
        assert ACME.price(row.bid) == row.bid
        assert ACME.ticks(row.ask - row.bid) == 1
    assert all(a.ts_recv < b.ts_recv for a, b in pairwise(rows))


def test_recording_of_nothing_that_moves_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"XYZ\.SIM"):
        recorded_rows(Catalogue(tmp_path), "XYZ.SIM", ACME)


def test_drawn_market_moves_every_instrument_in_the_order_of_time() -> None:
    rows = list(islice(generated_rows(PACKAGE, 5, 1_000), 500))
    assert {row.instrument for row in rows} == {each.id for each in PACKAGE.instruments}
    assert all(a.ts_recv <= b.ts_recv for a, b in pairwise(rows))
    assert rows == list(islice(generated_rows(PACKAGE, 5, 1_000), 500))


@pytest.mark.parametrize("venue", venue_names())
def test_drawn_market_begins_where_its_package_says(venue: str) -> None:
    package = venue_package(venue)
    first: dict[str, float] = {}
    for row in islice(generated_rows(package, 5, 1_000), 500):
        if isinstance(row, QuoteTick):
            first.setdefault(row.instrument, row.bid)
    assert package.prices.keys() <= first.keys()
    for name, price in package.prices.items():
        assert first[name] == pytest.approx(price, rel=0.01)
    currencies = {each.id for each in package.instruments if each.asset is AssetClass.FX}
    assert currencies <= package.prices.keys()


def seconds_to_play(plan: FaultPlan) -> float:
    """Return how long a hundred rows, a second apart, take to play."""
    broker = make_broker(PACKAGE)
    rows = [QuoteTick("ACME.DEMO", n * 10**9, n * 10**9, 99.0, 100.0, 1, 1) for n in range(100)]
    with seeded_world(0) as (loop, clock):
        began = clock.now()
        loop.run(play(broker, rows, clock, faults=plan))
        ended = broker.tape.quotes["ACME.DEMO"].ts_recv
    return (ended - began) / 1e9


def test_burst_plays_the_market_a_hundred_times_as_fast_for_its_span() -> None:
    assert seconds_to_play(FaultPlan()) == pytest.approx(99, abs=0.01)
    burst = Chance(times=1, span_ms=100.0)
    plan = FaultPlan(1, {Fault.BURST: burst})
    ended = seconds_to_play(plan)
    assert plan.counts[Fault.BURST] == 1
    assert 85 < ended < 98
