"""Every name that B2TRADER's wire uses, in one table that configuration can override.

Sends nothing. A name is SEEN in public documentation of the venue or of a white label of it,
THIRD_PARTY in other people's code only, or INFERRED: chosen here because something had to be.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

import msgspec

from engine.errors import ConfigError


class Mark(StrEnum):
    """Name how certain a name is."""

    SEEN = "seen"
    THIRD_PARTY = "third party"
    INFERRED = "inferred"


class Name(msgspec.Struct, frozen=True):
    """Hold one name of the wire, how certain it is, and the rate limit that a request draws on."""

    value: str
    mark: Mark = Mark.SEEN
    endpoint: str = ""
    choices: tuple[str, ...] = ()


_SEEN, _THIRD, _INFERRED = Mark
_FRONT = "/frontoffice/api"
_DATA = "/marketdata/api/v4/instruments/{marketSymbol}"

TABLE: Mapping[str, Name] = MappingProxyType(
    {
        # Login.
        "access_token": Name(f"POST {_FRONT}/v4/access-token", _SEEN, "settings_write"),
        "access_token_field": Name("token", _THIRD),
        "account_header": Name("accountId"),
        "content_type": Name("application/json; x-api-version=4.0"),
        # Orders.
        "place_spot_order": Name(f"POST {_FRONT}/v3/orders", _SEEN, "trading"),
        "place_cfd_order": Name(f"POST {_FRONT}/cfd/v4/orders", _SEEN, "trading"),
        "place_perp_order": Name(f"POST {_FRONT}/perpetual/v4/orders", _INFERRED, "trading"),
        "place_spot_stop_order": Name(f"POST {_FRONT}/v3/stop-orders", _SEEN, "trading"),
        "place_cfd_stop_order": Name(f"POST {_FRONT}/cfd/v4/stop-orders", _INFERRED, "trading"),
        "place_perp_stop_order": Name(f"POST {_FRONT}/perpetual/v4/stop-orders", _SEEN, "trading"),
        "cancel_order": Name(f"DELETE {_FRONT}/v3/orders/{{orderId}}", _SEEN, "trading"),
        "cancel_stop_order": Name(f"DELETE {_FRONT}/v3/stop-orders/{{orderId}}", _SEEN, "trading"),
        "spot_order_data": Name(f"POST {_FRONT}/v3/order-data", _SEEN, "trading_reduced"),
        "cfd_order_data": Name(f"POST {_FRONT}/cfd/v4/order-data", _SEEN, "trading_reduced"),
        "perp_order_data": Name(f"POST {_FRONT}/perpetual/v4/order-data", _SEEN, "trading_reduced"),
        # Positions.
        "close_position": Name(
            f"POST {_FRONT}/v4/positions/{{positionId}}/close", _SEEN, "trading"
        ),
        "bulk_close": Name(f"POST {_FRONT}/v4/positions/bulk-close", _SEEN, "trading_reduced"),
        "trigger_data": Name(
            f"POST {_FRONT}/v4/positions/{{positionId}}/trigger-data", _SEEN, "trading_reduced"
        ),
        "submit_triggers": Name(
            f"PUT {_FRONT}/v4/positions/{{positionId}}/triggers", _SEEN, "trading_reduced"
        ),
        # History.
        "position_executions": Name(
            f"POST {_FRONT}/v4/positions/{{positionId}}/executions/list", _SEEN, "history"
        ),
        "positions_executions": Name(
            f"POST {_FRONT}/v4/positions/executions/list", _SEEN, "history"
        ),
        "closed_positions": Name(f"POST {_FRONT}/v4/orders/closed-positions", _SEEN, "history"),
        "closed_positions_field": Name("orders", _INFERRED),
        "closing_executions": Name(
            f"POST {_FRONT}/v5/orders/{{orderId}}/executions/list", _INFERRED, "history"
        ),
        "closings_executions": Name(
            f"POST {_FRONT}/v5/orders/executions/list", _INFERRED, "history"
        ),
        # Settings.
        "accounts": Name(f"GET {_FRONT}/v3/accounts", _SEEN, "settings_read"),
        "assets": Name(f"GET {_FRONT}/v3/assets", _SEEN, "settings_read"),
        "markets": Name(f"GET {_FRONT}/v5/markets", _SEEN, "settings_read"),
        "market": Name(f"GET {_FRONT}/v5/markets/{{marketId}}", _SEEN, "settings_read"),
        "margin_assets": Name(
            f"GET {_FRONT}/v4/account-margin-settings/assets", _SEEN, "settings_read"
        ),
        "margin_asset_select": Name(
            f"POST {_FRONT}/v4/account-margin-settings/assets/{{assetId}}", _SEEN, "settings_write"
        ),
        "margin_asset_deselect": Name(
            f"DELETE {_FRONT}/v4/account-margin-settings/assets/{{assetId}}",
            _SEEN,
            "settings_write",
        ),
        "lot_size_field": Name("lotSize", _INFERRED),
        "lot_min_field": Name("minLotAmount", _INFERRED),
        "lot_max_field": Name("maxLotAmount", _INFERRED),
        "lot_step_field": Name("lotStep", _INFERRED),
        # Market data.
        "history": Name(f"GET {_DATA}/history", _SEEN, "market_data"),
        "history_type": Name("type", _THIRD),
        "history_start": Name("startDate", _THIRD),
        "history_end": Name("endDate", _THIRD),
        "funding": Name(f"GET {_DATA}/funding", _SEEN, "market_data"),
        # Hubs and their streams.
        "hub_account": Name("/frontoffice/ws/v4/account"),
        "hub_balance": Name("/frontoffice/ws/v3/account"),
        "hub_market": Name("/marketdata/v5/info"),
        "stream_orders": Name("OpenOrders"),
        "stream_positions": Name("OpenPositions"),
        "stream_closed": Name("ClosePositionsOrders"),
        "stream_balance": Name("FullBalance"),
        "stream_margin": Name("MarginData"),
        "stream_book": Name("Book"),
        "stream_statistics": Name("TradingData"),
        "stream_quotes": Name("Tob"),
        "stream_chart": Name("Chart"),
        "stream_summary": Name("Summary"),
        # Behaviour.
        "negotiate": Name("skip", _INFERRED, choices=("skip", "ask")),
        "open_orders_mode": Name("upsert", _INFERRED, choices=("upsert", "full_list")),
        "open_positions_mode": Name("upsert", _INFERRED, choices=("upsert", "full_list")),
        "book_gap": Name("accept", _INFERRED, choices=("accept", "resubscribe")),
    }
)


class Route(msgspec.Struct, frozen=True):
    """Hold where a request goes: method, path with placeholders, and its rate limit."""

    method: str
    path: str
    endpoint: str


class Names:
    """Look names up, overrides first.

    Raises ConfigError for an override of a name that is not in the table, or that it cannot have.
    """

    def __init__(self, overrides: Mapping[str, str] = MappingProxyType({})) -> None:
        for key, value in overrides.items():
            _check(key, value)
        self._values = {key: overrides.get(key, name.value) for key, name in TABLE.items()}

    def __getitem__(self, key: str) -> str:
        return self._values[key]

    def route(self, key: str) -> Route:
        """Return the route of a request."""
        method, path = self._values[key].split(" ", 1)
        return Route(method, path, TABLE[key].endpoint)


def _check(key: str, value: str) -> None:
    name = TABLE.get(key)
    if name is None:
        raise ConfigError(f"b2trader has no name {key!r}; names are {', '.join(TABLE)}")
    if name.choices and value not in name.choices:
        raise ConfigError(f"b2trader name {key}: {value!r} is none of {', '.join(name.choices)}")
    if name.endpoint and not value.partition(" ")[2].startswith("/"):
        raise ConfigError(f"b2trader name {key}: write a method and a path, such as {name.value!r}")
