"""Binck's login with its state, rotating tokens, instruments with tick tables, and bars."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from connectors.binck import flows, oauth
from connectors.binck.package import PACKAGE
from connectors.frame.flow import Keep, Reply, Step, drive
from connectors.frame.http import Request
from engine.config.secret import Secret, SecretReference
from engine.errors import ConfigError, LoginRefused, UsageError, VenueError
from engine.model.zones import instant, local_time, time_zone
from lockstep.cli.login import code_of
from tests.wire.b2trader_wire import Answers, answers
from tests.wire.binck_wire import (
    INGA,
    NUMBER,
    SECOND,
    SETTINGS,
    T0,
    answered,
    instrument,
    instruments,
    venue,
)

TOKEN = {
    "access_token": "access",
    "refresh_token": "second",
    "scope": "read write",
    "token_type": "Bearer",
    "expires_in": 3599,
}


def form(request: Request) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(request.body.decode()).items()}


def keeping(played: Answers, kept: list[Keep]) -> Callable[[Step], Reply]:
    def answer(step: Step) -> Reply:
        if isinstance(step, Keep):
            kept.append(step)
            return None
        return played(step)

    return answer


def test_login_page_is_asked_for_with_everything_encoded() -> None:
    url = oauth.authorize_url(SETTINGS, "a b/c")
    assert url.startswith("https://login.sandbox.binck.com/am/oauth2/realms/bincknlapi/authorize?")
    assert "redirect_uri=http%3A%2F%2Flocalhost%3A8400%2Fbinck" in url
    query = parse_qs(urlsplit(url).query)
    assert query["state"] == ["a b/c"]
    assert query["scope"] == ["read write quotes news"]
    assert query["response_type"] == ["code"]


def test_code_is_taken_only_with_our_state() -> None:
    back = "http://localhost:8400/binck?code=abc&scope=read&state=ours"
    assert code_of(back, "ours") == "abc"
    for address in (back, "http://localhost:8400/binck?code=abc"):
        with pytest.raises(UsageError, match="not the answer"):
            code_of(address, "theirs")


@pytest.mark.parametrize(
    ("query", "fault", "text"),
    [
        ("error=access_denied&error_description=not%20today", LoginRefused, "not today"),
        ("error=access_denied", LoginRefused, "access_denied"),
        ("scope=read", UsageError, "no code"),
    ],
)
def test_refused_login_says_why(query: str, fault: type[Exception], text: str) -> None:
    with pytest.raises(fault, match=text):
        code_of(f"http://localhost:8400/binck?{query}&state=s", "s")


def test_code_buys_tokens() -> None:
    played = answers(TOKEN)
    token = drive(oauth.exchange(SETTINGS, "hush", "abc"), played)
    assert token.refresh_token == "second"
    [request] = played.requests
    assert request.url.endswith("/realms/bincknlapi/access_token")
    assert request.header("content-type") == "application/x-www-form-urlencoded"
    assert form(request) == {
        "grant_type": "authorization_code",
        "client_id": "client",
        "client_secret": "hush",
        "redirect_uri": "http://localhost:8400/binck",
        "code": "abc",
    }


def test_refresh_token_is_kept_and_the_newest_one_used() -> None:
    made = venue()
    kept: list[Keep] = []
    played = answers(TOKEN, TOKEN | {"refresh_token": "third"})
    drive(made.login(T0), keeping(played, kept))
    drive(made.login(T0), keeping(played, kept))
    first, second = map(form, played.requests)
    assert first["refresh_token"] == "REFRESH"
    assert first["client_secret"] == "SECRET"
    assert second["refresh_token"] == "second"
    assert [each.secret for each in kept] == ["second", "third"]


@pytest.mark.parametrize(("lives_s", "renewed_s"), [(3599, 1500), (600, 540)])
def test_session_is_refreshed_before_it_ends_or_falls_idle(lives_s: int, renewed_s: int) -> None:
    made = venue()
    drive(made.login(T0), keeping(answers(TOKEN | {"expires_in": lives_s}), []))
    assert made.renew_at() == T0 + renewed_s * SECOND


@pytest.mark.parametrize(
    ("error", "text"), [("invalid_grant", "lockstep login binck"), ("invalid_client", "client_id")]
)
def test_refused_token_says_what_to_do(error: str, text: str) -> None:
    with pytest.raises(LoginRefused, match=text):
        drive(venue().login(T0), answered(400, {"error": error}))


def test_login_that_got_no_token_may_be_tried_again() -> None:
    with pytest.raises(VenueError) as fault:
        drive(venue().login(T0), answered(502, "bad gateway"))
    assert not isinstance(fault.value, LoginRefused)


def test_hub_is_negotiated_with_account_and_token() -> None:
    made = venue()
    drive(made.login(T0), keeping(answers(TOKEN), []))
    answer = {
        "negotiateVersion": 1,
        "connectionToken": "hub-1",
        "availableTransports": [{"transport": "WebSockets"}],
    }
    played = answers(answer)
    address = drive(made.links[0].address(T0), played)
    assert played.requests[0].query == f"accountNumber={NUMBER}&negotiateVersion=1"
    assert address.url == (
        f"wss://realtime.sandbox.binck.com/stream/v1?accountNumber={NUMBER}&id=hub-1"
    )
    assert address.headers == {"Authorization": "Bearer access"}


def test_tick_table_becomes_the_grid() -> None:
    made = venue()
    terms = made._directory.of_instrument(INGA)
    grid = terms.instrument
    assert (grid.tick_at(9.0), grid.tick_at(10.0), grid.tick_at(25.0)) == (0.001, 0.002, 0.005)
    assert grid.price(10.5031) == 10.504
    assert grid.currency == "EUR"


def test_instrument_without_a_table_has_its_decimals() -> None:
    made = venue()
    row = instrument(tickSizeCollection=None, priceDecimals=2)
    [found] = drive(made.instruments((INGA,), T0), answers(instruments(row)))
    assert found.tick_at(1.0) == 0.01


def test_instrument_is_searched_by_symbol_or_by_isin_and_market() -> None:
    made = venue()
    name = "NL0011821202:XAMS.BINCK"
    played = answers(instruments(instrument()))
    [found] = drive(made.instruments((name,), T0), played)
    assert found.id == name
    query = parse_qs(played.requests[0].query)
    assert (query["isin"], query["mic"]) == (["NL0011821202"], ["XAMS"])
    assert query["includeTickSizes"] == ["true"]


def test_symbol_of_several_markets_has_to_be_more_exact() -> None:
    rows = instruments(instrument(), instrument(id="x", marketIdentificationCode="XBRU"))
    with pytest.raises(UsageError, match=r"NL0011821202:XAMS.BINCK or NL0011821202:XBRU.BINCK"):
        drive(venue().instruments((INGA,), T0), answers(rows))


def test_unknown_symbol_is_left_out_and_no_symbol_refused() -> None:
    other = instruments(instrument(symbol="INGB"))
    assert drive(venue().instruments((INGA,), T0), answers(other)) == ()
    with pytest.raises(UsageError, match="named"):
        drive(venue().instruments((), T0), answers())


def test_bars_are_told_in_the_time_of_the_market() -> None:
    zone = time_zone("Europe/Amsterdam")
    opened = instant(local_time(T0, zone).date(), 9 * 3600, zone)
    candle = {
        "dateTime": "2020-02-14T09:00:00Z",
        "first": 10.4,
        "high": 10.45,
        "low": 10.38,
        "last": 10.41,
        "cumVol": 23011,
    }
    played = answers({"historicalQuotesCollection": {"historicalQuotes": [candle]}})
    [bar] = drive(venue().history(INGA, "1m", opened, opened + 3600 * SECOND), played)
    assert (bar.ts_open, bar.ts_close) == (opened, opened + 60 * SECOND)
    assert (bar.open, bar.close, bar.volume) == (10.4, 10.41, 23011.0)
    query = parse_qs(played.requests[0].query)
    assert query["fromDateTime"] == ["2020-02-14T09:00:00"]
    assert query["interval"] == ["oneMinute"]


def test_long_history_is_asked_in_the_spans_of_the_venue() -> None:
    empty: dict[str, object] = {"historicalQuotesCollection": {"historicalQuotes": []}}
    played = answers(empty, empty, empty)
    drive(venue().history(INGA, "1m", T0, T0 + 11 * 86_400 * SECOND), played)
    assert len(played.requests) == 3


def test_bars_that_the_venue_does_not_make_are_refused() -> None:
    with pytest.raises(UsageError, match="no bars 7m"):
        drive(venue().history(INGA, "7m", 0, 1), answers())


def test_transactions_news_and_accounts_are_read() -> None:
    codec = venue()._codec
    day = local_time(T0, time_zone("UTC")).date()
    row = {
        "number": 991,
        "transactionDate": "2020-02-14T10:22:00Z",
        "mutationType": "openingBuy",
        "currency": "EUR",
        "totalCosts": 0.53,
    }
    played = answers(
        {"transactionsCollection": {"transactions": [row]}},
        {
            "newsCollection": {
                "news": [{"headline": "Title", "publishedDateTime": "2020-02-14T08:00:00Z"}]
            }
        },
        {"accountsCollection": {"accounts": [{"number": NUMBER, "isReadOnly": True}]}},
    )
    [booking] = drive(flows.transactions(codec, NUMBER, day, day), played)
    assert booking.total_costs == 0.53
    assert played.requests[0].query == "fromDate=2020-02-14&toDate=2020-02-14"
    [item] = drive(flows.news(codec, NUMBER), played)
    assert item.headline == "Title"
    [account] = drive(flows.accounts(codec), played)
    assert account.is_read_only


def test_account_without_a_number_is_a_mistake_in_the_configuration() -> None:
    settings = msgspec.structs.replace(SETTINGS, accounts={})
    with pytest.raises(ConfigError, match="number at the venue"):
        settings.account_numbers(("main",))


def test_refresh_token_that_no_file_keeps_is_refused_before_it_is_used() -> None:
    with pytest.raises(ConfigError, match="keep it in a file"):
        PACKAGE.make(SETTINGS, ("main",), lambda _: Secret("x"))
    kept = msgspec.structs.replace(SETTINGS, refresh_token=SecretReference(file="binck"))
    assert PACKAGE.make(kept, ("main",), lambda _: Secret("x")).name == "BINCK"
