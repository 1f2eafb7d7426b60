"""Whole backtests of small recordings: money adds up, and nothing depends on how data is cut."""

import hashlib
import os
import subprocess
import sys
from collections import Counter
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pyarrow.parquet as pq
import pytest

from backtest import data_source
from backtest.catalogue import Catalogue
from engine.ledger.account import Account
from engine.strategy.base import Strategy
from engine.strategy.context import Timer
from engine.strategy.state import HostState
from tests.house.sources import ROOT
from tests.runs.small import (
    DAX,
    DELAYS,
    EURUSD,
    FRICTION,
    MINUTE,
    MINUTES,
    SECOND,
    SPY,
    START,
    TICKS,
    Restless,
    bars_of,
    restless,
    run,
    write_catalogue,
)

WAYS = [(), FRICTION, (*FRICTION, *DELAYS)]
BARS = ["next_open", "close", "ohlc_path"]


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("small") / "catalog"
    write_catalogue(path)
    return path


def rules(fills: str) -> tuple[str, ...]:
    """Return settings that choose how bars fill; ticks are matched as ticks."""
    return tuple(f'exchange.instruments."{each.id}".fills="{fills}"' for each in (SPY, EURUSD))


def value(number: float) -> Fraction:
    return Fraction(f"{number:.15g}")


@pytest.mark.parametrize("settings", WAYS)
def test_two_runs_of_the_same_are_the_same_to_the_byte(
    catalog: Path, settings: tuple[str, ...], tmp_path: Path
) -> None:
    logs = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        outcome = run(catalog, settings=settings, folder=folder)
        log = (folder / "decisions.log").read_bytes()
        assert outcome.digest == hashlib.sha256(log).hexdigest()
        logs.append(log)
    assert logs[0] == logs[1]
    assert len(logs[0].splitlines()) > 300


@pytest.mark.parametrize("fills", BARS)
@pytest.mark.parametrize("settings", WAYS)
def test_digest_does_not_depend_on_how_the_recording_is_cut(
    catalog: Path, settings: tuple[str, ...], fills: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    digests = []
    for rows in (8_192, 1, 37):
        monkeypatch.setattr(data_source, "CHUNK_ROWS", rows)
        digests.append(run(catalog, settings=(*settings, *rules(fills))).digest)
    assert digests == [digests[0]] * 3


def test_digest_does_not_depend_on_the_seed_of_hashes(catalog: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from tests.runs import small; "
        "print(small.run(Path(sys.argv[1]), settings=small.FRICTION).digest)"
    )
    digests = [run(catalog, settings=FRICTION).digest]
    for seed in ("0", "1"):
        done = subprocess.run(
            [sys.executable, "-c", script, str(catalog)],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )
        digests.append(done.stdout.strip())
    assert digests == [digests[0]] * 3


def test_digest_does_not_depend_on_writing_a_folder(catalog: Path, tmp_path: Path) -> None:
    assert run(catalog).digest == run(catalog, folder=tmp_path).digest


def test_digest_tells_runs_of_other_seeds_apart(catalog: Path) -> None:
    other = [(name, account, Restless(instrument=strategy.instrument, seed=9))
             for name, account, strategy in restless()
             if isinstance(strategy, Restless)]  # fmt: skip
    assert run(catalog).digest != run(catalog, other).digest


@pytest.mark.parametrize("settings", WAYS)
def test_strategies_add_up_to_their_accounts(catalog: Path, settings: tuple[str, ...]) -> None:
    outcome = run(catalog, settings=settings)
    assert outcome.fills > 100
    assert outcome.faults == ()
    portfolio = outcome.kernel.portfolio
    for account in portfolio.accounts.values():
        for name, position in account.positions.items():
            held = [
                each.quantity
                for host in outcome.kernel.hosts
                for owner, each in portfolio.strategy_positions(host)
                if (owner, each.instrument.id) == (account.id, name)
            ]
            assert sum(held) == position.quantity


@pytest.mark.parametrize("settings", WAYS)
@pytest.mark.parametrize("fills", BARS)
def test_every_cent_is_start_plus_what_fills_moved_less_fees(
    catalog: Path, settings: tuple[str, ...], fills: str, tmp_path: Path
) -> None:
    outcome = run(catalog, settings=(*settings, *rules(fills)), folder=tmp_path)
    starts = {"main": {"USD": 1_000_000}, "euro": {"EUR": 500_000, "USD": 2_000}}
    for account in outcome.kernel.portfolio.accounts.values():
        rows = [row for row in table(tmp_path, "fills") if row["account"] == account.id]
        for currency, money in account.balances.items():
            expected = Fraction(starts[account.id].get(currency, 0))
            expected += moved(rows, currency) + carried(account, currency)
            assert Fraction(money.units, 10**money.digits) == expected


def table(folder: Path, name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(folder / f"{name}.parquet").to_pylist()
    return rows


def moved(fills: list[dict[str, Any]], currency: str) -> Fraction:
    """Return what fills moved in a currency: minus what was paid for them, minus fees."""
    total = Fraction(0)
    for fill in fills:
        if fill["currency"] == currency:
            size = value(fill["quantity"]) * fill["side"]
            total -= size * value(fill["price"]) * value(fill["multiplier"])
        if fill["fee_currency"] == currency:
            total -= value(fill["fee"])
    return total


def carried(account: Account, currency: str) -> Fraction:
    """Return the cost of what is held in instruments of a currency."""
    return sum(
        (
            Fraction(each.cost, 10**each.money_digits) * Fraction(each.instrument.multiplier)
            for each in account.positions.values()
            if each.instrument.currency == currency
        ),
        Fraction(0),
    )


def test_last_equity_is_what_the_account_is_worth(catalog: Path, tmp_path: Path) -> None:
    outcome = run(catalog, settings=FRICTION, folder=tmp_path)
    portfolio = outcome.kernel.portfolio
    for account in portfolio.accounts.values():
        rows = [row for row in table(tmp_path, "equity") if row["account"] == account.id]
        times = [row["ts"] for row in rows]
        assert times == sorted(set(times))
        assert (times[0], times[-1]) == (outcome.period.start, outcome.period.end)
        last = rows[-1]
        assert last["equity"] == last["balance"] + last["unrealised"] == portfolio.equity(account)


def test_orders_table_has_every_order_once_in_its_last_state(catalog: Path, tmp_path: Path) -> None:
    outcome = run(catalog, settings=(*FRICTION, *DELAYS), folder=tmp_path)
    orders = table(tmp_path, "orders")
    ids = [order["client_order_id"] for order in orders]
    assert len(ids) == len(set(ids))
    assert len(ids) == outcome.orders + outcome.denied + len(outcome.open_orders)
    assert {"filled", "canceled", "denied", "expired"} <= {order["status"] for order in orders}
    filled: Counter[str] = Counter()
    for fill in table(tmp_path, "fills"):
        filled[fill["client_order_id"]] += round(fill["quantity"] * 10)
    for order in orders:
        assert round(order["filled"] * 10) == filled[order["client_order_id"]]


def test_nobody_hears_of_anything_twice_or_out_of_time(catalog: Path) -> None:
    strategies = restless()
    outcome = run(catalog, strategies, settings=(*FRICTION, *DELAYS))
    for name, _, strategy in strategies:
        assert isinstance(strategy, Restless)
        times = [ts for ts, _ in strategy.heard if ts >= START]
        assert times == sorted(times), name
        assert outcome.kernel.hosts[name].state == HostState.RUNNING


def test_strategies_see_delayed_quotes_when_they_arrive(catalog: Path) -> None:
    seen: dict[str, list[int]] = {}
    for delay in ("0", "1500"):
        strategy = Restless(instrument=DAX.id)
        run(catalog, [("dax", ("main",), strategy)], [f"exchange.latency_ms.feed={delay}"])
        seen[delay] = [ts for ts, kind in strategy.heard if kind in ("QuoteTick", "TradeTick")]
    assert len(seen["0"]) == len(seen["1500"])
    recorded = 2_000_000  # the recording's own delay, which a delay by setting stands in for
    assert [ts - 1_500_000_000 for ts in seen["1500"]] == [ts - recorded for ts in seen["0"]]


def test_warm_up_bars_are_those_before_the_start_and_come_once(catalog: Path) -> None:
    strategy = Restless(instrument=SPY.id)
    start = 'run.start="2022-01-01T00:30:00Z"'
    outcome = run(catalog, [("spy", ("main",), strategy)], [start])
    assert outcome.period.start == START + 30 * MINUTE
    log = [ts for ts, kind in strategy.heard if kind == "Bar"]
    assert log[:3] == [START + 30 * MINUTE] * 3
    assert log[3] == START + 30 * MINUTE
    assert outcome.warmups == ()


class Unnamed(Strategy):
    """Trade an instrument that no parameter names, with timers set before it is known."""

    def on_start(self) -> None:
        self.fired: list[int] = []
        self.subscribe_bars(SPY.id, "1m")
        self.every(600)
        self.cron("0 * * * *")
        self.cancel_timer(self.every(60))

    def on_timer(self, timer: Timer) -> None:
        self.fired.append(self.now)


def test_timers_set_at_the_start_begin_with_the_run_whatever_else_is_recorded(
    tmp_path: Path,
) -> None:
    path = tmp_path / "catalog"
    write_catalogue(path)
    earlier = bars_of(EURUSD, 11_000, 1, 9, START - 3 * 86_400 * SECOND)
    Catalogue(path).write(EURUSD, [earlier])
    strategy = Unnamed()
    outcome = run(path, [("spy", ("main",), strategy)])
    assert outcome.period.start == START + MINUTE
    assert strategy.fired[:8] == [START + n * 10 * MINUTE for n in (1, 2, 3, 4, 5, 6, 6, 7)]
    assert {later - ts for ts, later in pairwise(strategy.fired)} == {0, 600 * SECOND}


def test_decisions_are_one_object_a_line_that_says_what_it_is(
    catalog: Path, tmp_path: Path
) -> None:
    run(catalog, settings=(*FRICTION, *DELAYS), folder=tmp_path)
    lines = (tmp_path / "decisions.log").read_bytes().splitlines()
    kinds = {msgspec.json.decode(line)["event"] for line in lines}
    assert {
        "SubmitOrder", "ReplaceOrder", "CancelOrder", "OrderAccepted", "OrderFilled",
        "OrderCanceled", "OrderReplaced", "OrderExpired", "OrderDenied",
    } <= kinds  # fmt: skip


def test_outcome_counts_rows_and_denials(catalog: Path, tmp_path: Path) -> None:
    outcome = run(catalog, settings=FRICTION, folder=tmp_path)
    assert outcome.events == 2 * MINUTES + 2 * TICKS
    assert outcome.fills == len(table(tmp_path, "fills"))
    said = Counter(
        msgspec.json.decode(line)["reason"]
        for line in (tmp_path / "decisions.log").read_bytes().splitlines()
        if b'"event":"OrderDenied"' in line
    )
    assert outcome.denials == dict(said)
