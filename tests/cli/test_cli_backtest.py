"""`lockstep backtest`: what is printed, where the run goes, and what a failing strategy means."""

import json
from pathlib import Path

import pytest

from tests.cli.program import lockstep
from tests.cli.recordings import write_bars

CONFIG = """\
[run]
name = "cross"
[[accounts]]
id = "main"
venue = "SIM"
balance = 10_000
[[strategies]]
class = "strategies.moving_average_cross:MovingAverageCross"
parameters = { quantity = 1000, slow = 30 }
"""
FAILING = """\
from lockstep import Bar, Strategy

class Failing(Strategy):
    def on_start(self) -> None:
        self.subscribe_bars("EURUSD.SIM", "1m")

    def on_bar(self, bar: Bar) -> None:
        raise ZeroDivisionError("in a\\ncallback")
"""
PROMISED = {
    "run_id", "mode", "events", "orders", "fills", "start_equity", "end_equity", "pnl", "fees",
    "max_drawdown", "sharpe", "wall_s", "digest", "assumptions",
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("backtest")
    write_bars(path / "data" / "catalog")
    (path / "cross.toml").write_text(CONFIG, encoding="utf-8")
    (path / "failing.py").write_text(FAILING, encoding="utf-8")
    return path


def test_table_and_report_are_shown(folder: Path) -> None:
    done = lockstep("backtest", "cross.toml", folder=folder)
    assert (done.code, done.err) == (0, "")
    assert "Profit and loss" in done.out
    assert "Assumptions of the simulation" in done.out
    report = folder / done.out.splitlines()[-1].removeprefix("report: ")
    assert report.name == "report.html"
    assert report.is_file()
    assert report.parent.parent == folder / "runs"


def test_summary_is_one_object_for_programs(folder: Path) -> None:
    done = lockstep("backtest", "cross.toml", "--json", "--no-report", folder=folder)
    summary = json.loads(done.out)
    assert (done.code, done.err) == (0, "")
    assert set(summary) >= PROMISED
    assert (summary["mode"], summary["events"]) == ("backtest", 3_000)
    run = folder / summary["folder"]
    assert json.loads((run / "summary.json").read_text())["digest"] == summary["digest"]
    assert not (run / "report.html").exists()


def test_quiet_prints_the_folder_only(folder: Path) -> None:
    done = lockstep("backtest", "cross.toml", "--quiet", "--out", "elsewhere", folder=folder)
    assert done.err == ""
    assert done.out.count("\n") == 1
    assert (folder / done.out.strip() / "report.html").is_file()
    assert done.out.startswith("elsewhere/")


@pytest.mark.parametrize("hash_seed", ["0", "1", "random"])
def test_same_input_makes_the_same_decisions(folder: Path, hash_seed: str) -> None:
    digests = [
        json.loads(
            lockstep("backtest", "cross.toml", "--json", folder=folder, PYTHONHASHSEED=seed).out
        )["digest"]
        for seed in ("5", hash_seed)
    ]
    assert digests[0] == digests[1]


def test_settings_reach_the_run(folder: Path) -> None:
    arguments = ("backtest", "cross.toml", "--json", "--no-report")
    changes = ("--set", "strategies.0.parameters.fast=5", "--set", "run.end=2022-01-01")
    plain = json.loads(lockstep(*arguments, folder=folder).out)
    changed = json.loads(lockstep(*arguments, *changes, folder=folder).out)
    assert (plain["events"], changed["events"]) == (3_000, 1_439)
    assert plain["digest"] != changed["digest"]


def test_failing_strategy_is_told_and_the_answer_is_no(folder: Path) -> None:
    changes = ("--set", "strategies.0.class=failing.py:Failing", "--set", "strategies.0.name=bad")
    reset = ("--set", "strategies.0.parameters={}")
    done = lockstep("backtest", "cross.toml", "--quiet", *changes, *reset, folder=folder)
    assert done.code == 1
    assert done.err.startswith("warning: strategy bad was stopped: ")
    assert "in a callback" in done.err
    assert done.err.count("\n") == 1
    assert (folder / done.out.strip() / "summary.json").is_file()


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ("strategies.0.class=gone.py:Bot", "no strategy file gone.py"),
        ("strategies.0.class=failing.py:Bot", "failing.py has no strategy class 'Bot'; it has:"),
        ("strategies.0.parameters.slow=1000", "outside 5 to 400"),
        ("strategies.0.parameters.slwo=10", "did you mean 'slow'?"),
        ('strategies.0.parameters.instrument="X.SIM"', "X.SIM"),
        ("strategies=[]", "has no [[strategies]]"),
        ("run.catalog=nowhere", "nowhere"),
        ("run.start=2030-01-01", "leave nothing of what is recorded"),
        ("exchange.fills=quotes", "quotes"),
        ("run.out=cross.toml", "cannot make run folder"),
    ],
)
def test_what_cannot_be_run_is_one_line(folder: Path, change: str, line: str) -> None:
    done = lockstep("backtest", "cross.toml", "--set", change, folder=folder)
    assert done.code == 2
    assert done.err.startswith("error: ")
    assert done.err.count("\n") == 1
    assert line in done.err
    assert done.out == ""
