"""Brackets and pairs over a restart: what filled meanwhile is followed, and nothing is doubled."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.journal.memory import MemoryDisk
from engine.journal.reader import located
from engine.journal.segments import segment_paths
from engine.journal.writer import JOURNAL, JournalPolicy
from engine.model.commands import OrderType, Side
from engine.model.market import QuoteTick
from engine.orders.groups import Bracket
from engine.orders.order import Order
from engine.strategy.base import Strategy
from tests.recovery.test_recovery import check, replayed
from tests.recovery.town import ABC, Bot, Killed, MortalDisk, Town

PROCESS = JournalPolicy(durability="process")
SMALL = JournalPolicy(durability="process", segment_bytes=4_096)
HELD = 4
STEPS = 60


class Guarded(Strategy):
    """Enter by a bracket, or at the market with a pair behind it, whenever there is nothing."""

    class State(Strategy.State):
        rounds: int = 0

    def on_start(self) -> None:
        self.subscribe_quotes(ABC.id)

    def on_quote(self, quote: QuoteTick) -> None:
        held = self.position(ABC.id).quantity
        if self.orders(ABC.id):
            return
        if held:
            self.oco(ABC.id, Side.SELL, held, price=quote.ask + 0.04, stop=quote.bid - 0.04)
        elif self.state.rounds % 3 < 2:
            stop, profit, price = quote.bid - 0.04, quote.ask + 0.06, quote.ask + 0.05
            self.bracket(ABC.id, Side.BUY, HELD, price, stop_loss=stop, take_profit=profit)
            self.state.rounds += 1
        else:
            self.buy(ABC.id, HELD)
            self.state.rounds += 1


def town_of(disk: MemoryDisk, seed: int, policy: JournalPolicy = PROCESS) -> Town:
    """Return a town whose quotes fill an entry in two parts."""
    return Town(disk, seed, policy, lambda _life: Guarded(), size=3.0)


def protected(town: Town) -> None:
    """Compare the exits at the venue with the position: each kind once, and for all of it."""
    held = town.venue.position
    assert 0 <= held <= HELD
    working = [each for each in town.venue.broker.orders("main") if each.is_working]
    exits = [each for each in working if each.side == Side.SELL]
    left = sorted((each.type, each.quantity - each.filled) for each in exits)
    assert left == ([(OrderType.LIMIT, held), (OrderType.STOP, held)] if held else [])


def exits_on_the_way(town: Town) -> bool:
    """Say whether the strategy has yet to follow its entry at the market with a pair."""
    working = [each for each in town.venue.broker.orders("main") if each.is_working]
    return not [each for each in working if each.side == Side.SELL]


def exits(town: Town) -> Counter[OrderType]:
    """Return how many exits of each type work at the venue."""
    orders = town.venue.broker.orders("main")
    return Counter(each.type for each in orders if each.is_working and each.side == Side.SELL)


def until_bracket(town: Town, is_met: Callable[[Bracket], bool]) -> Bracket:
    """Live a step at a time until a bracket is in some state; the bot dies there."""
    met: list[Bracket] = []

    def look(bot: Bot) -> bool:
        for order in known(bot):
            if isinstance(order.group, Bracket) and is_met(order.group):
                met.append(order.group)
                return True
        return False

    town.live(STEPS, until=look)
    assert met
    return met[0]


def known(bot: Bot) -> list[Order]:
    return list(bot.kernel.orders.orders.values())


def follow(bot: Bot, entry: str) -> Bracket:
    """Return the bracket of an entry in a later life."""
    group = bot.kernel.orders.orders[entry].group
    assert isinstance(group, Bracket)
    return group


def test_an_entry_that_fills_during_the_outage_gets_its_legs() -> None:
    town = town_of(MemoryDisk(), 1)
    before = until_bracket(town, lambda each: each.entry.is_open and not each.entry.filled)
    town.crash()
    town.outage(2)
    assert town.venue.position == HELD
    bracket = follow(town.live(0), before.entry.id)
    assert bracket.stop_loss is not None
    assert bracket.take_profit is not None
    assert bracket.stop_loss.id not in [each.id for each in before.orders]
    protected(town)


def test_a_leg_that_fills_during_the_outage_cancels_the_other() -> None:
    town = town_of(MemoryDisk(), 1)
    before = until_bracket(town, lambda each: [o.leaves for o in each.orders] == [0, HELD, HELD])
    town.crash()
    town.outage(3, change=0.5)
    assert town.venue.position == 0
    bot = town.live(0)
    bracket = follow(bot, before.entry.id)
    assert bracket.take_profit is not None
    assert bracket.take_profit.status == "filled"
    protected(town)
    check(town, bot)


def test_a_leg_that_never_reached_the_venue_is_sent_by_the_next_life() -> None:
    town = town_of(MemoryDisk(), 1)
    before = until_bracket(town, lambda each: len(each.orders) == 3)
    lost = [each.id for each in before.orders[1:]]
    town.venue.on_the_way.clear()
    town.crash()
    bracket = follow(town.live(0), before.entry.id)
    assert [each.status for each in bracket.orders if each.id in lost] == ["lost", "lost"]
    town.live(0)
    protected(town)


def test_groups_survive_the_change_of_a_segment() -> None:
    town = town_of(MemoryDisk(), 2, SMALL)
    for _ in range(4):
        town.live(STEPS)
        town.crash()
        check(town, town.live(0))
        if not exits_on_the_way(town):
            protected(town)
    assert len(segment_paths(town.disk, Path("/run-1") / JOURNAL)) > 2


def test_a_life_with_groups_replays_to_the_same_decisions() -> None:
    town = town_of(MemoryDisk(), 3)
    for _ in range(3):
        town.live(STEPS)
        town.crash()
    for life in (1, 2, 3):
        found = replayed(town, life, Guarded())
        assert found.difference is None
        assert found.decisions > 10


@pytest.mark.parametrize("torn", [0, 9, 1 << 20])
def test_a_kill_at_any_write_of_a_brackets_life_leaves_it_whole(torn: int) -> None:
    first = town_of(MemoryDisk(), 4)
    first.live(STEPS)
    for kill_at in range(1, first.disk.operations + 1):
        disk = MortalDisk(kill_at, torn)
        town = town_of(disk, 4)
        with pytest.raises(Killed):
            town.live(STEPS)
        disk.kill_at = 0
        town.crash()
        check(town, town.live(2))
        if not exits_on_the_way(town):
            protected(town)


def test_a_journal_with_groups_cut_at_every_entry_is_recovered_from() -> None:
    """Exits that the journal has lost are found at the venue, and the bracket takes them back."""
    town = town_of(MemoryDisk(), 3)
    first = town.live(STEPS)
    protected(town)
    entry = [o.group.entry.id for o in known(first) if isinstance(o.group, Bracket)][-1]
    town.crash()
    journal = Path("/run-1") / JOURNAL
    (path,) = segment_paths(town.disk, journal)
    starts = [e.start for e in located(town.disk, journal) if e.entry.sequence > first.begun]
    kept = {each: bytes(data) for each, data in town.disk.files.items()}
    for size in [at + more for at in starts for more in (-1, 0)][1:]:
        disk = town.disk = MemoryDisk()
        disk.files = {each: bytearray(data) for each, data in kept.items()}
        del disk.files[path][size:]
        bot = town.live(0)
        assert bot.position == town.venue.position
        assert exits(town) == {OrderType.STOP: 1, OrderType.LIMIT: 1}
        if entry in bot.kernel.orders.orders:
            assert [each.leaves for each in follow(bot, entry).orders[-2:]] == [HELD, HELD]
