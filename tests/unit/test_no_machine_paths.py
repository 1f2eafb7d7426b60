"""Nothing that is shared names a machine it was written on, or an index it was installed from.

What git ignores is not shared, and is not looked at.
"""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.house.sources import ROOT

MACHINE = re.compile(
    r"""
      (?<![\w.:/*$}-])/(?:home|root|work|tmp|Users)/\w    # an absolute path, not part of an address
    | \b[A-Z]:\\Users\\
    | file://
    | \b(?:test\.)?pypi\.(?:org|python\.org)\b
    | \bpythonhosted\.org\b
    | (?:^|\s)--(?:extra-)?(?:index-url|find-links|trusted-host)\b
    """,
    re.VERBOSE,
)


def shared_files() -> list[Path]:
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("needs a git checkout: only git knows which files are shared")
    command = [git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


def machine_lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if MACHINE.search(line)]


def text_of(path: Path) -> str:
    content = path.read_bytes()
    return "" if b"\0" in content else content.decode("utf-8", errors="replace")


def test_shared_files_name_no_machine_and_no_index() -> None:
    me = Path(__file__).resolve()
    found = [
        f"{path.relative_to(ROOT)}: {line}"
        for path in shared_files()
        if path.resolve() != me
        for line in machine_lines(text_of(path))
    ]
    assert found == []


@pytest.mark.parametrize(
    "line",
    [
        "catalog = '/home/someone/data'",
        "# see /work/main",
        'path = Path("/tmp/run")',
        "/Users/someone/lockstep",
        r"C:\Users\someone",
        "file:///opt/wheels",
        "--index-url https://mirror.example/simple",
        "  --find-links wheels",
        "https://pypi.org/simple",
        "https://files.pythonhosted.org/packages/a.whl",
    ],
)
def test_machine_or_index_is_found(line: str) -> None:
    assert machine_lines(line) == [line.strip()]


@pytest.mark.parametrize(
    "line",
    [
        "../shared/data",
        "https://venue.example/home/login",
        "runs/tmp/x",
        "$HOME/work/lockstep",
        "pip-compile --no-emit-index-url --no-emit-find-links",
        "GET /v1/work/orders",
    ],
)
def test_relative_paths_and_addresses_are_accepted(line: str) -> None:
    assert machine_lines(line) == []
