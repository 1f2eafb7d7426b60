"""The commands on finished runs, as a person or a program runs them."""

import json
from pathlib import Path

import pytest

from backtest.results.metrics import Basis, compute
from tests.cli.program import lockstep
from tests.cli.recordings import write_bars
from tests.results.folders import DAY, MONDAY, Book, write_documents

OLD, NEW = "20230101T120000-backtest-cross", "20230102T120000-backtest-cross"


def finish(folder: Path, end: float, digest: str) -> None:
    book = Book()
    book.days([1_000, 990, end])
    book.fill(MONDAY, 1, 100)
    book.fill(MONDAY + DAY, -1, 120)
    result = compute(book.write(folder), Basis(currencies={"main": "USD"}))
    said = {"run_id": folder.name, "mode": "backtest", "name": "cross", "digest": digest}
    write_documents(folder, said | result.summary(), {"config": {"slow": end}})
    (folder / "decisions.log").write_text(f"buy\nsell {end}\n")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    finish(tmp_path / "runs" / OLD, 1_020, "a" * 64)
    finish(tmp_path / "runs" / NEW, 1_050, "b" * 64)
    (tmp_path / "runs" / "20230103T120000-backtest-cross").mkdir()
    return tmp_path


def test_list_shows_sound_and_broken_runs(folder: Path) -> None:
    done = lockstep("runs", "list", folder=folder)
    assert done.code == 0
    lines = done.out.splitlines()
    assert [line.split()[0] for line in lines[1:4]] == [
        "20230103T120000",
        "20230102T120000",
        "20230101T120000",
    ]
    assert "broken" in lines[1]
    assert "50.00 USD" in lines[2]
    listed = json.loads(lockstep("runs", "list", "--json", folder=folder).out)["runs"]
    assert [run["pnl"] for run in listed] == [None, 50, 20]
    assert listed[0]["fault"] == "summary.json is missing"
    quiet = lockstep("runs", "list", "--quiet", folder=folder).out.split()
    assert quiet == ["20230103T120000-backtest-cross", NEW, OLD]


def test_list_of_nothing_is_no_error(tmp_path: Path) -> None:
    done = lockstep("runs", "list", folder=tmp_path)
    assert (done.code, done.out) == (0, "")
    assert "no runs in runs" in done.err


def test_show_takes_the_last_run_or_a_beginning(folder: Path) -> None:
    assert NEW in lockstep("runs", "show", folder=folder).out
    assert OLD in lockstep("runs", "show", "20230101", folder=folder).out
    told = json.loads(lockstep("runs", "show", OLD, "--json", folder=folder).out)
    assert (told["run_id"], told["pnl"], told["fees"]) == (OLD, 20, 0)


def test_unknown_run_is_a_usage_error(folder: Path) -> None:
    done = lockstep("runs", "show", "1999", folder=folder)
    assert (done.code, done.out) == (2, "")
    assert done.err == "error: no run '1999' in runs; lockstep runs list shows what there is\n"


def test_compare_tells_the_first_decision_that_differs(folder: Path) -> None:
    done = lockstep("runs", "compare", OLD, NEW, folder=folder)
    assert done.code == 0
    assert "slow: 1020 -> 1050" in done.out
    assert "First decision that differs: line 2 of decisions.log" in done.out
    assert "  A  sell 1020\n  B  sell 1050\n" in done.out
    told = json.loads(lockstep("runs", "compare", OLD, NEW, "--json", folder=folder).out)
    assert told["equal"] is False
    assert told["metrics"]["pnl"] == {"a": 20, "b": 50}


def test_compare_answers_no_only_when_equality_was_expected(folder: Path) -> None:
    assert lockstep("runs", "compare", OLD, NEW, "--expect-equal", folder=folder).code == 1
    same = lockstep("runs", "compare", OLD, OLD, "--expect-equal", folder=folder)
    assert same.code == 0
    assert "Every decision is equal" in same.out


def test_report_is_written_and_named(folder: Path) -> None:
    done = lockstep("report", folder=folder)
    path = folder / done.out.strip()
    assert done.code == 0
    assert path == folder / "runs" / NEW / "report.html"
    assert path.read_text().startswith("<!DOCTYPE html>")
    told = json.loads(lockstep("report", OLD, "--standalone", "--json", folder=folder).out)
    assert told["bytes"] == (folder / told["report"]).stat().st_size > 10**6
    assert told["standalone"] is True


def test_report_of_a_broken_run_is_refused(folder: Path) -> None:
    done = lockstep("report", "20230103", folder=folder)
    assert done.code == 2
    assert "summary.json is missing" in done.err


def test_why_tells_of_an_order_and_refuses_what_is_not_there(tmp_path: Path) -> None:
    write_bars(tmp_path / "data" / "catalog", 300)
    (tmp_path / "run.toml").write_text(CROSSING)
    assert lockstep("backtest", "run.toml", "--no-report", "--quiet", folder=tmp_path).code == 0
    done = lockstep("why", "b-0-1", folder=tmp_path)
    assert done.code == 0
    assert "buying_power           passed" in done.out
    told = json.loads(lockstep("why", "1", "last", "--json", folder=tmp_path).out)
    assert [each["stage"] for each in told["stages"]][:3] == ["event", "intent", "sent"]
    refused = lockstep("why", "nothing", folder=tmp_path)
    assert refused.code == 2
    assert "has no order 'nothing'" in refused.err


CROSSING = """\
[run]
start = 2022-01-01
[[accounts]]
id = "main"
venue = "SIM"
balance = 10_000
[[strategies]]
class = "strategies.moving_average_cross:MovingAverageCross"
[strategies.parameters]
fast = 3
slow = 9
"""
