"""The connector and its supervisor: what is done once for every venue."""

import pytest

from connectors.frame.backoff import Backoff
from connectors.frame.flow import Call, Flow, ask
from connectors.frame.pumps.network import require_secure
from engine.errors import ConfigError, InvariantError
from engine.model.connection import ClockMeasured, FeedChanged, FeedState, LinkChanged, LinkState
from engine.model.reports import OrderAccepted, OrderRejected, OrderUnknown
from engine.model.subscription import DataKind, Subscription
from engine.model.truth import VenueTruth
from tests.wire.pretend import PORT, SECOND, House, LineVenue, play

QUOTES = Subscription("X.LINES", DataKind.QUOTES)
TRADES = Subscription("X.LINES", DataKind.TRADES)
ASKED = ["subscribe X.LINES quotes", "subscribe X.LINES trades"]


def states(house: House) -> list[LinkState]:
    return [e.state for e in house.events if isinstance(e, LinkChanged) and e.link == "link0"]


def test_each_stream_is_asked_for_once_on_each_connection() -> None:
    async def scene(house: House) -> None:
        connector = await house.open(LineVenue(PORT))
        for subscription in (QUOTES, TRADES, QUOTES):
            connector.subscribe(subscription)
        await house.rest()
        house.connections[0].transport.abort()
        await house.rest(5)
        assert [c.said[1:] for c in house.connections] == [ASKED, ASKED]

    play(scene)


def test_stream_that_is_not_wanted_any_more_is_not_asked_for_again() -> None:
    async def scene(house: House) -> None:
        connector = await house.open(LineVenue(PORT))
        connector.subscribe(QUOTES)
        connector.unsubscribe(QUOTES)
        connector.unsubscribe(TRADES)
        await house.rest()
        house.connections[0].transport.abort()
        await house.rest(5)
        assert house.connections[0].said[1:] == [ASKED[0], "unsubscribe X.LINES quotes"]
        assert house.connections[1].said == ["hello"]

    play(scene)


def test_feed_is_broken_with_its_link_and_live_with_the_next_subscription() -> None:
    async def scene(house: House) -> None:
        connector = await house.open(LineVenue(PORT))
        connector.subscribe(QUOTES)
        await house.rest()
        house.connections[0].transport.abort()
        await house.rest(5)
        changes = [e.state for e in house.events if isinstance(e, FeedChanged)]
        assert changes == [FeedState.LIVE, FeedState.BROKEN, FeedState.LIVE]

    play(scene)


def test_silent_connection_is_given_up() -> None:
    async def scene(house: House) -> None:
        await house.open(LineVenue(PORT, silence_ns=30 * SECOND))
        await house.rest(28)
        assert len(house.connections) == 1
        await house.rest(10)
        assert len(house.connections) == 2
        reasons = [e.reason for e in house.events if isinstance(e, LinkChanged) and e.reason]
        assert reasons == ["nothing arrived for 30 s"]

    play(scene)


def test_connection_that_does_not_become_ready_is_given_up() -> None:
    async def scene(house: House) -> None:
        house.welcomes = False
        await house.open(LineVenue(PORT))
        await house.rest(14)
        house.welcomes = True
        assert LinkState.READY not in states(house)
        await house.rest(10)
        assert states(house)[-1] is LinkState.READY

    play(scene)


@pytest.mark.parametrize("remedy", ["reconnect", "login", "replace"])
def test_session_says_how_its_end_is_mended(remedy: str) -> None:
    async def scene(house: House) -> None:
        venue = LineVenue(PORT)
        await house.open(venue)
        house.connections[0].say(f"end {remedy}")
        await house.rest(0.2 if remedy == "replace" else 3)
        assert len(house.connections) == 2
        assert venue.logins == (2 if remedy == "login" else 1)

    play(scene)


def test_connection_that_a_person_must_mend_stays_closed() -> None:
    async def scene(house: House) -> None:
        await house.open(LineVenue(PORT))
        house.connections[0].say("end stop")
        await house.rest(600)
        assert len(house.connections) == 1
        assert states(house)[-1] is LinkState.CLOSED

    play(scene)


def test_link_is_told_to_be_closed_when_the_program_stops() -> None:
    async def scene(house: House) -> None:
        connector = await house.open(LineVenue(PORT))
        house.submit()
        await connector.close()
        assert states(house)[-1] is LinkState.CLOSED
        assert [e.client_order_id for e in house.events if isinstance(e, OrderUnknown)] == ["o1"]

    play(scene)


def test_venue_that_says_how_long_to_stay_away_is_obeyed() -> None:
    async def scene(house: House) -> None:
        await house.open(LineVenue(PORT))
        house.connections[0].say(f"end reconnect {100 * SECOND}")
        await house.rest(99)
        assert len(house.connections) == 1
        await house.rest(5)
        assert len(house.connections) == 2

    play(scene)


def test_wait_grows_with_each_failure_and_is_never_the_same() -> None:
    async def scene(house: House) -> None:
        await house.open(LineVenue(PORT))
        for _ in range(5):
            house.connections[-1].say("end reconnect")
            await house.rest(9)
        waits = [b - a for a, b in zip(house.opened, house.opened[1:], strict=False)]
        assert len(waits) == 5
        assert len(dict.fromkeys(waits)) == 5

    play(scene)


def test_wait_lies_between_half_and_the_whole_of_what_doubles_up_to_a_cap() -> None:
    from random import Random

    backoff, random = Backoff(first_ns=100, most_ns=1_000), Random(1)
    for failures, full in ((1, 100), (2, 200), (4, 800), (5, 1_000), (500, 1_000)):
        drawn = [backoff.wait(failures, random) for _ in range(200)]
        assert full // 2 <= min(drawn) < max(drawn) <= full


def test_login_is_shared_by_all_links_and_kept_before_use() -> None:
    async def scene(house: House) -> None:
        venue = LineVenue(PORT, links=3)
        await house.open(venue)
        assert venue.logins == 1
        assert house.kept == [("token", "secret 1")]
        for connection in house.connections:
            connection.say("end login")
        await house.rest(5)
        assert len(house.connections) == 6
        assert venue.logins == 2

    play(scene)


def test_token_is_renewed_before_it_ends_and_every_session_is_told() -> None:
    async def scene(house: House) -> None:
        venue = LineVenue(PORT, links=2)
        venue.life_ns = 50 * SECOND
        await house.open(venue)
        await house.rest(110)
        assert venue.logins == 3
        assert [session.renewals for session in venue.sessions] == [2, 2]
        assert len(house.connections) == 2

    play(scene)


def test_refused_credentials_are_not_tried_again() -> None:
    async def scene(house: House) -> None:
        venue = LineVenue(PORT)
        await house.open(venue)
        venue.refuses = True
        house.connections[0].say("end login")
        await house.rest(600)
        assert venue.logins == 2
        assert states(house)[-1] is LinkState.CLOSED

    play(scene)


def test_session_that_stumbles_over_a_frame_begins_anew() -> None:
    async def scene(house: House) -> None:
        await house.open(LineVenue(PORT))
        house.connections[0].say("stumble here")
        await house.rest(3)
        assert len(house.connections) == 2
        reasons = [e.reason for e in house.events if isinstance(e, LinkChanged) and e.reason]
        assert reasons == ["a frame could not be taken (LookupError)"]

    play(scene)


def test_defect_of_the_engine_ends_the_link_and_is_raised() -> None:
    async def scene(house: House) -> None:
        await house.open(LineVenue(PORT))
        house.connections[0].say("event poison")
        await house.rest(60)
        assert len(house.connections) == 1
        assert states(house)[-1] is LinkState.CLOSED

    with pytest.raises(InvariantError, match="the engine has a defect"):
        play(scene)


def test_secret_that_cannot_be_kept_is_not_used() -> None:
    async def scene(house: House) -> None:
        house.disk_is_full = True
        with pytest.raises(OSError, match="no space"):
            await house.open(LineVenue(PORT))
        assert house.connections == []

    play(scene)


def test_order_without_answer_is_unknown_and_a_late_answer_changes_nothing() -> None:
    async def scene(house: House) -> None:
        await house.open(LineVenue(PORT))
        house.submit()
        await house.rest(6)
        house.connections[0].say("answer 1")
        await house.rest()
        unknown = [e for e in house.events if isinstance(e, OrderUnknown)]
        assert [(e.client_order_id, e.reason) for e in unknown] == [("o1", "no answer within 5 s")]
        assert house.connections[0].said[1:] == ["call 1 order"]
        assert not [e for e in house.events if getattr(e, "client_order_id", "") == "done"]

    play(scene)


def test_order_on_a_link_that_is_down_is_refused_as_not_sent() -> None:
    async def scene(house: House) -> None:
        house.welcomes = False
        await house.open(LineVenue(PORT))
        house.submit()
        assert not [e for e in house.events if isinstance(e, OrderRejected)]
        await house.rest()
        refusals = [e for e in house.events if isinstance(e, OrderRejected)]
        assert [e.reason for e in refusals] == ["not sent: link link0 is not ready"]
        assert house.connections[0].said == ["hello"]

    play(scene)


def test_nothing_is_told_from_within_a_call_of_the_engine() -> None:
    async def scene(house: House) -> None:
        await house.open(LineVenue(PORT))
        told = len(house.events)
        house.submit()
        assert len(house.events) == told
        house.connections[0].say("answer 1")
        await house.rest()
        names = [e.client_order_id for e in house.events if isinstance(e, OrderAccepted)]
        assert names == ["said-at-once", "done"]

    play(scene)


def test_offset_of_the_venues_clock_is_told() -> None:
    async def scene(house: House) -> None:
        await house.open(LineVenue(PORT))
        measured = [e for e in house.events if isinstance(e, ClockMeasured)]
        assert [e.offset_ns for e in measured] == [7 * SECOND]

    play(scene)


@pytest.mark.parametrize(
    "url", ["https://venue.example", "wss://venue.example", "tls://venue.example:5035"]
)
def test_encrypted_address_is_allowed_anywhere(url: str) -> None:
    require_secure(url)


@pytest.mark.parametrize("host", ["127.0.0.1:80", "localhost", "[::1]:80", "127.9.9.9"])
@pytest.mark.parametrize("scheme", ["http", "ws", "tcp"])
def test_plain_address_is_allowed_on_this_machine(scheme: str, host: str) -> None:
    require_secure(f"{scheme}://{host}")


@pytest.mark.parametrize(
    "url",
    [
        "http://venue.example",
        "ws://127.0.0.1.example",
        "tcp://10.0.0.1:5035",
        "http://localhost.example",
        "ftp://127.0.0.1",
        "http://127.0.0.1@venue.example",
    ],
)
def test_plain_address_elsewhere_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="not encrypted"):
        require_secure(url)


class SlowTruth(LineVenue):
    """Ask the venue one question for the truth."""

    def resync(self, account: str, now: int) -> Flow[VenueTruth]:
        yield from ask(Call(link="link0", message="truth", timeout_ns=5 * SECOND))
        return VenueTruth(venue="LINES", account=account, ts_asked=now, ts_recv=now)


def test_truth_was_asked_for_between_its_two_times() -> None:
    async def scene(house: House) -> None:
        await house.open(SlowTruth(PORT))
        asked = house.clock.now()
        await house.rest(2)
        house.connections[0].say("answer 1")
        await house.rest()
        (truth,) = [event for event in house.events if isinstance(event, VenueTruth)]
        assert truth.ts_asked < asked
        assert truth.ts_recv >= asked + 2 * SECOND

    play(scene)
