"""Decide what becomes of a stored partition when rows are written to it again.

Compares and plans only: `session` writes what is planned here. Two rules:

- bars have a key, the time they open: bars of equal key must be equal, other bars are put in
  between;
- ticks have none: where the two time ranges overlap, both must hold the same rows in the same
  order.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backtest.catalogue.columns import (
    PRICE_COLUMNS,
    QUANTITY_COLUMNS,
    Columns,
    ids_or_blank,
    iso_time,
    join_columns,
    stream_name,
    total_rows,
)
from backtest.catalogue.partition_file import PartitionFile
from engine.errors import DataError
from engine.model.decimals import canonical
from engine.model.instrument import Instrument

MEND = "nothing was stored; add --replace to overwrite that time range, or use another catalogue"


@dataclass(frozen=True)
class MergePlan:
    """Say how a stored partition and a staged one of the same name become one.

    `rows` is None when the stored file stays as it is. `added` and `removed` count rows against the
    stored file.
    """

    rows: Iterable[Columns] | None
    added: int
    removed: int


def plan_merge(
    stored: PartitionFile, staged: PartitionFile, instrument: Instrument, *, replace: bool
) -> MergePlan:
    """Return the plan for two files of one partition; DataError where they disagree."""
    if stored.facts.content == staged.facts.content:
        return MergePlan(None, 0, 0)
    if replace:
        return _overwrite(stored, staged)
    kind = stored.stream[0]
    return (
        _merge_bars(stored, staged, instrument)
        if kind == "bars"
        else _merge_ticks(stored, staged, instrument)
    )


def _overwrite(stored: PartitionFile, staged: PartitionFile) -> MergePlan:
    span = staged.facts.range
    kept = [(stored, None, span.first), (staged, None, None), (stored, span.last + 1, None)]
    outside = total_rows(_rows([kept[0], kept[2]]))
    return MergePlan(_rows(kept), span.rows, stored.facts.range.rows - outside)


def _merge_ticks(stored: PartitionFile, staged: PartitionFile, instrument: Instrument) -> MergePlan:
    old, new = stored.facts.range, staged.facts.range
    low, high = max(old.first, new.first), min(old.last, new.last)
    if low > high:
        order = [stored, staged] if old.last < new.first else [staged, stored]
        return MergePlan(_rows([(file, None, None) for file in order]), new.rows, 0)
    overlap = _compare(
        stored.chunks(low, high + 1, trade_ids=True),
        staged.chunks(low, high + 1, trade_ids=True),
        instrument,
    )
    if overlap == new.rows:
        return MergePlan(None, 0, 0)
    head = staged if new.first < low else stored
    tail = staged if new.last > high else stored
    pieces = [(head, None, low), (stored, low, high + 1), (tail, high + 1, None)]
    return MergePlan(_rows(pieces), new.rows - overlap, 0)


def _compare(stored: Iterator[Columns], staged: Iterator[Columns], instrument: Instrument) -> int:
    """Return the number of equal rows; raises DataError at the first difference, in flat memory."""
    equal = 0
    left, right = next(stored, None), next(staged, None)
    while left is not None and right is not None:
        count = min(len(left), len(right))
        _refuse_difference(left.part(0, count), right.part(0, count), instrument)
        equal += count
        left = left.part(count, len(left)) if count < len(left) else next(stored, None)
        right = right.part(count, len(right)) if count < len(right) else next(staged, None)
    rest = left or right
    if rest is not None:
        has, lacks = (
            ("the catalogue", "the new data")
            if right is None
            else ("the new data", "the catalogue")
        )
        time = iso_time(int(rest.arrays["ts_recv"][0]))
        where = f"{instrument.id} {stream_name(rest.stream)} at {time}"
        msg = (
            f"{where}: {has} holds a row that {lacks} does not, though both cover that time; {MEND}"
        )
        raise DataError(msg)
    return equal


def _merge_bars(stored: PartitionFile, staged: PartitionFile, instrument: Instrument) -> MergePlan:
    # A partition holds one month of bars: 2.7 M rows for one-second bars, so both fit in memory.
    old, new = join_columns(list(stored.chunks())), join_columns(list(staged.chunks()))
    old_keys, new_keys = old.arrays["ts_open"], new.arrays["ts_open"]
    at = np.searchsorted(old_keys, new_keys)
    known = old_keys[np.minimum(at, len(old_keys) - 1)] == new_keys
    _refuse_difference(old.take(at[known]), new.take(known), instrument)
    added = int(np.count_nonzero(~known))
    if not added:
        return MergePlan(None, 0, 0)
    both = join_columns([old, new.take(~known)])
    merged = both.take(np.argsort(both.arrays["ts_open"], kind="stable"))
    _refuse_overlap(merged, instrument)
    return MergePlan([merged], added, 0)


def _refuse_overlap(bars: Columns, instrument: Instrument) -> None:
    opens, closes, received = (bars.arrays[name] for name in ("ts_open", "ts_close", "ts_recv"))
    wrong = np.flatnonzero((opens[1:] < closes[:-1]) | (received[1:] < received[:-1]))
    if len(wrong):
        time = iso_time(int(opens[wrong[0] + 1]))
        msg = (
            f"{instrument.id} {stream_name(bars.stream)}: the bar of {time} would overlap a stored "
            f"bar; {MEND}"
        )
        raise DataError(msg)


def _refuse_difference(left: Columns, right: Columns, instrument: Instrument) -> None:
    different: NDArray[np.bool_] = ids_or_blank(left) != ids_or_blank(right)
    for name, values in left.arrays.items():
        different |= values != right.arrays[name]
    if different.any():
        row = int(np.argmax(different))
        time = iso_time(int(right.arrays["ts_recv"][row]))
        msg = (
            f"{instrument.id} {stream_name(left.stream)} disagrees at {time}: "
            f"stored {describe_row(left, row, instrument)}, offered "
            f"{describe_row(right, row, instrument)}; {MEND}"
        )
        raise DataError(msg)


def describe_row(columns: Columns, row: int, instrument: Instrument) -> str:
    """Return one row as `name=value` words with decimals, for messages."""
    digits = dict.fromkeys(PRICE_COLUMNS[columns.kind], instrument.price_digits)
    digits |= dict.fromkeys(QUANTITY_COLUMNS[columns.kind], instrument.quantity_digits)
    words = [
        f"{name}={canonical(int(columns.arrays[name][row]), places)}"
        for name, places in digits.items()
    ]
    return " ".join(words)


def _rows(pieces: Iterable[tuple[PartitionFile, int | None, int | None]]) -> Iterator[Columns]:
    for file, start, end in pieces:
        yield from file.chunks(start, end, trade_ids=True)
