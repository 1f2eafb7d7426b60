"""A paper run: the venue's market data, the simulated exchange, and nothing sent to the venue."""

import asyncio
import json
import signal
from pathlib import Path

from engine.journal.disk import SystemDisk
from engine.journal.reader import read_run
from engine.model.commands import SubmitOrder
from engine.model.market import QuoteTick
from engine.model.reports import Liquidity, OrderAccepted, OrderCanceled, OrderFilled
from engine.recovery.snapshot import Snapshot
from lockstep.live.replaying import replay_run
from lockstep.parity.run import parity
from tests.live.demo_bot import runs_of, start, until, venue


def runs(folder: Path) -> list[Path]:
    return runs_of(folder)


def fills(folder: Path) -> int:
    """Count the fills that the newest run has logged."""
    log = runs(folder)[-1] / "log.jsonl"
    return log.read_text().count('"event":"fill"') if log.exists() else 0


async def paper(folder: Path) -> Path:
    """Run until a few fills are booked, stop in order, and return the run's folder."""
    before = len(runs(folder))
    bot = await start(folder, "--paper", "--set", "live.on_stop=keep")
    await until(lambda: len(runs(folder)) > before and fills(folder) > 15, bot)
    bot.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(bot.wait(), 20) == 0, (folder / "output.log").read_text()
    return runs(folder)[-1]


def bodies(run: Path) -> list[object]:
    return [entry.body for entry in read_run(SystemDisk(), run)]


async def test_a_paper_run_trades_replays_and_carries_its_books_over(tmp_path: Path) -> None:
    async with venue(tmp_path, seed=3) as broker:
        first = await paper(tmp_path)
        second = await paper(tmp_path)
        assert broker.orders("main") == []
    for run in (first, second):
        assert replay_run(run).difference is None
        summary = json.loads((run / "summary.json").read_text())
        assert (summary["mode"], summary["reason"]) == ("paper", "signal SIGTERM")
        assert summary["fills"] == sum(isinstance(each, OrderFilled) for each in bodies(run))
    held = sum(each.quantity * each.side for each in bodies(first) if isinstance(each, OrderFilled))
    books = next(each for each in bodies(second) if isinstance(each, Snapshot))
    (position,) = [each for each in books.positions if not each.strategy]
    assert position.quantity == held
    left = {each.client_order_id for each in books.orders if each.life == 2}
    canceled = {each.client_order_id for each in bodies(second) if isinstance(each, OrderCanceled)}
    assert left <= canceled
    sent = [each.client_order_id for each in bodies(second) if isinstance(each, SubmitOrder)]
    assert all(name.split("-")[1] == "2" for name in sent)
    compared = parity(first).comparison
    assert (compared.missing, compared.extra) == ((), ())
    unlike = [pair for pair in compared.pairs if not pair.filled_alike]
    assert len(unlike) <= 2  # what was on its way when the run stopped
    assert len(compared.pairs) > 10


ON_BOOKS = """
from lockstep import Book, Strategy


class Tireless(Strategy):
    instrument: str = "ACME.DEMO"

    def on_start(self) -> None:
        self.count = 0
        self.subscribe_quotes(self.instrument)
        self.subscribe_book(self.instrument)

    def on_book(self, book: Book) -> None:
        self.count += 1
        if self.count % 8 == 0 and book.ask == book.ask:
            self.buy(self.instrument, 1, book.ask)
        elif self.count % 8 == 4 and book.bid == book.bid:
            self.sell(self.instrument, 1, book.bid)
"""


async def test_parity_uses_the_books_that_a_strategy_used(tmp_path: Path) -> None:
    async with venue(tmp_path, seed=11):
        (tmp_path / "kill_bot.py").write_text(ON_BOOKS)
        run = await paper(tmp_path)
    found = parity(run)
    assert (found.comparison.missing, found.comparison.extra) == ((), ())
    assert len(found.comparison.pairs) > 10
    assert not [text for text in found.caveats if "book" in text]


async def test_a_fill_is_told_behind_its_quote_and_at_its_time(
    tmp_path: Path,
) -> None:
    async with venue(tmp_path, seed=6):
        told = bodies(await paper(tmp_path))
    accepted = [each for each in told if isinstance(each, OrderAccepted)]
    assert all(each.ts_recv == each.ts_event for each in accepted)  # no latency is configured
    makers = [
        place
        for place, each in enumerate(told)
        if isinstance(each, OrderFilled) and each.liquidity is Liquidity.MAKER
    ]
    assert makers
    for place in makers:
        quote = next(each for each in reversed(told[:place]) if isinstance(each, QuoteTick))
        assert quote.ts_recv == told[place].ts_recv  # type: ignore[attr-defined] # of OrderFilled


async def test_a_strategy_that_cannot_start_is_the_users_error(tmp_path: Path) -> None:
    async with venue(tmp_path, seed=4):
        wrong = "strategies.Tireless.parameters.instrument=NOPE.DEMO"
        bot = await start(tmp_path, "--paper", "--set", wrong)
        assert await asyncio.wait_for(bot.wait(), 30) == 2
    assert "names instrument 'NOPE.DEMO'" in (tmp_path / "output.log").read_text()
    (run,) = runs(tmp_path)
    assert "NOPE.DEMO" in json.loads((run / "summary.json").read_text())["reason"]
