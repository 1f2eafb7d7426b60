"""The instrument service of the simulator: filters, order and pages over what the broker lists.

Understands the one query of `connectors.alor_protocol.flows.instruments` and its variables, and of
the schema only the filters; everything it lists is on its primary board.
"""

import base64
from collections.abc import Callable
from typing import Any

import msgspec

from connectors.alor_protocol.messages.graphql import GraphQuery
from connectors.alor_protocol.simulator.ledger import Ledger
from connectors.alor_protocol.simulator.profile import Listed, Listings

_PAGE_MAX = 1_000

_Test = Callable[[Any, Any], bool]
_OPERATORS: dict[str, _Test] = {
    "eq": lambda value, wanted: value == wanted,
    "neq": lambda value, wanted: value != wanted,
    "in": lambda value, wanted: value in wanted,
    "nin": lambda value, wanted: value not in wanted,
    "contains": lambda value, wanted: wanted in value,
    "startsWith": lambda value, wanted: value.startswith(wanted),
    "endsWith": lambda value, wanted: value.endswith(wanted),
    "gt": lambda value, wanted: value > wanted,
    "gte": lambda value, wanted: value >= wanted,
    "lt": lambda value, wanted: value < wanted,
    "lte": lambda value, wanted: value <= wanted,
}


def answer(body: bytes, listings: Listings, ledger: Ledger) -> dict[str, Any]:
    """Return what the service answers to a query."""
    try:
        query = msgspec.json.decode(body, type=GraphQuery)
    except msgspec.DecodeError:
        return _error("The query could not be read.")
    if "instruments" not in query.query:
        return _error("The simulator answers queries for instruments alone.")
    variables = query.variables
    nodes = [_node(listed, ledger) for listed in listings.by_name.values()]
    try:
        found = [node for node in nodes if matches(node, variables.get("where") or {})]
        first = min(int(variables.get("first") or _PAGE_MAX), _PAGE_MAX)
        start = _read_cursor(variables.get("after"))
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError):
        return _error("The variables do not fit the schema.")
    page = found[start : start + first]
    more = start + first < len(found)
    return {
        "data": {
            "instruments": {
                "totalCount": len(found),
                "pageInfo": {
                    "hasNextPage": more,
                    "endCursor": _cursor(start + len(page)) if page else None,
                },
                "nodes": page,
            }
        }
    }


def matches(node: Any, where: dict[str, Any]) -> bool:  # noqa: ANN401 - a value of any type
    """Say whether a node fits a filter: nested fields, operators, `and` and `or`."""
    for key, wanted in where.items():
        if key in ("and", "or"):
            parts = [matches(node, part) for part in wanted]
            fits = all(parts) if key == "and" else any(parts)
        elif key in _OPERATORS and not isinstance(node, dict):
            fits = _OPERATORS[key](node, wanted)
        else:
            fits = matches(node[key], wanted)
        if not fits:
            return False
    return True


def _node(listed: Listed, ledger: Ledger) -> dict[str, Any]:
    row = listed.security(ledger.status(listed))
    return {
        "basicInformation": {
            "symbol": row.symbol,
            "exchange": row.exchange,
            "market": row.market,
            "shortName": row.short_name,
            "type": row.type,
        },
        "boardInformation": {"board": row.board, "isPrimaryBoard": True},
        "tradingDetails": {
            "lotSize": row.lot_size,
            "minStep": row.min_step,
            "priceStep": row.price_step,
            "priceMax": 0,
            "priceMin": 0,
        },
        "financialAttributes": {
            "cfiCode": row.cfi_code,
            "currency": row.currency,
            "isin": None,
            "tradingStatus": row.trading_status,
            "tradingPeriods": [],
        },
        "additionalInformation": {
            "cancellation": row.cancellation,
            "priceMultiplier": 1,
            "priceShownUnits": 1,
        },
    }


def _cursor(position: int) -> str:
    return base64.b64encode(str(position).encode()).decode()


def _read_cursor(text: str | None) -> int:
    return int(base64.b64decode(text)) if text else 0


def _error(message: str) -> dict[str, Any]:
    return {"errors": [{"message": message}], "data": None}
