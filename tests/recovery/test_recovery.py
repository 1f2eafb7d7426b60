"""A bot that ends at any write of its journal and begins again: nothing sent or booked twice."""

from collections.abc import Iterable
from pathlib import Path

import msgspec
import pytest

from engine.journal.entries import MARKET, Entry, Kind
from engine.journal.memory import MemoryDisk
from engine.journal.reader import located, read_run
from engine.journal.segments import segment_paths
from engine.journal.writer import JOURNAL, JournalPolicy
from engine.ledger.position import Position
from engine.live.automaton import Automaton
from engine.live.replay import Replayed, replay
from engine.model.commands import SubmitOrder
from engine.model.identifiers import OrderIds
from engine.model.reports import OrderFilled
from engine.recovery.restore import restore, take_snapshot
from engine.recovery.snapshot import Snapshot
from engine.strategy.base import Strategy
from tests.recovery.town import ABC, STREAMS, Bot, Busy, Killed, MortalDisk, Town
from tests.unit.rig import Rig

PROCESS = JournalPolicy(durability="process")
STEPS = 40


def check(town: Town, bot: Bot) -> None:
    """Compare the bot with the venue's own truth."""
    venue = town.venue
    assert len(venue.taken) == len(set(venue.taken)), "an order was sent twice"
    assert bot.position == venue.position
    assert sorted(open_orders(bot)) == sorted(working_orders(town))
    account = bot.kernel.portfolio.accounts["main"]
    theirs = venue.broker.accounts["main"].holdings.values()
    money = float(account.balances["USD"]) + open_profit(account.positions.values())
    truth = venue.broker.balance("main").total + open_profit(each.book for each in theirs)
    assert money == pytest.approx(truth)
    assert not fills_booked_twice(town)


def open_profit(positions: Iterable[Position]) -> float:
    return sum(position.unrealised_pnl(100.0) for position in positions)


def open_orders(bot: Bot) -> list[tuple[object, ...]]:
    orders = bot.kernel.orders.orders.values()
    return [(each.id, each.quantity, each.filled, each.price) for each in orders if each.is_open]


def working_orders(town: Town) -> list[tuple[object, ...]]:
    orders = town.venue.broker.orders("main")
    return [
        (each.client_order_id, each.quantity, each.filled, each.price)
        for each in orders
        if each.is_working
    ]


def fills_booked_twice(town: Town) -> list[str]:
    seen: list[str] = []
    for life in range(1, town.lives + 1):
        run = Path(f"/run-{life}")
        if segment_paths(town.disk, run / JOURNAL):
            seen += [
                entry.body.trade_id
                for entry in read_run(town.disk, run)
                if entry.kind is Kind.INPUT and isinstance(entry.body, OrderFilled)
            ]
    return [trade for trade in seen if seen.count(trade) > 1]


def replayed(
    town: Town, life: int, strategy: Strategy, entries: list[Entry] | None = None
) -> Replayed:
    """Replay a life, or what is left of it, with a strategy that is new."""
    bot = Bot(MemoryDisk(), town.venue, strategy, town.now)
    kernel = bot._kernel(OrderIds("abcd", life))
    automaton = Automaton(kernel, [("bot", ("main",), strategy)], lambda _name: STREAMS)
    return replay(entries or read_run(town.disk, Path(f"/run-{life}")), automaton)


def test_a_life_without_a_crash_agrees_with_the_venue() -> None:
    town = Town(MemoryDisk(), 1, PROCESS)
    bot = town.live(STEPS)
    check(town, bot)
    assert len(town.venue.broker.fills("main")) > 10


def test_a_restart_takes_over_orders_position_money_and_state() -> None:
    town = Town(MemoryDisk(), 2, PROCESS)
    first = town.live(STEPS)
    fills = first.automaton.contexts["bot"]._strategy.state.fills
    town.crash()
    second = town.live(0)
    check(town, second)
    assert second.automaton.contexts["bot"]._strategy.state.fills == fills > 0
    held = second.kernel.portfolio.held("bot", "main", ABC).position
    assert held.size == second.position == first.position


def test_the_journal_of_a_life_replays_to_the_same_decisions() -> None:
    town = Town(MemoryDisk(), 3, PROCESS)
    town.live(STEPS)
    town.crash()
    town.live(STEPS)
    for life in (1, 2):
        found = replayed(town, life, Busy(life))
        assert found.difference is None
        assert found.decisions > 20


def test_a_replay_with_another_strategy_names_the_first_difference() -> None:
    town = Town(MemoryDisk(), 3, PROCESS)
    town.live(STEPS)
    found = replayed(town, 1, Busy(77)).difference
    assert found is not None
    assert isinstance(found.recorded or found.replayed, SubmitOrder)


def writes(seed: int) -> int:
    town = Town(MemoryDisk(), seed, PROCESS)
    town.live(STEPS)
    return town.disk.operations


@pytest.mark.parametrize("torn", [0, 9, 1 << 20])
def test_a_kill_at_any_write_loses_and_doubles_nothing(torn: int) -> None:
    total = writes(4)
    assert total > 50
    for kill_at in range(1, total + 1):
        disk = MortalDisk(kill_at, torn)
        town = Town(disk, 4, PROCESS)
        with pytest.raises(Killed):
            town.live(STEPS)
        disk.kill_at = 0
        town.crash()
        check(town, town.live(3))


def test_a_journal_cut_at_every_byte_is_recovered_from() -> None:
    """Cut behind the books it begins with, which are synced before anything is sent.

    Inside an entry one cut is as good as another, as the tests of the journal show byte by byte.
    """
    town = Town(MemoryDisk(), 5, PROCESS)
    first = town.live(12)
    town.crash()
    journal = Path("/run-1") / JOURNAL
    (path,) = segment_paths(town.disk, journal)
    whole = bytes(town.disk.files[path])
    starts = [e.start for e in located(town.disk, journal) if e.entry.sequence > first.begun]
    kept = {each: bytes(data) for each, data in town.disk.files.items()}
    for size in [at + more for at in [*starts, len(whole)] for more in (-1, 0)][1:]:
        disk = town.disk = MemoryDisk()
        disk.files = {each: bytearray(data) for each, data in kept.items()}
        del disk.files[path][size:]
        bot = town.live(0)
        assert bot.position == town.venue.position
        assert sorted(open_orders(bot)) == sorted(working_orders(town))
        assert not fills_booked_twice(town)


def test_lost_reports_are_made_good_by_reconciliation() -> None:
    town = Town(MemoryDisk(), 6, PROCESS)
    town.lose = 0.3
    check(town, town.live(STEPS))


def test_books_finer_than_64_bits_survive_a_snapshot() -> None:
    before, after = Rig(), Rig()
    before.quote(9.99, 10.01)
    account = before.kernel.portfolio.accounts["main"]
    account.adjust("USD", 1e-14 / 3)
    order = before.do(lambda probe: probe.buy("ABC.SIM", 5))
    before.fill(order, 5, 10 + 1e-13, fee=0.000123456789012345, fee_currency="USD")
    taken = take_snapshot(before.kernel, {})
    stored = msgspec.msgpack.decode(msgspec.msgpack.encode(taken), type=Snapshot)
    restore(after.kernel, stored)
    found = after.kernel.portfolio.accounts["main"]
    assert account.balances["USD"].units > 2**64
    for ours, theirs in zip(account.balances.values(), found.balances.values(), strict=True):
        assert (ours.units, ours.digits) == (theirs.units, theirs.digits)
    assert found.positions["ABC.SIM"].cost == account.positions["ABC.SIM"].cost


def test_a_replay_ends_where_market_data_was_lost_with_the_power() -> None:
    town = Town(MemoryDisk(), 3, PROCESS)
    town.live(STEPS)
    entries = list(read_run(town.disk, Path("/run-1")))
    market = [n for n, entry in enumerate(entries) if type(entry.body) in MARKET]
    assert market, "the life saw no market"
    lost = market[len(market) // 2]
    whole = replayed(town, 1, Busy(1))
    short = replayed(town, 1, Busy(1), entries[:lost] + entries[lost + 1 :])
    assert short.difference is None
    assert short.inputs < whole.inputs
    assert not short.complete
