"""The journal on disks that work, fail, tear and fill; and what is read back of it."""

from pathlib import Path
from typing import get_args

import msgspec
import pytest

from connectors.frame.connector import ConnectorEvent
from engine.errors import DataError, UsageError
from engine.journal.check import check
from engine.journal.disk import Disk, InstanceLock, SystemDisk
from engine.journal.entries import Body, Entry, Kind
from engine.journal.frames import frames, seal
from engine.journal.memory import MemoryDisk
from engine.journal.reader import cut_torn, read_run, require_whole
from engine.journal.segments import FORMAT, SegmentHeader, segment_paths
from engine.journal.writer import JOURNAL, MARKET_DATA, Durability, Journal, JournalPolicy
from engine.kernel import Decision
from engine.model.market import QuoteTick
from engine.model.reports import OrderAccepted, OrderEvent, OrderReport
from engine.model.run_events import Coalesced

RUN = Path("/run")
SMALL = JournalPolicy(segment_bytes=300)


def accepted(number: int) -> OrderAccepted:
    return OrderAccepted(
        client_order_id=f"b-1-{number}", instrument="ABC.SIM", ts_event=number, ts_recv=number
    )


def quote(number: int) -> QuoteTick:
    return QuoteTick("ABC.SIM", number, number, 1.0, float("nan"), 5.0, 5.0)


def write(disk: Disk, count: int, policy: JournalPolicy = JournalPolicy()) -> Journal:  # noqa: B008
    journal = Journal(disk, RUN, policy)
    for number in range(1, count + 1):
        journal.append(Kind.INPUT, accepted(number))
        journal.commit()
    return journal


def orders(disk: Disk, run: Path = RUN) -> list[str]:
    return [
        entry.body.client_order_id
        for entry in read_run(disk, run)
        if isinstance(entry.body, OrderAccepted)
    ]


def ids(count: int) -> list[str]:
    return [f"b-1-{number}" for number in range(1, count + 1)]


def only_segment(disk: MemoryDisk) -> bytearray:
    (path,) = segment_paths(disk, RUN / JOURNAL)
    return disk.files[path]


def test_entries_come_back_in_order_with_their_kind_and_sequence() -> None:
    disk = MemoryDisk()
    journal = Journal(disk, RUN, JournalPolicy())
    journal.append(Kind.INPUT, accepted(1))
    journal.append(Kind.DECISION, accepted(2))
    journal.append(Kind.NOTE, Coalesced("ABC.SIM", 3, 9))
    journal.close()
    assert list(read_run(disk, RUN)) == [
        Entry(1, Kind.INPUT, accepted(1)),
        Entry(2, Kind.DECISION, accepted(2)),
        Entry(3, Kind.NOTE, Coalesced("ABC.SIM", 3, 9)),
    ]


def test_market_data_has_a_file_of_its_own_and_one_sequence_with_the_rest() -> None:
    disk = MemoryDisk()
    journal = Journal(disk, RUN, JournalPolicy())
    for number in range(1, 5):
        journal.append(Kind.INPUT, quote(number) if number % 2 else accepted(number))
    journal.close()
    kinds = [type(entry.body) for entry in read_run(disk, RUN)]
    assert kinds == [QuoteTick, OrderAccepted, QuoteTick, OrderAccepted]
    assert [type(entry.body) for entry in read_run(disk, RUN, market=False)] == kinds[1::2]


def test_market_data_is_written_before_what_it_caused() -> None:
    disk = MemoryDisk()
    journal = Journal(disk, RUN, JournalPolicy())
    journal.append(Kind.INPUT, quote(1))
    assert journal.commit()
    assert not segment_paths(disk, RUN / MARKET_DATA)
    journal.append(Kind.DECISION, accepted(2))
    assert journal.commit()
    assert [type(entry.body) for entry in read_run(disk, RUN)] == [QuoteTick, OrderAccepted]


@pytest.mark.parametrize(("durability", "kept"), [("buffered", 0), ("process", 3), ("power", 3)])
def test_what_a_kill_leaves_behind(durability: Durability, kept: int) -> None:
    disk = MemoryDisk()
    write(disk, 3, JournalPolicy(durability=durability))
    assert len(segment_paths(disk, RUN / JOURNAL)) == (kept > 0)
    if kept:
        assert orders(disk) == ids(kept)


def test_only_power_survives_a_loss_of_power() -> None:
    for durability, kept in (("process", 0), ("power", 3)):
        disk = MemoryDisk()
        write(disk, 3, JournalPolicy(durability=durability))  # type: ignore[arg-type] # both are
        disk.lose_power()
        assert orders(disk) == ids(kept)


def test_segments_are_cut_and_read_as_one() -> None:
    disk = MemoryDisk()
    write(disk, 20, SMALL)
    assert len(segment_paths(disk, RUN / JOURNAL)) > 3
    assert orders(disk) == ids(20)


def test_market_data_beyond_what_is_kept_goes_and_the_rest_is_read() -> None:
    disk = MemoryDisk()
    journal = Journal(disk, RUN, JournalPolicy(segment_bytes=300, keep_market=2))
    journal.append(Kind.INPUT, accepted(1))
    for number in range(2, 60):
        journal.append(Kind.INPUT, quote(number))
        journal.flush()
        finished = segment_paths(disk, RUN / MARKET_DATA)[:-1]
        assert len(finished) <= 2
    journal.close()
    assert check(disk, RUN).damage == ""
    bodies = [entry.body for entry in read_run(disk, RUN)]
    kept = [each.ts_recv for each in bodies if isinstance(each, QuoteTick)]
    assert kept == list(range(kept[0], 60))
    assert len(kept) > 4
    assert bodies[0] == accepted(1)
    with pytest.raises(DataError, match="keep_market_mb"):
        require_whole(disk, RUN)


def test_a_journal_with_all_its_market_data_is_whole() -> None:
    disk = MemoryDisk()
    write(disk, 3).close()
    require_whole(disk, RUN)
    journal = Journal(disk, RUN / "more", SMALL)
    for number in range(1, 60):
        journal.append(Kind.INPUT, quote(number))
        journal.flush()
    require_whole(disk, RUN / "more")


def test_a_journal_cut_at_any_byte_gives_all_whole_entries_before() -> None:
    disk = MemoryDisk()
    write(disk, 4)
    whole = bytes(only_segment(disk))
    counts = []
    for size in range(len(whole) + 1):
        only_segment(disk)[:] = whole[:size]
        counts.append(len(orders(disk)))
    assert counts == sorted(counts)
    assert (counts[0], counts[-1]) == (0, 4)


def test_a_torn_tail_is_cut_once() -> None:
    disk = MemoryDisk()
    write(disk, 3)
    del only_segment(disk)[-5:]
    assert cut_torn(disk, RUN) > 0
    assert cut_torn(disk, RUN) == 0
    assert orders(disk) == ids(2)


def test_a_segment_whose_header_is_torn_is_removed() -> None:
    disk = MemoryDisk()
    write(disk, 20, SMALL)
    last = segment_paths(disk, RUN / JOURNAL)[-1]
    del disk.files[last][4:]
    assert cut_torn(disk, RUN) == 4
    assert last not in disk.files


def test_every_flipped_bit_but_in_the_last_entry_is_found() -> None:
    disk = MemoryDisk()
    write(disk, 3)
    whole = bytes(only_segment(disk))
    last = whole.rindex(b"b-1-3") - 150  # well before the last entry's frame
    for place in range(last):
        data = only_segment(disk)
        data[:] = whole
        data[place] ^= 0x10
        with pytest.raises(DataError):
            orders(disk)


def test_damage_in_the_middle_names_the_place_and_the_remedy() -> None:
    disk = MemoryDisk()
    write(disk, 3)
    only_segment(disk)[120] ^= 1
    with pytest.raises(DataError, match=r"damaged at byte \d+, and goes on.*verify --cut"):
        cut_torn(disk, RUN)


def test_a_missing_segment_is_found() -> None:
    disk = MemoryDisk()
    write(disk, 20, SMALL)
    disk.remove(segment_paths(disk, RUN / JOURNAL)[1])
    with pytest.raises(DataError, match="does not continue"):
        orders(disk)


def test_a_torn_entry_before_the_last_segment_is_damage() -> None:
    disk = MemoryDisk()
    write(disk, 20, SMALL)
    del disk.files[segment_paths(disk, RUN / JOURNAL)[0]][-5:]
    with pytest.raises(DataError, match="damaged"):
        orders(disk)


@pytest.mark.parametrize("durability", ["process", "power"])
def test_the_nth_write_or_sync_that_fails_ends_the_journal_for_good(durability: Durability) -> None:
    policy = JournalPolicy(durability=durability)
    for number in range(1, 8):
        disk = MemoryDisk(fail_at=number, torn=7)
        journal = Journal(disk, RUN, policy)
        accepted_commits = 0
        for each in range(1, 11):
            journal.append(Kind.INPUT, accepted(each))
            accepted_commits += journal.commit()
        assert "Input/output error" in journal.failure
        assert not journal.flush()
        found = orders(disk)
        assert found == ids(len(found))
        assert len(found) >= accepted_commits


def test_a_full_disk_is_told_before_and_when_it_is_full() -> None:
    disk = MemoryDisk(capacity=2_000)
    journal = Journal(disk, RUN, JournalPolicy(reserve_bytes=1_000))
    told_at = 0
    for number in range(1, 40):
        journal.append(Kind.INPUT, accepted(number))
        if not journal.commit():
            break
        told_at = told_at or (number if journal.is_full else 0)
    assert 0 < told_at < len(orders(disk)) < 39
    assert "No space left" in journal.failure


def test_a_later_version_is_refused_by_name() -> None:
    disk = MemoryDisk()
    write(disk, 1)
    data = bytes(only_segment(disk))
    first = next(frames(data, 0, None))
    header = msgspec.msgpack.encode(SegmentHeader(FORMAT, 99, 1, 0))
    only_segment(disk)[:] = seal(header, 0)[0] + data[first.end :]
    with pytest.raises(DataError, match="journal version 99"):
        orders(disk)


def test_the_journal_can_hold_whatever_the_kernel_decides_and_connectors_tell() -> None:
    held = set(get_args(Body))
    reports = {each for each in held if issubclass(each, OrderReport)}
    assert set(get_args(Decision)) - {OrderReport} <= held
    assert set(get_args(OrderEvent)) == reports
    assert set(get_args(ConnectorEvent)) - {OrderReport} <= held


def test_a_folder_without_a_journal_is_refused() -> None:
    with pytest.raises(DataError, match="holds no journal"):
        orders(MemoryDisk())


def test_the_machines_disk_keeps_a_journal(tmp_path: Path) -> None:
    disk = SystemDisk()
    journal = Journal(disk, tmp_path, JournalPolicy(durability="power", segment_bytes=300))
    for number in range(1, 11):
        journal.append(Kind.INPUT, accepted(number))
        assert journal.commit()
    journal.close()
    assert orders(disk, tmp_path) == ids(10)
    (*_, last) = segment_paths(disk, tmp_path / JOURNAL)
    assert last.stat().st_mode & 0o777 == 0o600
    last.write_bytes(last.read_bytes()[:-3])
    assert cut_torn(disk, tmp_path) > 0
    assert orders(disk, tmp_path) == ids(9)


def test_the_machines_disk_replaces_a_file_whole(tmp_path: Path) -> None:
    disk = SystemDisk()
    disk.replace(tmp_path / "a", b"one")
    disk.replace(tmp_path / "a", b"two")
    assert disk.read(tmp_path / "a") == b"two"
    assert disk.names(tmp_path) == ["a"]


def test_a_second_instance_is_refused_until_the_first_lets_go(tmp_path: Path) -> None:
    first = InstanceLock(tmp_path / "lock")
    with pytest.raises(UsageError, match=r"is in use by process \d+"):
        InstanceLock(tmp_path / "lock")
    first.release()
    InstanceLock(tmp_path / "lock").release()
