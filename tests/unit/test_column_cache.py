"""Columns that are kept beside a partition are its rows, whoever builds them and is killed."""

import fcntl
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from backtest.catalogue import Catalogue, Columns, partition_file
from backtest.catalogue import column_cache as cache
from tests.recorded.rows import EURUSD, quotes

ROWS = 1_000


@pytest.fixture
def catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Catalogue:
    for module in (cache, partition_file):
        monkeypatch.setattr(module, "ROW_GROUP_ROWS", 64)
    monkeypatch.setattr(cache, "_FEWEST_ROWS", 1)
    made = Catalogue(tmp_path / "catalog", keep_columns=True)
    made.write(EURUSD, [quotes((second, 5 + second % 7, 9) for second in range(ROWS))])
    return made


def kept(catalogue: Catalogue) -> list[Path]:
    return sorted(catalogue.path.rglob(f"{cache.FOLDER}/*"))


def rows(catalogue: Catalogue, start: int | None = None, end: int | None = None) -> list[list[int]]:
    chunks = catalogue.read(EURUSD.id, "quotes", None, start, end, 50)
    return [
        [int(n) for n in row]
        for chunk in chunks
        for row in zip(*chunk.arrays.values(), strict=True)
    ]


def test_rows_are_the_same_from_the_kept_columns(catalogue: Catalogue) -> None:
    plain = Catalogue(catalogue.path)
    expected = rows(plain)
    assert kept(catalogue) == []
    assert rows(catalogue) == expected
    (path,) = kept(catalogue)
    assert path.stat().st_size == ROWS * 6 * 8
    times = [row[1] for row in expected]
    for start, end in pairwise([None, times[0], times[63], times[64], times[700], None]):
        assert rows(catalogue, start, end) == rows(plain, start, end)


def test_columns_of_rows_that_were_replaced_are_not_used_and_go(catalogue: Catalogue) -> None:
    rows(catalogue)
    (old,) = kept(catalogue)
    catalogue.write(EURUSD, [quotes([(0, 1, 2), (ROWS, 3, 4)])], replace=True)
    assert rows(catalogue) == rows(Catalogue(catalogue.path))
    (new,) = kept(catalogue)
    assert new != old


def test_what_a_killed_builder_left_is_built_again(catalogue: Catalogue) -> None:
    rows(catalogue)
    (path,) = kept(catalogue)
    unfinished = path.parent / f"{path.name.partition('.')[0]}.building"
    path.rename(unfinished)
    with unfinished.open("r+b") as file:
        file.truncate(1_000)
    assert rows(catalogue) == rows(Catalogue(catalogue.path))
    assert kept(catalogue) == [path]


def test_while_another_builds_the_partition_itself_is_read(catalogue: Catalogue) -> None:
    rows(catalogue)
    (path,) = kept(catalogue)
    unfinished = path.parent / f"{path.name.partition('.')[0]}.building"
    path.rename(unfinished)
    with unfinished.open("ab") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        assert rows(catalogue) == rows(Catalogue(catalogue.path))
        assert kept(catalogue) == [unfinished]


def test_without_room_nothing_is_kept(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "_SPARE", 10**12)
    assert rows(catalogue) == rows(Catalogue(catalogue.path))
    assert kept(catalogue) == []


def test_a_few_rows_are_not_kept(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "_FEWEST_ROWS", ROWS + 1)
    rows(catalogue)
    assert kept(catalogue) == []


def test_kept_columns_cannot_be_changed(catalogue: Catalogue) -> None:
    rows(catalogue)
    chunk: Columns = next(catalogue.read(EURUSD.id, "quotes", chunk_rows=32))
    with pytest.raises(ValueError, match="read-only"):
        chunk.arrays["bid"][0] = np.int64(1)
