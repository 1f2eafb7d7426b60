"""The portfolio streams: orders, stop orders, executions and positions of every account.

Market data has a socket of its own, so that bursts of it hold up no report.
"""

from collections.abc import Callable

import msgspec

from connectors.alor_protocol.codec import AnyFrame
from connectors.alor_protocol.mapping.cache import InstrumentCache
from connectors.alor_protocol.mapping.records import (
    order_row,
    position_record,
    stop_row,
    trade_row,
)
from connectors.alor_protocol.messages.account import Order, Position, StopOrder, Trade
from connectors.alor_protocol.messages.requests import StreamRequest
from connectors.alor_protocol.placements import Placements
from connectors.alor_protocol.sessions.socket import SocketSession
from connectors.alor_protocol.sessions.streams import FORMAT, Streams, Take
from connectors.alor_protocol.settings import Settings

_CLAIM_NS = 5_000_000_000
"""How long an execution waits for a record that tells whose order it belongs to."""


class AccountSession(SocketSession):
    """Follow the streams of every portfolio; ready once all of them are acknowledged.

    Money is read from the lists alone: a cash row means something only beside the holdings. The
    streams begin without the stored records: the lists are asked for by HTTP after each connection,
    for a snapshot by stream has no end that could be seen.
    """

    def __init__(
        self,
        settings: Settings,
        token: Callable[[], str],
        cache: InstrumentCache,
        placements: Placements,
    ) -> None:
        super().__init__(token, settings.stream_ping_ns, settings.answer_ns)
        self._settings = settings
        self._cache = cache
        self._placements = placements
        self._streams = Streams()
        self._requests = 0

    def deadline(self) -> int | None:
        """Return when a ping, the end of a mute connection or an unclaimed execution is due."""
        due = super().deadline()
        waiting = self._placements.waiting_since
        if waiting is None or due is None:
            return due
        return min(due, waiting + _CLAIM_NS)

    def timeout(self, now: int) -> None:
        """Pass on what lists have completed and what nobody claims, and do what else is due."""
        self._events += self._placements.listed()
        self._events += self._placements.unclaimed(now - _CLAIM_NS, now)
        super().timeout(now)

    def _open(self, now: int) -> None:
        self._streams.clear()
        for account, portfolio in self._settings.portfolios.items():
            for opcode, take in self._takers(account):
                self._requests += 1
                guid = f"account-{self._requests}"
                self._streams.add(guid, opcode, take)
                self._require(guid, f"{opcode} of {portfolio}")
                self._send(
                    StreamRequest(
                        opcode=opcode,
                        guid=guid,
                        token=self._token(),
                        exchange=self._settings.read_exchange(portfolio),
                        portfolio=portfolio,
                        format=FORMAT,
                        skip_history=True,
                    )
                )

    def _takers(self, account: str) -> tuple[tuple[str, Take], ...]:
        """Return what is subscribed to for an account, and who takes its records."""

        def on_order(order: Order, now: int) -> None:
            row = order_row(order, account, self._cache, now)
            self._events += [] if row is None else self._placements.on_order(row, now)

        def on_stop(order: StopOrder, now: int) -> None:
            row = stop_row(order, account, self._cache, now)
            self._events += [] if row is None else self._placements.on_order(row, now)

        def on_trade(trade: Trade, now: int) -> None:
            row = trade_row(trade, account, self._cache, self._settings.currency, now)
            self._events += [] if row is None else self._placements.on_trade(row, now)

        def on_position(position: Position, now: int) -> None:
            record = position_record(position, account, self._cache, now)
            self._events += [] if record is None else [record]

        return (
            ("OrdersGetAndSubscribeV2", on_order),
            ("StopOrdersGetAndSubscribeV2", on_stop),
            ("TradesGetAndSubscribeV2", on_trade),
            ("PositionsGetAndSubscribeV2", on_position),
        )

    def _ping(self, guid: str) -> msgspec.Struct:
        return StreamRequest(opcode="ping", guid=guid, token=self._token(), confirm=True)

    def _receive_data(self, text: str, now: int) -> bool:
        return self._streams.receive(text, now)

    def _receive_any(self, found: AnyFrame, now: int) -> bool:
        return self._streams.receive_any(found, now)

    def _forget(self) -> None:
        super()._forget()
        self._streams.clear()
