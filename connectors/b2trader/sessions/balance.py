"""The hub of money: balances become records, the state of margin is kept.

It knows no orders.
"""

from collections.abc import Mapping

from connectors.b2trader.mapping import finite
from connectors.b2trader.messages import Balance, Margin
from connectors.b2trader.names import Names
from connectors.b2trader.sessions.streams import StreamSession
from connectors.signalr.peer import Timing
from engine.errors import UsageError
from engine.model.notices import MarginCalled
from engine.model.subscription import Subscription
from engine.model.truth import BalanceRecord


class BalanceSession(StreamSession):
    """Follow the money of every account; `margins` holds what was last said of each margin.

    The venue streams the state of margin and no call: that the equity is less than the used margin
    is told once, until it is not.

    Balances are awaited: the truth of an account without money would let nothing pass the gate.
    """

    def __init__(
        self, names: Names, accounts: Mapping[str, str], timing: Timing | None = None
    ) -> None:
        super().__init__(timing)
        self.margins: dict[str, Margin] = {}
        self._names = names
        self._accounts = accounts
        self._balances: dict[str, dict[str, BalanceRecord]] = {}

    def balances(self, account: str) -> tuple[BalanceRecord, ...] | None:
        """Return the balances as last streamed; None until they are known."""
        found = self._balances.get(account)
        return None if found is None else tuple(found.values())

    def subscribe(self, subscription: Subscription, now: int) -> None:
        """Refuse: this hub has no market data."""
        raise UsageError(f"the hub of balances has no {subscription.kind}")

    def unsubscribe(self, subscription: Subscription, now: int) -> None:
        """Refuse: this hub has no market data."""
        raise UsageError(f"the hub of balances has no {subscription.kind}")

    def _reset(self) -> None:
        super()._reset()
        self._balances.clear()
        self.margins.clear()

    def _begin(self) -> None:
        for account, venue_id in self._accounts.items():
            self._open(account, venue_id)

    def _open(self, account: str, venue_id: str) -> None:
        balance, margin = self._names["stream_balance"], self._names["stream_margin"]
        self._stream(
            lambda raw, now: self._take_balances(account, raw, now),
            account,
            balance,
            venue_id,
            awaited=True,
        )
        self._stream(
            lambda raw, now: self._take_margin(account, raw, now), account, margin, venue_id
        )

    def _take_balances(self, account: str, raw: object, now: int) -> None:
        for item in self.hub.protocol.payload(raw, tuple[Balance, ...]):
            record = BalanceRecord(
                account=account,
                currency=item.asset_id.upper(),
                total=finite(item.total),
                available=finite(item.available),
                ts_event=now,
                ts_recv=now,
            )
            self._balances.setdefault(account, {})[record.currency] = record
            self._events.append(record)

    def _take_margin(self, account: str, raw: object, now: int) -> None:
        """Keep the state of margin; tell when the equity falls below what is used of it."""
        before = self.margins.get(account)
        margin = self.margins[account] = self.hub.protocol.payload(raw, Margin)
        if _is_short(margin) and not (before is not None and _is_short(before)):
            self._events.append(MarginCalled(account=account, level=100.0, ts_recv=now))


def _is_short(margin: Margin) -> bool:
    """Say whether the equity is less than the used margin."""
    return margin.margin_level is not None and 0 < finite(margin.margin_level) < 1
