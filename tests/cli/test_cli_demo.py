"""`lockstep demo`: the first minute of a newcomer."""

import json
from pathlib import Path

import pytest

from lockstep.cli.demo import CONFIG
from tests.cli.program import lockstep
from tests.house.sources import ROOT


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("demo")
    done = lockstep("demo", folder=path)
    assert done.code == 0
    (path / "out").write_text(done.out, encoding="utf-8")
    (path / "err").write_text(done.err, encoding="utf-8")
    return path


def test_demo_shows_a_table_and_makes_a_report(folder: Path) -> None:
    shown = (folder / "out").read_text(encoding="utf-8")
    assert "Sharpe ratio" in shown
    report = folder / shown.splitlines()[-1].removeprefix("report: ")
    assert report.parts[-4:-2] == ("lockstep-demo", "runs")
    assert "<html" in report.read_text(encoding="utf-8")


def test_next_command_of_the_demo_works(folder: Path) -> None:
    line = (folder / "err").read_text(encoding="utf-8").splitlines()[-1]
    enter, _, command = line.removeprefix("next: cd ").partition(" && lockstep ")
    done = lockstep(*command.split(), "--quiet", folder=folder / enter)
    assert (done.code, done.err) == (0, "")


def test_demo_again_makes_the_same_decisions(folder: Path) -> None:
    digests = [
        json.loads(lockstep("demo", "--json", folder=folder).out)["digest"],
        json.loads(lockstep("demo", "--json", "--dir", "other", folder=folder).out)["digest"],
    ]
    assert digests[0] == digests[1]
    runs = (folder / "lockstep-demo" / "runs").glob("*-demo")
    assert digests[0] in {json.loads((run / "summary.json").read_text())["digest"] for run in runs}


def test_edited_configuration_is_kept(folder: Path) -> None:
    config = folder / "edited" / "demo.toml"
    config.parent.mkdir()
    config.write_text(CONFIG.replace("fast = 60", "fast = 30"), encoding="utf-8")
    done = lockstep("demo", "--dir", "edited", "--quiet", folder=folder)
    assert (done.code, done.out.count("\n")) == (0, 1)
    assert "fast = 30" in config.read_text(encoding="utf-8")


def test_demo_that_cannot_be_written_is_one_line(folder: Path) -> None:
    done = lockstep("demo", "--dir", "out", folder=folder)
    assert done.code == 2
    assert done.err == "error: out cannot be written (File exists); give another --dir\n"


def test_example_is_what_the_demo_runs() -> None:
    assert (ROOT / "configs" / "demo.toml").read_text(encoding="utf-8") == CONFIG
