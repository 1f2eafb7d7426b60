"""Models of latency: what they draw, what they interpolate, and that nothing overtakes."""

from pathlib import Path
from statistics import mean, median

import pytest

from backtest.latency import ExponentialDelay, Latency, Link, LogNormalDelay, RecordedDelay
from backtest.latency_file import recorded_delays
from engine.errors import DataError
from engine.model.commands import CancelOrder, OrderType, ReplaceOrder, Side, SubmitOrder
from engine.model.reports import OrderAccepted, OrderFilled

MS = 1_000_000
NAMES = [f"b-0-{number}:0" for number in range(2_000)]


def submit(name: str) -> SubmitOrder:
    return SubmitOrder(name, "s", "main", "X.SIM", 0, Side.BUY, OrderType.MARKET, 1.0)


def test_exponential_delays_have_their_mean_and_their_minimum() -> None:
    delay = ExponentialDelay(mean=5 * MS, minimum=2 * MS, seed=7)
    drawn = [delay.at("order", name, 0) for name in NAMES]
    assert min(drawn) >= 2 * MS
    assert mean(drawn) == pytest.approx(5 * MS, rel=0.05)


def test_lognormal_delays_have_their_median() -> None:
    delay = LogNormalDelay(median=5 * MS, sigma=0.5, seed=7)
    drawn = [delay.at("order", name, 0) for name in NAMES]
    assert median(drawn) == pytest.approx(5 * MS, rel=0.05)
    assert sum(each > 5 * MS * 2.664 for each in drawn) == pytest.approx(50, abs=25)


@pytest.mark.parametrize("model", [ExponentialDelay, LogNormalDelay])
def test_chance_depends_on_seed_purpose_and_order_alone(
    model: type[ExponentialDelay | LogNormalDelay],
) -> None:
    delay, other = model(5 * MS, seed=1), model(5 * MS, seed=2)
    first = delay.at("order", "b-0-1:0", 0)
    assert [delay.at("order", name, 0) for name in NAMES[:3]]
    assert delay.at("order", "b-0-1:0", 99) == first
    assert delay.at("cancel", "b-0-1:0", 0) != first
    assert delay.at("order", "b-0-2:0", 0) != first
    assert other.at("order", "b-0-1:0", 0) != first


def test_recorded_delays_are_interpolated_between_their_times() -> None:
    delay = RecordedDelay((100, 200, 400), (10, 30, 20))
    wanted = {0: 10, 100: 10, 150: 20, 199: 29, 200: 30, 300: 25, 400: 20, 999: 20}
    assert {ts: delay.at("order", "", ts) for ts in wanted} == wanted


def test_each_command_has_its_delay() -> None:
    link = Link(Latency(order=5, cancel=2, replace=3, response=4))
    assert link.command_at(submit("a"), 10) == 15
    assert link.command_at(CancelOrder("a", "main", "X.SIM", 0, 1), 10) == 12
    assert link.command_at(ReplaceOrder("a", "main", "X.SIM", 0, 2, 1.0), 10) == 13
    accepted = OrderAccepted(client_order_id="a", instrument="X.SIM", ts_event=20, ts_recv=20)
    assert link.report_at(accepted) == 24
    assert Link(Latency(order=5)).command_at(ReplaceOrder("a", "m", "X.SIM", 0, 2, 1.0), 0) == 5


def test_nothing_overtakes_what_was_sent_before_on_a_modelled_way() -> None:
    delay = LogNormalDelay(median=5 * MS, sigma=1.0, seed=7)
    link = Link(Latency(order=delay, cancel=delay, response=delay))
    arrivals = [link.command_at(submit(f"o{number}"), number * MS) for number in range(200)]
    assert arrivals == sorted(arrivals)
    assert len({arrival - number * MS for number, arrival in enumerate(arrivals)}) > 50
    fills = [
        OrderFilled(
            client_order_id="a",
            instrument="X.SIM",
            ts_event=number * MS,
            ts_recv=number * MS,
            trade_id=f"T{number}",
            side=Side.BUY,
            quantity=1.0,
            price=1.0,
            fee=0.0,
            fee_currency="USD",
        )
        for number in range(200)
    ]
    told = [link.report_at(fill) for fill in fills]
    assert told == sorted(told)


def file_of(folder: Path, *rows: str) -> Path:
    path = folder / "latencies.csv"
    path.write_text("\n".join(("ts_sent,ts_exchange,ts_received", *rows)) + "\n")
    return path


def test_file_gives_the_ways_there_and_back(tmp_path: Path) -> None:
    there, back = recorded_delays(file_of(tmp_path, "100,110,115", "200,230,236"))
    assert (list(there.times), list(there.delays)) == ([100, 200], [10, 30])
    assert (list(back.times), list(back.delays)) == ([110, 230], [5, 6])


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ((), "holds no row"),
        (("1,2,x",), "holds no latencies"),
        (("100,90,115",), ":2: sent 100"),
        (("100,110,115", "100,120,125"), ":3 is not later"),
    ],
)
def test_file_that_cannot_be_is_refused(tmp_path: Path, rows: tuple[str, ...], said: str) -> None:
    with pytest.raises(DataError, match=said):
        recorded_delays(file_of(tmp_path, *rows))


def test_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no latencies"):
        recorded_delays(tmp_path / "none.csv")
