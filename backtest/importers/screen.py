"""Check the rows of one stream and put them onto the instrument's integers.

Repairs nothing silently: what is kept though odd is counted, what is wrong is refused with its
line.
"""

from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from backtest.catalogue.columns import (
    COLUMN_NAMES,
    MISSING,
    NULLABLE,
    PRICE_COLUMNS,
    QUANTITY_COLUMNS,
    Columns,
    Stream,
)
from backtest.catalogue.quality import crossed, off_grid, possible
from backtest.importers.batch import Batch
from backtest.importers.exact import MoreDigits, TooLarge, units_of
from backtest.importers.options import ImportPolicy
from backtest.importers.order import OrderCheck, Placed
from backtest.importers.report import Tally
from engine.errors import DataError
from engine.model.instrument import Instrument

_COARSER = {
    "price": "give a coarser --tick or fewer --price-digits",
    "quantity": "add --quantity-digits to round sizes and volumes",
}
_OHLC = ("open", "high", "low", "close")
_SESSION_GAP_NS = 7_200_000_000_000
_MOST_SESSION_STARTS = 10_000


class Screen:
    """Admit the rows of one stream, batch by batch; DataError where the import would be wrong."""

    def __init__(
        self, instrument: Instrument, stream: Stream, policy: ImportPolicy, shift_ns: int
    ) -> None:
        self.tally = Tally()
        self.session_starts: list[int] = []
        self.stream = stream
        self._instrument = instrument
        self._shift = shift_ns
        self._order = OrderCheck(policy, self.tally)
        self._round_quantities = policy.quantity_digits is not None
        self._last_open = 0

    def admit(self, batch: Batch) -> Columns | None:
        """Return the rows to store now, or None when they wait to be sorted."""
        columns = self._columns(batch)
        members = np.full(len(batch), batch.member, dtype=np.object_)
        return self._noticed(self._order.admit(Placed(columns, batch.lines, members)))

    def finish(self) -> Columns | None:
        """Return the rows that waited to be sorted, in order."""
        return self._noticed(self._order.finish())

    def _columns(self, batch: Batch) -> Columns:
        self.tally.read += len(batch)
        arrays = self._times(batch) | batch.integers
        for what, names, digits in (
            ("price", PRICE_COLUMNS[batch.kind], self._instrument.price_digits),
            ("quantity", QUANTITY_COLUMNS[batch.kind], self._instrument.quantity_digits),
        ):
            for name in names:
                arrays[name] = self._units(batch, name, what, digits)
        if batch.kind == "trades":
            arrays["aggressor"] = _aggressor(batch)
        arrays = {name: arrays[name] for name in COLUMN_NAMES[batch.kind]}
        columns = Columns(self._instrument.id, batch.kind, batch.spec, arrays, batch.trade_ids)
        self._refuse_impossible(batch, columns)
        self._count(batch, columns)
        return columns

    def _times(self, batch: Batch) -> dict[str, NDArray[np.int64]]:
        if not self._shift or batch.kind == "bars":
            return batch.times
        event, received = batch.times["ts_event"], batch.times["ts_recv"]
        # Where the venue gave no time, ts_event is the recorder's and moves with its clock.
        moved = received + self._shift
        return {"ts_event": np.where(event == received, moved, event), "ts_recv": moved}

    def _units(self, batch: Batch, name: str, what: str, digits: int) -> NDArray[np.int64]:
        numbers = batch.numbers[name]
        self._refuse_other_digits(batch, what, digits)
        may_round = what == "quantity" and self._round_quantities
        try:
            units, rounded = units_of(numbers, digits, what, may_round=may_round)
        except TooLarge as large:
            place = batch.place(large.row)
            msg = (
                f"{place}: {name} {float(numbers[large.row])!r} with {digits} decimals needs more "
                "than "
                f"15 digits; {_COARSER[what]}"
            )
            raise DataError(msg) from None
        except MoreDigits as more:
            more.place = f"{batch.place(more.row)}: {name} {float(numbers[more.row])!r}"
            raise
        self.tally.rounded += rounded
        missing = units == MISSING
        wrong = np.zeros(len(units), dtype=bool) if name in NULLABLE else missing
        if what == "quantity":
            wrong = wrong | ((units < 0) & ~missing)
        if wrong.any():
            row = int(np.argmax(wrong))
            said = "is missing" if missing[row] else f"is {numbers[row]}, below zero"
            msg = f"{batch.place(row)}: {name} {said}; mend or remove the row, or check --columns"
            raise DataError(msg)
        return units

    @staticmethod
    def _refuse_other_digits(batch: Batch, what: str, digits: int) -> None:
        """Ask for the decimals of the recording, where it has to be stored with no others."""
        needed = batch.digits.get(what, digits)
        if digits < needed:
            raise MoreDigits(what, needed, 0, batch.place(0))
        if digits > needed:
            msg = (
                f"{batch.place(0)}: {what} has {needed} decimals, {digits} were asked for, and the "
                "checksums of the book are over the former; give a coarser --tick or "
                "--quantity-step"
            )
            raise DataError(msg)

    def _refuse_impossible(self, batch: Batch, columns: Columns) -> None:
        if batch.kind != "bars":
            return
        values = [columns.arrays[name] for name in _OHLC]
        wrong = ~possible(*values)
        if wrong.any():
            row = int(np.argmax(wrong))
            bar = " ".join(f"{name} {float(batch.numbers[name][row])!r}" for name in _OHLC)
            msg = (
                f"{batch.place(row)}: impossible bar, {bar} ({int(wrong.sum())} of {len(batch)} "
                "rows "
                f"in this block); {_advice(values, batch.headings)}"
            )
            raise DataError(msg)

    def _count(self, batch: Batch, columns: Columns) -> None:
        off = np.zeros(len(columns), dtype=bool)
        for name in PRICE_COLUMNS[columns.kind]:
            off |= off_grid(columns.arrays[name], self._instrument)
        if off.any():
            self.tally.first_off_grid = self.tally.first_off_grid or batch.place(
                int(np.argmax(off))
            )
            self.tally.off_grid += int(off.sum())
        if columns.kind == "quotes":
            self.tally.crossed += int(crossed(columns).sum())

    def _noticed(self, columns: Columns | None) -> Columns | None:
        """Remember when sessions start, for the suspicion of a wrong bar label."""
        if columns is None or columns.kind != "bars" or not len(columns):
            return columns
        opens = columns.arrays["ts_open"]
        starts = opens[np.diff(opens, prepend=self._last_open) >= _SESSION_GAP_NS]
        room = _MOST_SESSION_STARTS - len(self.session_starts)
        self.session_starts.extend(starts[:room].tolist())
        self._last_open = int(opens[-1])
        return columns


def _advice(values: list[NDArray[np.int64]], headings: tuple[str, ...]) -> str:
    for order in permutations(range(4)):
        if order[0] < order[3] and possible(*(values[place] for place in order)).all():
            by_place = {place: name for name, place in zip(_OHLC, order, strict=True)}
            words = ",".join(by_place[place] for place in range(4))
            if not headings:
                return f"the four columns fit as {words}: use format csv with --columns"
            columns = ",".join(f"{by_place[place]}={headings[place]}" for place in range(4))
            return f"the four columns fit as {words}: add --columns {columns}"
    return "mend or remove the row"


def _aggressor(batch: Batch) -> NDArray[np.int64]:
    return np.zeros(len(batch), dtype=np.int64) if batch.aggressor is None else batch.aggressor
