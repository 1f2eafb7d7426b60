"""Write small run folders for tests, through the same writers that a run uses.

Simulates nothing: fills happen where a test says, and equity is what the test gives.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from backtest.results.metrics import Tables, read_tables
from backtest.results.tables import EQUITY, FILLS, MARKS, ORDERS, TableWriter, Value

DAY = 86_400 * 10**9
MONDAY = 1_672_617_600 * 10**9
"""2023-01-02 00:00 UTC, a Monday."""

Row = tuple[Value, ...]


class Book:
    """Book fills by average cost, as the ledger would, and keep the rows of all four tables."""

    def __init__(self) -> None:
        self.orders: list[Row] = []
        self.fills: list[Row] = []
        self.equity: list[Row] = []
        self.marks: list[Row] = []
        self._held: dict[tuple[str, str, str], tuple[float, float]] = {}

    def fill(
        self,
        ts: int,
        signed: float,
        price: float,
        *,
        strategy: str = "cross",
        account: str = "main",
        instrument: str = "EURUSD.SIM",
        fee: float = 0.0,
        currency: str = "USD",
        fee_currency: str = "USD",
        liquidity: str = "taker",
        type: str = "market",  # noqa: A002 - the column's own name
        arrival: float = float("nan"),
        multiplier: float = 1.0,
        rate: float = 1.0,
        submitted: int | None = None,
    ) -> None:
        """Add an order and the fill that completes it."""
        name = f"t-0-{len(self.orders) + 1}"
        side, quantity = (1 if signed > 0 else -1), abs(signed)
        key = (strategy, account, instrument)
        position, realised = self._book(key, signed, price, multiplier)
        sent = ts - 10**9 if submitted is None else submitted
        paid = (fee, fee_currency, currency, liquidity, multiplier)
        booked = (position, realised, arrival, rate)
        trade = (ts, ts, name, f"v{len(self.fills)}", *key, side, quantity, price)
        self.fills.append((*trade, *paid, *booked))
        asked = (name, *key, side, type, "gtc", quantity, None, None)
        self.orders.append((*asked, "filled", quantity, price, sent, sent, ts, "", arrival))

    def order(self, status: str, reason: str = "", *, filled: float = 0.0, ts: int = 0) -> None:
        """Add an order of quantity 1 that did not fill completely."""
        name = f"t-0-{len(self.orders) + 1}"
        asked = (name, "cross", "main", "EURUSD.SIM", 1, "limit", "gtc", 1.0, 1.1, None)
        became = (status, filled, float("nan"), ts, None, ts, reason, float("nan"))
        self.orders.append((*asked, *became))

    def sample(self, ts: int, equity: float, *, account: str = "main", gross: float = 0.0) -> None:
        """Add a sample of an account's equity."""
        self.equity.append((ts, account, equity, equity, 0.0, gross, gross))

    def days(self, levels: Sequence[float], *, account: str = "main", start: int = MONDAY) -> None:
        """Add the first level at `start` and each next one a day later."""
        for day, equity in enumerate(levels):
            self.sample(start + day * DAY, equity, account=account)

    def mark(self, ts: int, price: float, instrument: str = "EURUSD.SIM") -> None:
        """Add a mark."""
        self.marks.append((ts, instrument, price))

    def write(self, folder: Path) -> Tables:
        """Write the four tables into `folder` and read them back."""
        folder.mkdir(parents=True, exist_ok=True)
        rows = ((ORDERS, self.orders), (FILLS, self.fills), (EQUITY, self.equity))
        for schema, table in (*rows, (MARKS, self.marks)):
            with TableWriter(folder / schema.file_name, schema) as writer:
                writer.extend(table)
        return read_tables(folder)

    def _book(
        self, key: tuple[str, str, str], signed: float, price: float, multiplier: float
    ) -> tuple[float, float]:
        position, average = self._held.get(key, (0.0, 0.0))
        closing = min(abs(signed), abs(position)) if position * signed < 0 else 0.0
        realised = closing * (price - average) * (1 if position > 0 else -1) * multiplier
        after = round(position + signed, 9)
        if position * signed >= 0:
            average = (abs(position) * average + abs(signed) * price) / abs(after)
        elif position * after < 0:
            average = price
        self._held[key] = (after, average)
        return after, realised


def write_documents(folder: Path, summary: dict[str, Any], manifest: dict[str, Any]) -> None:
    """Write the two JSON documents of a run folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "summary.json").write_text(json.dumps(summary))
    (folder / "manifest.json").write_text(json.dumps(manifest))
