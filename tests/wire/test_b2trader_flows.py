"""The procedures of B2TRADER over REST: login, markets, bars, truth."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.b2trader import flows
from connectors.b2trader.mapping import exact, plain
from connectors.b2trader.settings import Settings
from connectors.frame.flow import drive
from connectors.frame.http import Response
from connectors.frame.iso_time import from_iso, to_iso
from engine.config.secret import SecretReference
from engine.errors import ConfigError, LoginRefused, UsageError, VenueError
from engine.model.truth import VenueTruth
from tests.wire.b2trader_wire import (
    ACCOUNT_ID,
    CFD,
    MARKETS,
    SECOND,
    SPOT,
    T0,
    Answers,
    answers,
    item_frame,
    order_item,
    reports_of,
    started,
    submit,
    told,
    venue,
)


def test_offline_token_buys_an_access_token_for_an_hour() -> None:
    made = venue()
    played = answers({"accessToken": "jwt", "expiresIn": 3600, "tokenType": "Bearer"}, [])
    drive(made.login(T0), played)
    assert json.loads(played.requests[0].body) == {"token": "offline"}
    assert not played.requests[0].header("Authorization")
    assert made.renew_at() == T0 + 3240 * SECOND
    drive(made.instruments((), T0), played)
    assert played.requests[1].header("authorization") == "Bearer jwt"
    address = drive(made.links[0].address(T0), answers())
    assert address.url == "wss://broker.example/frontoffice/ws/v4/account?access_token=jwt"


def test_name_of_the_token_s_field_can_be_changed() -> None:
    made = venue({"access_token_field": "offlineToken"})
    played = answers({"accessToken": "jwt", "expiresIn": 3600})
    drive(made.login(T0), played)
    assert json.loads(played.requests[0].body) == {"offlineToken": "offline"}


@pytest.mark.parametrize("status", [400, 401, 403])
def test_refused_offline_token_needs_a_person(status: int) -> None:
    with pytest.raises(LoginRefused):
        drive(venue().login(T0), answers({}, status=status))


def test_login_that_got_no_answer_may_be_tried_again() -> None:
    with pytest.raises(VenueError) as fault:
        drive(venue().login(T0), answers({}, status=500))
    assert not isinstance(fault.value, LoginRefused)


def test_hubs_can_be_negotiated_with() -> None:
    made = venue({"negotiate": "ask"})
    answer = {
        "negotiateVersion": 1,
        "connectionToken": "secret-id",
        "availableTransports": [{"transport": "WebSockets"}],
    }
    played = answers(answer)
    address = drive(made.links[2].address(T0), played)
    assert played.requests[0].path == "/marketdata/v5/info/negotiate"
    assert "id=secret-id" in address.url


def test_markets_become_instruments_in_base_units() -> None:
    cfd, spot = drive(venue().instruments((CFD, SPOT), T0), answers(MARKETS))
    assert (cfd.quantity(10_999), cfd.quantity_min, cfd.lot) == (10_000.0, 1000, "100000")
    assert cfd.price(0.937004, "nearest") == 0.937
    assert (spot.currency, spot.base) == ("USDT", "BTC")
    assert spot.quantity(0.000019) == 0.00001
    assert spot.quantity_max == 100 * 10**5


def test_market_without_a_lot_is_left_out_unless_it_is_wanted() -> None:
    found = drive(venue().instruments((), T0), answers(MARKETS))
    assert [each.id for each in found] == [CFD, SPOT]
    with pytest.raises(VenueError, match=r"names\.lot_size_field"):
        drive(venue().instruments(("perp.odd.B2TRADER",), T0), answers(MARKETS))


def test_name_of_the_lot_can_be_changed() -> None:
    rows = [row | {"contractSize": row.get("lotSize")} for row in MARKETS[:1]]
    del rows[0]["lotSize"]
    made = venue({"lot_size_field": "contractSize"}, rows=rows)
    [cfd] = drive(made.instruments((CFD,), T0), answers(rows))
    assert cfd.lot == "100000"


def test_unlisted_instrument_is_a_mistake_of_the_user() -> None:
    with pytest.raises(UsageError, match="does not list"):
        venue().execute(submit(instrument="gold.B2TRADER"), T0).send(None)


def test_bars_are_asked_for_in_spans_and_only_complete_ones_returned() -> None:
    day = 86_400 * SECOND
    start, end = from_iso("2026-01-01T00:00:00Z"), from_iso("2026-02-15T00:00:00Z")
    candle = {
        "instrument": "cfd.eur_chf",
        "start": "2026-01-01T00:00:00.000Z",
        "end": "2026-01-01T00:01:00.000Z",
        "open": "1",
        "high": "2",
        "low": "1",
        "close": "2",
    }
    last = candle | {"start": "2026-02-14T23:59:00Z", "end": "2026-02-15T00:00:00Z"}
    forming = Response(
        status=200,
        body=json.dumps({"data": [last, candle]}).encode(),
        ts_recv=end - 30 * SECOND,
    )
    played = Answers([Response(status=200, body=json.dumps({"data": [candle]}).encode()), forming])
    bars = drive(venue().history(CFD, "1m", start, end), played)
    assert [bar.ts_open for bar in bars] == [start]
    first, second = played.requests
    assert first.path == "/marketdata/api/v4/instruments/cfd.eur_chf/history"
    assert first.query == (
        "type=1m&startDate=2026-01-01T00%3A00%3A00.000Z&endDate=2026-01-31T00%3A00%3A00.000Z"
    )
    assert to_iso(start + 30 * day).replace(":", "%3A") in second.query


def test_bars_that_the_venue_does_not_make_are_refused() -> None:
    with pytest.raises(UsageError, match="no bars 7m"):
        drive(venue().history(CFD, "7m", 0, 1), answers())


def test_truth_has_no_list_of_orders_and_fills_of_the_history() -> None:
    made = venue()
    started(made.account_session)
    reports_of(made.execute(submit(), T0), answers({"order": order_item()}))
    position = {
        "positionId": "P1",
        "marketId": "cfd.eur_chf",
        "side": "Buy",
        "positionLotAmount": "0.1",
    }
    told(made.account_session, item_frame(0, []), item_frame(1, {"item": [position]}))
    execution = {
        "executionId": "E1",
        "orderId": "01ORDER",
        "positionId": "P1",
        "side": "Buy",
        "baseAmount": "10000",
        "executionPrice": "0.9299",
        "createdAt": "2025-05-20T17:22:32.000Z",
        "commissions": [{"assetId": "eur", "amount": "0.5"}],
    }
    played = answers({"executions": [execution]})
    truth = drive(made.resync("main", T0), played)
    assert isinstance(truth, VenueTruth)
    assert truth.orders is None
    assert [(fill.client_order_id, fill.quantity, fill.fee) for fill in truth.fills or ()] == [
        ("bot-1-1", 10_000.0, 0.5)
    ]
    assert [record.quantity for record in truth.positions or ()] == [10_000.0]
    assert truth.balances is None
    assert json.loads(played.requests[0].body)["positionIds"] == ["P1"]
    assert played.requests[0].header("accountId") == ACCOUNT_ID


def test_truth_of_an_account_that_is_not_known_yet_is_silent() -> None:
    truth = drive(venue().resync("main", T0), answers())
    assert (truth.orders, truth.positions, truth.balances) == (None, None, None)


def test_closed_positions_come_page_by_page() -> None:
    made = venue()
    row = {
        "orderId": "C",
        "marketId": "cfd.eur_chf",
        "side": "Sell",
        "positionCloseLotAmount": "0.1",
    }
    pages = answers({"orders": [row | {"orderId": str(n)} for n in range(200)]}, [row])
    found = drive(
        flows.closed_positions(made._codec, made._names, ACCOUNT_ID, T0, T0 + SECOND), pages
    )
    assert len(found) == 201
    assert json.loads(pages.requests[1].body)["lastOrderId"] == "199"


def test_calculators_and_fundings_are_asked_by_market() -> None:
    made = venue()
    terms = made._directory.of_instrument(CFD)
    played = answers({"order": {"quoteAmount": "1"}}, {"fundingData": [], "hasMore": False})
    order = {"side": "Buy", "orderType": "Market", "requestedLotAmount": "0.1"}
    assert drive(flows.calculated(made._codec, ACCOUNT_ID, terms, order), played)
    assert played.requests[0].path == "/frontoffice/api/cfd/v4/order-data"
    assert played.requests[0].endpoint == "trading_reduced"
    assert not drive(flows.fundings(made._codec, terms), played).has_more


def test_settings_of_margin_are_read_and_changed() -> None:
    made = venue()
    row = {"assetId": "btc", "available": "1", "total": "2", "marginRatio": "0.9"}
    played = answers({"assets": [row | {"isSelected": True}]}, {}, {}, [{"assetId": "usd"}])
    [asset] = drive(flows.margin_assets(made._codec, ACCOUNT_ID), played)
    assert (asset.asset_id, asset.margin_ratio, asset.is_selected) == ("btc", "0.9", True)
    for chosen in (True, False):
        drive(flows.choose_margin_asset(made._codec, ACCOUNT_ID, "btc", chosen=chosen), played)
    [root] = drive(flows.assets(made._codec), played)
    assert root.asset_id == "usd"
    assert [request.method for request in played.requests] == ["GET", "POST", "DELETE", "GET"]
    assert played.requests[1].path.endswith("/account-margin-settings/assets/btc")
    assert played.requests[1].endpoint == "settings_write"


def test_all_positions_are_closed_by_one_request() -> None:
    made = venue()
    played = answers({"status": "accepted", "positionIds": ["A", "B"]}, {"takeProfit": {}})
    closed = drive(flows.close_all(made._codec, ACCOUNT_ID, "NegativePnl"), played)
    assert closed == ("A", "B")
    assert json.loads(played.requests[0].body) == {"mode": "NegativePnl"}
    stop = {"stopLoss": {"triggerType": "Points", "triggerSize": "10", "isTrailing": False}}
    assert drive(flows.calculated_triggers(made._codec, ACCOUNT_ID, "A", stop), played)
    assert played.requests[1].path.endswith("/positions/A/trigger-data")


def test_account_without_an_id_is_a_mistake_in_the_configuration() -> None:
    settings = Settings(url="https://x", token=SecretReference(env="T"), accounts={})
    with pytest.raises(ConfigError, match="accountId"):
        settings.venue_accounts(("main",))


@given(st.integers(0, 2_000_000_000_000_000_000))
def test_times_survive_the_wire_to_the_millisecond(ts: int) -> None:
    assert from_iso(to_iso(ts)) == ts - ts % 1_000_000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-05-20T17:22:31.9001213Z", T0),
        ("2025-05-20T17:22:31Z", T0 - 900_121_300),
        ("2025-05-20T19:22:31.9001213+02:00", T0),
        ("2025-05-20T17:22:31.9001213", T0),
    ],
)
def test_times_of_the_wire_keep_every_digit(text: str, expected: int) -> None:
    assert from_iso(text) == expected


@given(st.decimals(allow_nan=False, allow_infinity=False, places=8, min_value=0, max_value=10**6))
def test_decimals_go_out_exactly(value: Decimal) -> None:
    number = float(value)
    assert Decimal(plain(exact(number))) == exact(number)
    assert "E" not in plain(exact(number))
