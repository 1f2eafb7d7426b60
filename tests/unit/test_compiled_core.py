"""The build of the compiled core, on a small package of its own, and the choice at import."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import hatch_build

HERE = Path(__file__).parents[2]
PLAIN = """
def count(n):
    total = 0
    for i in range(n):
        total += i
    return total
"""
DECLARED = "cpdef long count(long n)\n"
needs_compiler = pytest.mark.skipif(
    hatch_build.missing_tools() is not None, reason="there is no C compiler here"
)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """Make a room with one module in two files, and one that is only ever compiled."""
    native = tmp_path / "engine" / "native"
    native.mkdir(parents=True)
    shutil.copy(HERE / "engine/__init__.py", tmp_path / "engine")
    for path in (HERE / "engine/native").glob("*.py"):
        shutil.copy(path, native)
    (tmp_path / "engine/sums.py").write_text(PLAIN)
    (tmp_path / "engine/sums.pxd").write_text(DECLARED)
    (native / "twice.pyx").write_text("def twice(long n):\n    return 2 * n\n")
    return tmp_path


def python(package: Path, code: str, core: str = "") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "LOCKSTEP_CORE": core}
    command = [sys.executable, "-c", code]
    return subprocess.run(
        command, cwd=package, env=environment, capture_output=True, text=True, check=False
    )


def loaded_from(package: Path, module: str, core: str = "") -> str:
    done = python(package, f"import {module} as m; print(m.__file__)", core)
    return done.stdout.strip() or done.stderr.strip().splitlines()[-1]


@needs_compiler
def test_compiled_module_is_loaded_until_its_source_changes(package: Path) -> None:
    assert hatch_build.compile_core(package) == ["engine.native.twice", "engine.sums"]
    assert loaded_from(package, "engine.sums").endswith(".so")
    assert python(package, "import engine.sums; print(engine.sums.count(5))").stdout == "10\n"
    assert loaded_from(package, "engine.sums", "plain").endswith("sums.py")

    (package / "engine/sums.py").write_text(PLAIN + "\n# changed\n")
    refusal = loaded_from(package, "engine.sums")
    assert "engine/sums.py is not what the compiled core was made from" in refusal
    assert "`make core`" in refusal
    assert python(package, "import engine.sums").stderr == f"{refusal}\n"
    assert loaded_from(package, "engine.sums", "plain").endswith("sums.py")

    hatch_build.compile_core(package)
    assert loaded_from(package, "engine.sums").endswith(".so")


@needs_compiler
def test_module_whose_neighbour_changed_its_layout_is_refused(package: Path) -> None:
    hatch_build.compile_core(package)
    (package / "engine/sums.pxd").write_text("cpdef int count(int n)\n")
    assert "engine/sums.pxd is not" in loaded_from(package, "engine.native.twice")


@needs_compiler
def test_only_what_changed_is_compiled_again(package: Path) -> None:
    hatch_build.compile_core(package)
    before = {path.name for path in (package / hatch_build.BUILT).rglob("*.so")}
    (package / "engine/native/twice.pyx").write_text("def twice(long n):\n    return n + n\n")
    hatch_build.compile_core(package)
    after = {path.name for path in (package / hatch_build.BUILT).rglob("*.so")}
    assert [name.split(".")[2] for name in sorted(after - before)] == ["twice"]
    assert len(after) == 2


@needs_compiler
def test_error_of_the_compiler_fails_the_build(package: Path) -> None:
    (package / "engine/native/twice.pyx").write_text("def twice(long n:\n")
    with pytest.raises(SystemExit, match="the core does not compile"):
        hatch_build.compile_core(package)


def test_without_a_compiler_the_plain_source_runs(
    package: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CC", "no-such-compiler")
    assert hatch_build.compile_core(package) == []
    (warning,) = capsys.readouterr().err.splitlines()
    assert "there is no C compiler (no-such-compiler); install one" in warning
    assert loaded_from(package, "engine.sums").endswith("sums.py")
    refusal = loaded_from(package, "engine.sums", "compiled")
    assert "nothing was compiled for this interpreter" in refusal


def test_unknown_choice_is_refused(package: Path) -> None:
    assert "neither `plain` nor `compiled`" in loaded_from(package, "engine.sums", "fast")


def test_every_compiled_module_of_the_product_is_in_use_or_none_is() -> None:
    from engine.native.selection import in_use

    expected = sorted(name for name, _ in hatch_build.compiled_modules(HERE))
    assert in_use() in ((), tuple(expected))
