"""Load instruments: by GraphQL page by page where there is such a service, else by HTTP.

Fills the cache that everything else maps names, lots and prices by.
"""

from collections.abc import Iterator

import msgspec

from connectors.alor_protocol.flows.http import ENDPOINT, decoded, headers
from connectors.alor_protocol.flows.reads import Reads
from connectors.alor_protocol.mapping.cache import InstrumentCache
from connectors.alor_protocol.mapping.instruments import traded
from connectors.alor_protocol.mapping.listing import (
    Key,
    Listing,
    key_of,
    of_node,
    of_security,
)
from connectors.alor_protocol.messages.graphql import GraphAnswer, GraphQuery, InstrumentsPage
from connectors.alor_protocol.settings import Settings
from connectors.alor_protocol.tokens import Login
from connectors.frame.flow import Flow, fetch
from connectors.frame.http import Request
from engine.errors import TokenRefused, ValueRefused, VenueError
from engine.model.identifiers import split_instrument
from engine.model.instrument import Instrument

QUERY = """
query ($first: Int, $after: String, $boards: Boolean!, $where: InstrumentModelFilterInput) {
  instruments(first: $first, after: $after, includeNonBaseBoards: $boards, where: $where) {
    totalCount
    pageInfo { hasNextPage endCursor }
    nodes {
      basicInformation { symbol exchange market shortName type }
      boardInformation { board isPrimaryBoard }
      tradingDetails { lotSize minStep priceStep priceMax priceMin }
      financialAttributes { cfiCode currency isin tradingStatus tradingPeriods { start finish } }
      additionalInformation { cancellation priceMultiplier priceShownUnits }
      ... on Bond { faceValue }
    }
  }
}
"""

_PAGES_MAX = 1_000


def load(
    names: tuple[str, ...], settings: Settings, login: Login, cache: InstrumentCache
) -> Flow[tuple[Instrument, ...]]:
    """Load the named instruments, or all of the venue; what it does not know is left out.

    What cannot be traded by whole lots and ticks is left out, too.
    """
    keys = {
        name: key_of(split_instrument(name)[0], settings.exchange, settings.board) for name in names
    }
    if settings.hosts.graphql is not None:
        listings = yield from _by_graphql(
            settings.hosts.graphql, tuple(keys.values()), settings, login
        )
    else:
        listings = yield from _by_http(tuple(keys.values()), settings, Reads(settings, login))
    if not names:
        return tuple(
            _taken(listing, "", settings, cache) for listing in _tradable(listings, settings)
        )
    found: list[Instrument] = []
    for name, key in keys.items():
        match = next((listing for listing in listings if _is(listing, key)), None)
        if match is not None:
            found.append(_taken(match, name, settings, cache))
    return tuple(found)


def _by_graphql(
    url: str, keys: tuple[Key, ...], settings: Settings, login: Login
) -> Flow[list[Listing]]:
    found: list[Listing] = []
    after: str | None = None
    for _ in range(_PAGES_MAX):
        page = yield from _page(url, keys, after, settings, login)
        found += [listing for node in page.nodes if (listing := of_node(node)) is not None]
        after = page.page_info.end_cursor
        if not page.page_info.has_next_page or after is None:
            break
    return found


def _page(
    url: str, keys: tuple[Key, ...], after: str | None, settings: Settings, login: Login
) -> Flow[InstrumentsPage]:
    query = GraphQuery(
        QUERY,
        {
            "first": settings.page_size,
            "after": after,
            "boards": any(key.board for key in keys),
            "where": _where(keys, settings),
        },
    )
    response = yield from fetch(
        Request(
            method="POST",
            url=url,
            headers=headers(login.token, has_body=True),
            body=msgspec.json.encode(query),
            endpoint=ENDPOINT,
        )
    )
    if response.status == 401:
        raise TokenRefused("the venue does not take the access token; log in anew")
    if response.status != 200:
        raise VenueError(f"the instrument service answered with status {response.status}")
    answer = decoded(response, GraphAnswer)
    if answer.errors or answer.data is None or answer.data.instruments is None:
        reasons = "; ".join(error.message for error in answer.errors) or "no data"
        raise VenueError(f"the instrument service refused the query: {reasons}")
    return answer.data.instruments


def _where(keys: tuple[Key, ...], settings: Settings) -> dict[str, object]:
    """Return the filter for the named instruments, or for the whole exchange."""
    if not keys:
        return {"basicInformation": {"exchange": {"eq": settings.exchange}}}
    exchanges = dict.fromkeys(key.exchange for key in keys)
    return {
        "or": [
            {
                "basicInformation": {
                    "exchange": {"eq": exchange},
                    "symbol": {"in": _symbols(keys, exchange)},
                }
            }
            for exchange in exchanges
        ]
    }


def _symbols(keys: tuple[Key, ...], exchange: str) -> list[str]:
    return list(dict.fromkeys(key.symbol for key in keys if key.exchange == exchange))


def _by_http(keys: tuple[Key, ...], settings: Settings, reads: Reads) -> Flow[list[Listing]]:
    found: list[Listing] = []
    for key in keys:
        rows = yield from reads.security(key)
        found += [listing for row in rows if (listing := of_security(row)) is not None]
    for page in range(0 if keys else _PAGES_MAX):
        size = settings.page_size
        rows = yield from reads.securities(settings.exchange, size, page * size)
        found += [listing for row in rows if (listing := of_security(row)) is not None]
        if len(rows) < size:
            break
    return found


def _is(listing: Listing, key: Key) -> bool:
    on_board = listing.is_primary if key.board is None else listing.board == key.board
    return on_board and (listing.symbol, listing.exchange) == (key.symbol, key.exchange)


def _tradable(listings: list[Listing], settings: Settings) -> Iterator[Listing]:
    for listing in listings:
        try:
            traded(listing, settings)
        except ValueRefused:
            continue
        yield listing


def _taken(listing: Listing, name: str, settings: Settings, cache: InstrumentCache) -> Instrument:
    found = traded(listing, settings, name)
    cache.add(found, listing.board, is_primary=listing.is_primary)
    return found.instrument
