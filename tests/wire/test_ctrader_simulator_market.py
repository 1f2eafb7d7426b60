"""Market data at the simulated cTrader: spots, bars, history and its limits."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from connectors.ctrader.schema import (
    envelope_pb2,
    market_pb2,
    records_pb2,
)
from tests.wire.ctrader_client import (
    HEDGED,
    Client,
    code,
    connected,
)
from tests.wire.ctrader_rig import SECOND


@pytest.fixture
def client() -> Client:
    return connected()


def test_historical_questions_are_limited_to_five_in_a_second(client: Client) -> None:
    request = records_pb2.ProtoOADealListReq(ctidTraderAccountId=HEDGED)
    answers = [client.answer(request) for _ in range(6)]
    assert isinstance(answers[4], records_pb2.ProtoOADealListRes)
    assert isinstance(answers[5], envelope_pb2.ProtoOAErrorRes)
    assert (answers[5].errorCode, answers[5].retryAfter) == ("BLOCKED_PAYLOAD_TYPE", 1)


def test_bars_and_depth_need_spots_first(client: Client) -> None:
    bars = market_pb2.ProtoOASubscribeLiveTrendbarReq(
        ctidTraderAccountId=HEDGED, period="M1", symbolId=1
    )
    assert code(client.answer(bars)) == "NOT_SUBSCRIBED_TO_SPOTS"
    depth = market_pb2.ProtoOASubscribeDepthQuotesReq(ctidTraderAccountId=HEDGED, symbolId=[1])
    assert code(client.answer(depth)) == "NOT_SUBSCRIBED_TO_SPOTS"


def test_first_spot_follows_the_answer_and_live_bars_have_no_close(client: Client) -> None:
    spots = market_pb2.ProtoOASubscribeSpotsReq(ctidTraderAccountId=HEDGED, symbolId=[1])
    answer, first = [each.message for each in client.ask(spots)]
    assert isinstance(answer, market_pb2.ProtoOASubscribeSpotsRes)
    assert isinstance(first, market_pb2.ProtoOASpotEvent)
    assert (first.bid, first.ask, first.HasField("timestamp")) == (110_000, 110_020, False)
    assert code(client.answer(spots)) == "ALREADY_SUBSCRIBED"
    client.answer(
        market_pb2.ProtoOASubscribeLiveTrendbarReq(
            ctidTraderAccountId=HEDGED, period="M1", symbolId=1
        )
    )
    client.quote(1.1001, 1.1002)
    (spot,) = [each.message for each in client.heard()]
    assert isinstance(spot, market_pb2.ProtoOASpotEvent)
    assert not spot.HasField("ask")
    assert [(bar.period, bar.HasField("deltaClose")) for bar in spot.trendbar] == [(1, False)]


def test_historical_bars_have_no_period_of_their_own(client: Client) -> None:
    request = market_pb2.ProtoOAGetTrendbarsReq(ctidTraderAccountId=HEDGED, symbolId=1, period="M5")
    answer = client.answer(request)
    assert isinstance(answer, market_pb2.ProtoOAGetTrendbarsRes)
    assert (answer.period, answer.HasField("timestamp"), answer.hasMore) == (5, True, True)
    assert not any(bar.HasField("period") for bar in answer.trendbar)


def test_span_that_is_too_long_is_refused(client: Client) -> None:
    request = market_pb2.ProtoOAGetTickDataReq(
        ctidTraderAccountId=HEDGED, symbolId=1, type="BID", fromTimestamp=1, toTimestamp=604_800_002
    )
    assert code(client.answer(request)) == "INCORRECT_BOUNDARIES"


@pytest.mark.parametrize(
    ("period", "days", "weekday", "hour"), [("D1", 1, None, 21), ("W1", 7, 5, 21)]
)
def test_days_and_weeks_begin_with_the_venues_day(
    client: Client, period: str, days: int, weekday: int | None, hour: int
) -> None:
    asked = market_pb2.ProtoOAGetTrendbarsReq(ctidTraderAccountId=HEDGED, symbolId=1, period=period)
    answer = client.answer(asked)
    assert isinstance(answer, market_pb2.ProtoOAGetTrendbarsRes)
    starts = [datetime.fromtimestamp(b.utcTimestampInMinutes * 60, UTC) for b in answer.trendbar]
    whole = starts[:-1]  # the last begins with its first tick
    assert len(whole) > 50
    assert {start.hour for start in whole} == {hour}
    assert {after - before for before, after in pairwise(whole)} == {timedelta(days=days)}
    assert weekday is None or {start.weekday() for start in whole} == {weekday}


def test_month_holds_the_ticks_of_its_days(client: Client) -> None:
    client.now += 20 * 86_400 * SECOND
    client.quote(1.2, 1.2002)
    asked = market_pb2.ProtoOAGetTrendbarsReq(ctidTraderAccountId=HEDGED, symbolId=1, period="MN1")
    answer = client.answer(asked)
    assert isinstance(answer, market_pb2.ProtoOAGetTrendbarsRes)
    assert [bar.volume for bar in answer.trendbar] == [1, 1]  # June and July
