"""A bot whose disk fails and whose process is killed, again and again, at venues that live on."""

from collections import Counter
from pathlib import Path

import pytest

from connectors.simulation.faults import Chance, Fault, FaultPlan
from engine.journal.memory import MemoryDisk
from engine.simulation.chance import seeded_world
from engine.simulation.process import Killed, Process
from lockstep.torture.checkers import judge
from lockstep.torture.disk import LifeDisk
from lockstep.torture.fate import Fate
from lockstep.torture.plan import Swarm
from lockstep.torture.scenario import at_venue
from lockstep.torture.stage import play

DEATHS = (Fault.KILL, Fault.KILL_AT_WRITE, Fault.POWER_CUT)
FAILURES = (Fault.WRITE_FAILS, Fault.SYNC_FAILS, Fault.TORN_WRITE, Fault.DISK_FULL)
FILE = Path("/run/journal/000001.segment")


def test_bot_lives_on_after_every_kind_of_death_and_failure_of_its_disk() -> None:
    struck: Counter[str] = Counter()
    for seed in range(10):
        record = play(at_venue("DEMO", seed, seconds=20, swarm=Swarm(drawn=(*DEATHS, *FAILURES))))
        assert judge(record) == [], seed
        killed = sum(count for fault, count in record.faults.items() if fault in DEATHS)
        assert sum(life.exit_code is None and bool(life.kernel) for life in record.lives) <= killed
        struck.update(record.faults)
    assert sorted(struck) == sorted((*DEATHS, *FAILURES))


def test_same_seed_dies_the_same_deaths() -> None:
    first, again = (
        play(at_venue("DEMO", 7, seconds=12, swarm=Swarm(drawn=DEATHS))) for _ in range(2)
    )
    assert first.faults
    assert (first.digest, first.faults) == (again.digest, again.faults)


def disk_with(
    fault: Fault, chance: Chance | None = None
) -> tuple[MemoryDisk, LifeDisk, Process, FaultPlan]:
    with seeded_world(1) as (loop, _clock):
        disk, process = MemoryDisk(), Process(loop)
        plan = FaultPlan(1, {fault: chance or Chance(times=1)})
        return disk, LifeDisk(disk, process, plan), process, plan


@pytest.mark.parametrize("fault", [Fault.WRITE_FAILS, Fault.TORN_WRITE])
def test_write_that_fails_leaves_nothing_or_a_part(fault: Fault) -> None:
    disk, life, process, _ = disk_with(fault)
    with pytest.raises(OSError, match="Input/output"):
        life.append(FILE).write(b"x" * 1_000)
    assert len(disk.read(FILE)) < 1_000
    assert (fault is Fault.TORN_WRITE) == bool(disk.read(FILE))
    assert not process.is_dead
    life.write(FILE, b"y")


def test_sync_that_fails_makes_nothing_safe() -> None:
    disk, life, _, _ = disk_with(Fault.SYNC_FAILS)
    file = life.append(FILE)
    file.write(b"x")
    with pytest.raises(OSError, match="Input/output"):
        file.sync()
    assert disk.synced(FILE) == 0


def test_full_disk_takes_nothing_until_there_is_room() -> None:
    disk, life, _, _ = disk_with(Fault.DISK_FULL)
    with pytest.raises(OSError, match="No space"):
        life.append(FILE).write(b"x")
    assert life.free(FILE.parent) == 0
    disk.capacity = 100
    life.write(FILE, b"x")


def test_kill_within_a_write_leaves_a_part_and_reaches_the_disk_never_again() -> None:
    disk, life, process, _ = disk_with(Fault.KILL_AT_WRITE)
    file = life.append(FILE)
    with pytest.raises(Killed):
        file.write(b"x" * 1_000)
    left = len(disk.read(FILE))
    assert 0 < left < 1_000
    assert process.is_dead
    with pytest.raises(Killed):
        file.write(b"x")
    assert len(disk.read(FILE)) == left


def test_power_cut_keeps_what_was_synced_and_perhaps_a_part_of_the_rest() -> None:
    left = []
    for seed in range(20):
        with seeded_world(seed) as (loop, _clock):
            disk, process, plan = MemoryDisk(), Process(loop), FaultPlan(seed)
            life = LifeDisk(disk, process, plan)
        file = life.append(FILE)
        file.write(b"s" * 10)
        file.sync()
        file.write(b"x" * 100)
        plan.set(Fault.POWER_CUT)
        with pytest.raises(Killed):
            file.sync()
        left.append(len(disk.read(FILE)))
    assert all(10 <= each <= 110 for each in left)
    assert len(dict.fromkeys(left)) > 5


def test_fate_strikes_early_and_late_alike() -> None:
    died = []
    for seed in range(60):
        with seeded_world(seed) as (loop, _clock):
            process, plan = Process(loop), FaultPlan(seed, {Fault.KILL: Chance(times=1)})
            Fate(process, LifeDisk(MemoryDisk(), process, plan), plan, str(seed))
            while not process.is_dead:
                process.step()
            died.append(process.steps)
    assert min(died) < 20
    assert max(died) > 5_000
