"""The procedures of B2TRADER's REST interface: login, markets, bars, executions, calculators.

It sends nothing and follows no order; `venue` composes it with the sessions.
"""

from collections.abc import Mapping
from typing import TypeVar

import msgspec

from connectors.b2trader.codec import Codec, RequestRefused, read
from connectors.b2trader.mapping import TIMESCALES, Directory, MarketTerms, market_terms
from connectors.b2trader.messages import (
    AccessToken,
    Account,
    Asset,
    BulkClosing,
    Candles,
    ClosedOrder,
    Execution,
    Executions,
    FundingRates,
    MarginAsset,
    MarginAssets,
    Market,
)
from connectors.b2trader.names import Names
from connectors.b2trader.sessions.market import bar_of
from connectors.frame.flow import Flow, fetch
from connectors.frame.iso_time import to_iso
from engine.bars.spec import BarSpec
from engine.errors import LoginRefused, OutcomeUnknown, TokenRefused, UsageError, VenueError
from engine.model.instrument import Instrument
from engine.model.market import Bar

T = TypeVar("T")
_SECOND = 1_000_000_000
_DAY = 86_400 * _SECOND
_EXECUTIONS_MAX = 200
_SPANS_NS = {"m": 30 * _DAY, "h": 365 * _DAY, "d": 1826 * _DAY, "w": 1826 * _DAY}
"""The longest span of one question about candles, by the letter of the timescale (third party)."""


def login(codec: Codec, names: Names, offline_token: str) -> Flow[AccessToken]:
    """Exchange the offline token for an access token.

    Raises LoginRefused when the venue does not take the offline token.
    """
    codec.token = ""
    request = codec.request("access_token", body={names["access_token_field"]: offline_token})
    response = yield from fetch(request)
    try:
        return read(response, AccessToken)
    except (TokenRefused, RequestRefused) as refusal:
        raise LoginRefused(f"{refusal}; make a new offline token in the terminal") from None
    except OutcomeUnknown as fault:
        raise VenueError(str(fault)) from None


def asked(codec: Codec, name: str, type: type[T], **terms: object) -> Flow[T]:  # noqa: A002
    """Ask one question and return its answer, for questions that change nothing."""
    response = yield from fetch(codec.request(name, **terms))  # type: ignore[arg-type] # passed on
    return read(response, type)


def instruments(
    codec: Codec, names: Names, directory: Directory, wanted: tuple[str, ...]
) -> Flow[tuple[Instrument, ...]]:
    """Return the wanted instruments, or all, and learn their markets.

    With no names, markets whose properties are not understood are left out; a wanted one raises.
    """
    rows = yield from asked(codec, "markets", tuple[dict[str, object], ...])
    symbols = [name.rpartition(".")[0] for name in wanted]
    found = []
    for row in rows:
        if symbols and row.get("marketId") not in symbols:
            continue
        try:
            terms = _terms(row, names)
        except VenueError:
            if symbols:
                raise
            continue
        directory.add(terms)
        found.append(terms.instrument)
    return tuple(found)


def accounts(codec: Codec) -> Flow[tuple[Account, ...]]:
    """Return the accounts of the login."""
    return (yield from asked(codec, "accounts", tuple[Account, ...]))


def history(
    codec: Codec, names: Names, terms: MarketTerms, spec: str, start: int, end: int
) -> Flow[tuple[Bar, ...]]:
    """Return complete bars, asking in spans that the venue allows."""
    if spec not in TIMESCALES:
        raise UsageError(f"B2TRADER makes no bars {spec}; choose one of {', '.join(TIMESCALES)}")
    step = BarSpec.parse(spec).step_ns or _DAY
    bars: dict[int, Bar] = {}
    since = start
    while since < end:
        until = min(end, since + _SPANS_NS[spec[-1]])
        query = {
            names["history_type"]: TIMESCALES[spec],
            names["history_start"]: to_iso(since),
            names["history_end"]: to_iso(until),
        }
        request = codec.request("history", path={"marketSymbol": terms.id}, query=query)
        response = yield from fetch(request)
        now = response.ts_recv or end
        for candle in read(response, Candles).data:
            bar = bar_of(candle, terms.instrument.id, spec, now)
            if start <= bar.ts_open < end and bar.ts_open + step <= now:
                bars[bar.ts_open] = bar
        since = until
    return tuple(bars[ts] for ts in sorted(bars))


def executions(
    codec: Codec, account: str, positions: tuple[str, ...], closings: tuple[str, ...]
) -> Flow[tuple[Execution, ...]]:
    """Return the executions of open positions, and of orders that closed positions, each once."""
    found: list[Execution] = []
    if positions:
        body = {"positionIds": positions, "limit": _EXECUTIONS_MAX}
        answer = yield from asked(
            codec, "positions_executions", Executions, account=account, body=body
        )
        found += answer.executions
    for order_id in closings:
        answer = yield from asked(
            codec,
            "closing_executions",
            Executions,
            account=account,
            body={"limit": _EXECUTIONS_MAX},
            path={"orderId": order_id},
        )
        found += answer.executions
    return tuple({each.execution_id: each for each in found}.values())


def closed_positions(
    codec: Codec, names: Names, account: str, since: int, until: int
) -> Flow[tuple[ClosedOrder, ...]]:
    """Return the orders that closed positions in a span of time, page by page."""
    found: list[ClosedOrder] = []
    last: str | None = None
    while True:
        body = {
            "closedAtFrom": to_iso(since),
            "closedAtTo": to_iso(until),
            "limit": _EXECUTIONS_MAX,
            "lastOrderId": last,
        }
        rows = yield from asked(codec, "closed_positions", object, account=account, body=body)
        container = rows[names["closed_positions_field"]] if isinstance(rows, dict) else rows
        page = msgspec.convert(container, tuple[ClosedOrder, ...])
        found += page
        if len(page) < _EXECUTIONS_MAX:
            return tuple(found)
        last = page[-1].order_id


def fundings(codec: Codec, terms: MarketTerms) -> Flow[FundingRates]:
    """Return the latest fundings of a perpetual."""
    return (yield from asked(codec, "funding", FundingRates, path={"marketSymbol": terms.id}))


def calculated(
    codec: Codec, account: str, terms: MarketTerms, order: Mapping[str, object]
) -> Flow[dict[str, object]]:
    """Return what the venue calculates for an order that is not placed: margin, fee, total."""
    name = f"{terms.kind}_order_data"
    body = {"order": {"marketId": terms.id, **order}}
    return (yield from asked(codec, name, dict[str, object], account=account, body=body))


def calculated_triggers(
    codec: Codec, account: str, position: str, triggers: Mapping[str, object]
) -> Flow[dict[str, object]]:
    """Return what the venue calculates for a stop-loss and a take-profit that are not set."""
    path = {"positionId": position}
    kind = dict[str, object]
    return (
        yield from asked(codec, "trigger_data", kind, account=account, path=path, body=triggers)
    )


def assets(codec: Codec) -> Flow[tuple[Asset, ...]]:
    """Return the assets of the platform; the root asset is its money of account."""
    return (yield from asked(codec, "assets", tuple[Asset, ...]))


def margin_assets(codec: Codec, account: str) -> Flow[tuple[MarginAsset, ...]]:
    """Return the assets that may secure positions of an account, and which of them do."""
    return (yield from asked(codec, "margin_assets", MarginAssets, account=account)).assets


def choose_margin_asset(codec: Codec, account: str, asset: str, *, chosen: bool) -> Flow[None]:
    """Let an asset secure positions of an account, or no longer; for a person, not for a bot."""
    name = "margin_asset_select" if chosen else "margin_asset_deselect"
    yield from asked(codec, name, dict[str, object], account=account, path={"assetId": asset})


def close_all(codec: Codec, account: str, mode: str = "AllPositions") -> Flow[tuple[str, ...]]:
    """Ask the venue to close all positions, or those with a profit or a loss; return their ids.

    `mode` is AllPositions, PositivePnl or NegativePnl. It is for a person: the engine closes each
    position by an order that its gate has judged, and counts what this closes as a stranger's.
    """
    body = {"mode": mode}
    answer = yield from asked(codec, "bulk_close", BulkClosing, account=account, body=body)
    return answer.position_ids


def _terms(row: Mapping[str, object], names: Names) -> MarketTerms:
    try:
        market = msgspec.convert(row, Market)
    except msgspec.ValidationError as error:
        raise VenueError(f"B2TRADER's market {row.get('marketId')} is unclear: {error}") from None
    return market_terms(market, row, names)
