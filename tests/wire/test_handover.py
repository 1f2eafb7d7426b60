"""A second connection of a link takes over from the first: nothing is lost or told twice."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from connectors.frame.handover import Lane, aligned, merged
from connectors.frame.session import VenueEvent
from engine.model.connection import LinkChanged, LinkState
from engine.model.market import BookDelta, BookSnapshot, QuoteTick
from engine.model.reports import OrderAccepted
from engine.model.subscription import DataKind, Subscription
from tests.wire.pretend import PORT, SECOND, House, LineSession, LineVenue, accepted, play

QUOTES = Subscription("X.LINES", DataKind.QUOTES)
NAN = float("nan")


class Board:
    """Hear what lanes tell, and be the clock of both."""

    def __init__(self) -> None:
        self.told: list[VenueEvent] = []
        self.hear = self.told.append
        self.now = lambda: 0

    @property
    def bids(self) -> list[float]:
        return [event.bid for event in self.told if isinstance(event, QuoteTick)]


def quote(bid: float, ts: int = 0) -> QuoteTick:
    return QuoteTick("X.LINES", ts, ts, bid, bid + 1, NAN, NAN)


def handed_over(first: list[float], second: list[float], later: list[float]) -> list[float]:
    """Return what is told when two lanes bring their quotes, and the second takes over."""
    board = Board()
    old = Lane(board, board)  # type: ignore[arg-type] # a board that hears
    old.hear(quote(first[0]))
    new = Lane(board, board, old)  # type: ignore[arg-type] # a board that hears
    for ts, bid in enumerate(first[1:]):
        old.hear(quote(bid, ts))
    for ts, bid in enumerate(second):
        new.hear(quote(bid, ts + 1_000))
    new.take_over(1)
    for bid in later:
        new.hear(quote(bid))
    return board.bids


@given(st.integers(1, 20), st.data())
def test_each_quote_is_told_once_whichever_lane_is_ahead(count: int, data: st.DataObject) -> None:
    true = [float(number) for number in range(count + 5)]
    began = data.draw(st.integers(0, count), "the second lane begins with the quote as it then is")
    told_first = data.draw(st.integers(max(1, began), count + 5), "how far the first one came")
    told_second = data.draw(st.integers(began + 1, count + 5), "how far the second one came")
    if told_first <= began:
        told_first = began + 1
    found = handed_over(true[:told_first], true[began:told_second], true[told_second:])
    assert found == true


@given(st.lists(st.sampled_from([1.0, 2.0]), min_size=2, max_size=12), st.data())
def test_last_quote_is_the_last_told_where_quotes_repeat(
    true: list[float], data: st.DataObject
) -> None:
    states = [a for a, b in zip(true, [*true[1:], NAN], strict=True) if a != b]
    cut = data.draw(st.integers(1, len(states)))
    began = data.draw(st.integers(0, cut - 1))
    found = handed_over(states[:cut], states[began:cut], states[cut:])
    assert found == states


def test_agreement_is_the_longest_and_of_equals_the_last() -> None:
    assert aligned(["a", "b", "c", "a"], ["a", "b", "c", "a"]) == 0
    assert aligned(["a", "b", "a", "b"], ["a", "b"]) == 2
    assert aligned(["a", "b"], ["c"]) is None
    assert aligned(["a"], []) is None


def test_lane_that_follows_is_silent_but_for_reports_of_orders() -> None:
    board = Board()
    old = Lane(board, board)  # type: ignore[arg-type] # a board that hears
    new = Lane(board, board, old)  # type: ignore[arg-type] # a board that hears
    new.hear(quote(1.0))
    new.hear(accepted("o1"))
    assert [type(event) for event in board.told] == [OrderAccepted]


def test_book_is_told_as_one_snapshot() -> None:
    name, asks = "X.LINES", ((10.0, 1.0),)
    snapshot = BookSnapshot(name, 1, 1, ((9.0, 1.0), (8.0, 2.0)), asks, 5)
    changes = [BookDelta(name, 2, 2, 1, 9.0, 0.0, 6), BookDelta(name, 3, 3, -1, 9.5, 4.0, 7)]
    [book] = merged([*changes, quote(1.0), snapshot, *changes])
    assert book == BookSnapshot(name, 3, 3, ((8.0, 2.0),), ((9.5, 4.0), *asks), 7)


class Succeeding(LineVenue):
    """A venue whose token belongs to the connection."""

    def __init__(self) -> None:
        super().__init__(PORT)
        self.life_ns = 50 * SECOND
        self.taken: list[object] = []
        [link] = self.links
        self.links = (
            msgspec.structs.replace(link, successor=LineSession, took_over=self.taken.append),
        )


def states(house: House) -> list[LinkState]:
    return [event.state for event in house.events if isinstance(event, LinkChanged)]


def test_second_connection_takes_over_before_the_first_is_closed() -> None:
    async def scene(house: House) -> None:
        venue = Succeeding()
        connector = await house.open(venue)
        connector.subscribe(QUOTES)
        await house.rest(50)
        first, second = house.connections
        assert not first.transport.is_closing()
        assert second.said == ["hello", "subscribe X.LINES quotes"]
        house.submit("o1")
        await house.rest(2)
        assert first.transport.is_closing()
        assert [type(session) for session in venue.taken] == [LineSession]
        house.submit("o2")
        await house.rest()
        assert [line for line in first.said if line.startswith("call")] == ["call 1 order"]
        assert [line for line in second.said if line.startswith("call")] == ["call 1 order"]
        await house.rest(100)
        assert len(house.connections) == 4
        assert states(house) == [LinkState.CONNECTING, LinkState.READY]

    play(scene)


def test_first_connection_is_told_of_the_token_where_no_second_one_comes() -> None:
    async def scene(house: House) -> None:
        venue = Succeeding()
        await house.open(venue)
        house.welcomes = False
        await house.rest(70)
        assert len(house.connections) == 2
        assert house.connections[1].transport.is_closing()
        assert venue.sessions[0].renewals == 1
        assert venue.taken == []
        assert states(house) == [LinkState.CONNECTING, LinkState.READY]

    play(scene)


def test_link_that_is_lost_while_a_second_one_joins_begins_anew() -> None:
    async def scene(house: House) -> None:
        venue = Succeeding()
        await house.open(venue)
        await house.rest(49.5)
        house.connections[0].transport.abort()
        await house.rest(10)
        assert [each.transport.is_closing() for each in house.connections] == [True, True, False]
        assert states(house)[-1] is LinkState.READY
        assert venue.taken == []

    play(scene)


def test_second_connection_that_has_taken_over_is_come_back_to_by_itself() -> None:
    async def scene(house: House) -> None:
        await house.open(Succeeding())
        await house.rest(53)
        house.connections[1].transport.abort()
        await house.rest(10)
        assert len(house.connections) == 3
        assert states(house)[-3:] == [LinkState.LOST, LinkState.CONNECTING, LinkState.READY]

    play(scene)
