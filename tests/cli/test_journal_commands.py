"""The journal's commands on a journal that is whole, torn and damaged; its index and retention."""

import json
from pathlib import Path

import pytest

from engine.journal.disk import SystemDisk
from engine.journal.entries import Kind
from engine.journal.index import INDEX, Query, find
from engine.journal.segments import segment_paths
from engine.journal.writer import JOURNAL, Journal, JournalPolicy
from engine.model.market import QuoteTick
from engine.model.reports import OrderAccepted, OrderRejected
from lockstep.live.retention import prune
from tests.cli.program import lockstep

RUN = "20240101T000000-live-flip"
DISK = SystemDisk()


def write_run(runs: Path, name: str = RUN, segment_bytes: int = 1 << 20) -> Path:
    folder = runs / name
    folder.mkdir(parents=True)
    journal = Journal(DISK, folder, JournalPolicy(segment_bytes=segment_bytes))
    for number in range(1, 6):
        at = {"instrument": "ABC.SIM", "ts_event": number, "ts_recv": number}
        quote = QuoteTick("ABC.SIM", number, number, 1.0, 2.0, 5.0, 5.0)
        journal.append(Kind.INPUT, quote)
        journal.append(Kind.INPUT, OrderAccepted(client_order_id=f"b-1-{number}", **at))  # type: ignore[arg-type] # what every report has
        journal.commit()
    journal.append(
        Kind.INPUT,
        OrderRejected(
            client_order_id="b-1-5", instrument="ABC.SIM", ts_event=6, ts_recv=6, reason="no"
        ),
    )
    journal.close()
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_run(tmp_path / "runs")


def last_segment(folder: Path) -> Path:
    return segment_paths(DISK, folder / JOURNAL)[-1]


def test_show_finds_the_entries_of_an_order(folder: Path, tmp_path: Path) -> None:
    done = lockstep("journal", "show", "--order", "b-1-5", "--json", folder=tmp_path)
    events = [each["event"] for each in json.loads(done.out)["entries"]]
    assert (done.code, events) == (0, ["OrderAccepted", "OrderRejected"])
    told = lockstep("journal", "show", RUN, "--event", "OrderRejected", folder=tmp_path).out
    assert "OrderRejected" in told
    assert "1970-01-01 00:00:00.000000" in told


def test_verify_tells_whole_torn_and_damaged_apart(folder: Path, tmp_path: Path) -> None:
    whole = lockstep("journal", "verify", folder=tmp_path)
    assert (whole.code, whole.out) == (0, f"{RUN}: 11 entries; whole\n")
    path = last_segment(folder)
    data = path.read_bytes()
    path.write_bytes(data[:-4])
    torn = lockstep("journal", "verify", folder=tmp_path)
    assert torn.code == 1
    assert "bytes torn at the end" in torn.out
    path.write_bytes(data[:200] + b"?" + data[201:])
    damaged = lockstep("journal", "verify", "--json", folder=tmp_path)
    assert damaged.code == 1
    assert "damaged at byte" in json.loads(damaged.out)["damage"]


def test_verify_cuts_where_it_is_told_to(folder: Path, tmp_path: Path) -> None:
    path = last_segment(folder)
    data = path.read_bytes()
    path.write_bytes(data[:200] + b"?" + data[201:])
    assert lockstep("journal", "verify", "--cut", folder=tmp_path).out.startswith("cut ")
    assert lockstep("journal", "verify", folder=tmp_path).code == 0


def test_export_writes_every_entry_in_order(folder: Path, tmp_path: Path) -> None:
    lockstep("journal", "export", "--out", "all.jsonl", folder=tmp_path)
    lines = [json.loads(line) for line in (tmp_path / "all.jsonl").read_text().splitlines()]
    assert [line["sequence"] for line in lines] == list(range(1, 12))
    assert [line["body"]["event"] for line in lines[:2]] == ["QuoteTick", "OrderAccepted"]


def test_a_folder_without_a_journal_is_named(tmp_path: Path) -> None:
    done = lockstep("journal", "verify", "gone", folder=tmp_path)
    assert (done.code, "no run 'gone' with a journal" in done.err) == (2, True)


def test_the_index_is_made_again_when_it_is_gone_or_broken(folder: Path) -> None:
    query = Query(event="OrderAccepted")
    before = find(DISK, folder, query)
    assert len(before) == 5
    (folder / INDEX).unlink()
    assert find(DISK, folder, query) == before
    (folder / INDEX).write_bytes(b"nonsense" * 1_000)
    assert find(DISK, folder, query) == before


def test_the_index_grows_with_the_journal(folder: Path) -> None:
    assert len(find(DISK, folder, Query(limit=3))) == 3
    assert find(DISK, folder, Query(client_order_id="b-1-2"))[0].sequence == 4


def test_retention_keeps_the_newest_journals_and_every_folder(tmp_path: Path) -> None:
    names = [f"2024010{day}T000000-live-flip" for day in range(1, 6)]
    runs = [write_run(tmp_path, name, segment_bytes=300) for name in names]
    other = write_run(tmp_path, "20230101T000000-paper-flip")
    assert prune(DISK, runs[-1], 2) == runs[:2]
    left = [bool(segment_paths(DISK, run / JOURNAL)) for run in (*runs, other)]
    assert left == [False, False, True, True, True, True]
    assert all(run.is_dir() for run in runs)
