"""Commands that other packages add: found, listed, and never able to take the program down."""

import json
from pathlib import Path

import pytest

from tests.cli.program import Done, lockstep

GOOD = """\
import typer

def register(app: typer.Typer) -> None:
    app.command("hello")(hello)
    app.command("version")(hello)

def hello() -> None:
    print("hello from outside")
"""
BROKEN = "import no_such_package_anywhere\n"
RAISING = "def register(app):\n    raise RuntimeError('two\\nlines')\n"
ENTRIES = """\
[lockstep.commands]
broken = extra_broken:register
hello = extra_good:register
missing = extra_good:no_such_function
raising = extra_raising:register
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Lay out an installed package with four entry points, of which one works."""
    about = tmp_path / "site" / "extra-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: extra\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(ENTRIES)
    for name, text in {"good": GOOD, "broken": BROKEN, "raising": RAISING}.items():
        (about.parent / f"extra_{name}.py").write_text(text)
    return about.parent


def run(site: Path, *arguments: str) -> Done:
    return lockstep(*arguments, folder=site.parent, PYTHONPATH=str(site))


def test_command_of_a_package_runs_beside_broken_ones(site: Path) -> None:
    done = run(site, "hello")
    assert (done.code, done.out) == (0, "hello from outside\n")
    assert [line.split(" did not")[0] for line in done.err.splitlines()] == [
        "warning: command broken (extra_broken:register)",
        "warning: command missing (extra_good:no_such_function)",
        "warning: command raising (extra_raising:register)",
    ]


def test_command_of_ours_cannot_be_replaced(site: Path) -> None:
    done = run(site, "version")
    assert done.out.startswith("lockstep ")
    assert done.err == ""
    assert "Print the version of Lockstep" in run(site, "--help").out


def test_doctor_lists_what_loaded_and_what_did_not(site: Path) -> None:
    done = run(site, "doctor", "--json")
    checks = {check["name"]: check for check in json.loads(done.out)["checks"]}
    assert done.code == 0
    assert checks["command hello"]["state"] == "ok"
    assert checks["command broken"]["state"] == "warning"
    assert "no_such_package_anywhere" in checks["command broken"]["detail"]
    assert checks["command raising"]["detail"].endswith("RuntimeError: two lines")
