"""B2TRADER's token belongs to its connection: a second one takes over before one is closed."""

from collections.abc import Callable, Coroutine
from itertools import pairwise
from typing import Any

import pytest

from connectors.b2trader.package import PACKAGE
from connectors.frame.handover import merged
from engine.model.commands import Side
from engine.model.connection import FeedChanged, LinkChanged, LinkState
from engine.model.market import BookDelta, BookSnapshot, QuoteTick
from engine.model.reports import OrderFilled
from engine.model.subscription import DataKind
from engine.simulation.chance import seeded_world
from lockstep.conformance.stage import Stage

LIFE_S = 3_600
RENEWED_S = LIFE_S * 0.9
STEP_S = 0.05


def played(seed: int, scene: Callable[[Stage], Coroutine[Any, Any, None]]) -> None:
    """Play a scene that begins shortly before the first token is renewed, in virtual time."""
    with seeded_world(seed) as (loop, clock):

        async def whole() -> None:
            stage = Stage(PACKAGE, clock, seed)
            await stage.open()
            stage.subscribe(DataKind.QUOTES)
            stage.subscribe(DataKind.BOOK)
            await stage.rest(RENEWED_S - 20)
            await scene(stage)
            await stage.close()

        loop.run(whole())


async def lively(stage: Stage, seconds: float) -> list[float]:
    """Move the market with every step; return the bids that it had."""
    bids = []
    for number in range(round(seconds / STEP_S)):
        middle = number % 7 - 3
        stage.quote(middle)
        bids.append(stage.price(middle - 1))
        await stage.rest(STEP_S)
    return bids


@pytest.mark.parametrize("seed", range(3))
def test_no_quote_is_lost_and_none_told_twice_over_a_renewal(seed: int) -> None:
    async def scene(stage: Stage) -> None:
        since = len(stage.follower.of(QuoteTick))
        bids = await lively(stage, 40)
        told = [each.bid for each in stage.follower.of(QuoteTick)[since:]]
        assert told == bids

    played(seed, scene)


@pytest.mark.parametrize("seed", range(3))
def test_book_goes_on_from_one_snapshot_over_a_renewal(seed: int) -> None:
    async def scene(stage: Stage) -> None:
        since = len(stage.follower.events)
        bids = await lively(stage, 40)
        events = stage.follower.events[since:]
        books = [e for e in events if isinstance(e, BookSnapshot | BookDelta)]
        [switched] = [e for e in books if isinstance(e, BookSnapshot)]
        place = books.index(switched)
        for part in (books[:place], books[place:]):
            versions = dict.fromkeys(each.sequence for each in part)
            assert all(after - before == 1 for before, after in pairwise(versions))
        [book] = merged(books)
        assert book.bids[0][0] == bids[-1]

    played(seed, scene)


@pytest.mark.parametrize("seed", range(3))
def test_orders_are_filled_once_over_a_renewal_and_none_is_refused(seed: int) -> None:
    async def scene(stage: Stage) -> None:
        names = []
        for _ in range(40):
            names.append(stage.submit(Side.BUY))
            await stage.rest(0.5)
            names.append(stage.submit(Side.SELL, ticks=3))
            stage.quote(6)
            await stage.rest(0.5)
            stage.quote(0)
        await stage.rest(5)
        fills = stage.follower.of(OrderFilled)
        assert [each.client_order_id for each in fills] == names
        position = sum(each.quantity for each in stage.broker.positions(stage.account))
        assert (
            position
            == stage.connector.venue.account_session.position_records(  # type: ignore[attr-defined] # of this venue
                stage.account, 0
            )
            or position == 0
        )

    played(seed, scene)


def test_link_is_never_down_over_a_renewal_and_the_first_connection_is_closed() -> None:
    async def scene(stage: Stage) -> None:
        await lively(stage, 40)
        states = [each.state for each in stage.follower.of(LinkChanged) if each.link == "account"]
        assert states == [LinkState.CONNECTING, LinkState.READY]
        broken = [each for each in stage.follower.of(FeedChanged) if each.reason]
        assert broken == []
        assert stage.connector.is_ready
        await stage.rest(LIFE_S * 3)
        assert stage.connector.is_ready
        states = [each.state for each in stage.follower.of(LinkChanged) if each.link == "account"]
        assert states == [LinkState.CONNECTING, LinkState.READY]

    played(1, scene)
