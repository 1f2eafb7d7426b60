"""Journals that earlier versions of the format wrote are read for ever.

A version's folder is written once and never changed; a new version adds one.
"""

from collections import Counter
from pathlib import Path

import pytest

from engine.journal.disk import SystemDisk
from engine.journal.entries import VERSION, Kind
from engine.journal.reader import read_run
from engine.model.commands import SubmitOrder
from engine.model.market import QuoteTick
from engine.model.reports import OrderFilled
from engine.recovery.books import last_snapshot
from engine.recovery.run_started import RunStarted
from tests.house.sources import ROOT

CORPUS = ROOT / "tests/journals"


def test_every_version_has_a_corpus() -> None:
    assert sorted(path.name for path in CORPUS.iterdir()) == [
        f"v{number}" for number in range(1, VERSION + 1)
    ]


@pytest.mark.parametrize("folder", sorted(CORPUS.iterdir()), ids=lambda path: path.name)
def test_a_journal_of_a_version_reads_as_it_was_written(folder: Path) -> None:
    entries = list(read_run(SystemDisk(), folder))
    kinds = Counter(type(entry.body) for entry in entries)
    started = entries[0].body
    assert isinstance(started, RunStarted)
    assert (started.bot, started.epoch, started.mode) == ("abcd", 1, "live")
    assert (kinds[QuoteTick], kinds[SubmitOrder], kinds[OrderFilled]) == (25, 16, 7)
    assert [entry.sequence for entry in entries] == list(range(1, len(entries) + 1))
    snapshot, tail = last_snapshot(iter(entries))
    assert snapshot is not None
    assert any(entry.kind is Kind.DECISION for entry in tail)
