"""Every Python block and every command in the readme and in docs/ is run, and shows what it prints.

The conventions of a page are those of tests/docs/pages.py.
"""

from pathlib import Path

import pytest

from tests.docs.pages import PageError, shows
from tests.docs.session import Session
from tests.house.sources import ROOT

PAGES = ["README.md", *sorted(p.relative_to(ROOT).as_posix() for p in ROOT.glob("docs/**/*.md"))]


def run(text: str, folder: Path) -> None:
    Session("page.md", text, folder).run()


def fenced(info: str, *lines: str) -> str:
    return "\n".join([f"```{info}", *lines, "```", ""])


@pytest.mark.timeout(400)
@pytest.mark.parametrize("page", PAGES)
def test_page_does_what_it_shows(page: str, tmp_path: Path) -> None:
    Session(page, (ROOT / page).read_text(encoding="utf-8"), tmp_path).run()


def test_python_blocks_share_a_namespace_and_the_working_directory(tmp_path: Path) -> None:
    write = fenced("python", "from pathlib import Path", "Path('n.txt').write_text('7')")
    read = fenced("python", "assert Path('n.txt').read_text() == '7'")
    run(write + read, tmp_path)
    assert (tmp_path / "work" / "n.txt").read_text() == "7"


def test_python_failure_names_the_line_of_the_page(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        run("# Title\n\nText.\n\n" + fenced("python", "x = 0", "1 / x"), tmp_path)
    assert caught.traceback[-1].lineno == 7 - 1  # pytest counts from zero


def test_python_class_resolves_its_annotations(tmp_path: Path) -> None:
    block = fenced(
        "python",
        "import inspect, typing",
        "class Unit: ...",
        "class Order:",
        "    unit: 'Unit'",
        "assert typing.get_type_hints(Order) == {'unit': Unit}",
        "assert inspect.getsource(Order).startswith('class Order')",
    )
    run("Text.\n\n" + block, tmp_path)


def test_named_block_becomes_a_file_that_later_blocks_use(tmp_path: Path) -> None:
    run(
        fenced("python file=my_page_bot.py", "name = 'bot'")
        + fenced("toml file=configs/run.toml", "seed = 7")
        + fenced("python", "import my_page_bot", "assert my_page_bot.name == 'bot'")
        + fenced("console", "$ cat configs/run.toml", "seed = 7"),
        tmp_path,
    )


def test_command_prints_what_the_page_shows(tmp_path: Path) -> None:
    block = fenced("console", "$ python -c 'print(1); print(2)'", "1", "2", "$ python -c 'pass'")
    run(block, tmp_path)


def test_command_is_continued_by_a_backslash(tmp_path: Path) -> None:
    run(fenced("console", "$ python -c \\", "    'print(5)'", "5"), tmp_path)


def test_command_runs_in_the_folder_that_the_page_entered(tmp_path: Path) -> None:
    text = fenced("toml file=bot/run.toml", "seed = 7")
    run(text + fenced("console", "$ cd bot", "$ cat run.toml", "seed = 7"), tmp_path)


def test_exit_code_may_be_shown(tmp_path: Path) -> None:
    run(fenced("console", "$ python -c 'raise SystemExit(3)'", "$ echo $?", "3"), tmp_path)


def test_callers_settings_do_not_reach_a_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCKSTEP__RUN__SEED", "9")
    look = "import os; print(sorted(k for k in os.environ if k.startswith('LOCKSTEP')))"
    run(fenced("console", f'$ python -c "{look}"', "[]"), tmp_path)


def test_existing_make_target_is_accepted(tmp_path: Path) -> None:
    run(fenced("console", "$ make test", "$ make lock ARGS=--upgrade"), tmp_path)


def test_block_that_is_not_run_gives_its_reason(tmp_path: Path) -> None:
    run(fenced("console norun needs an account", "$ lockstep login somewhere"), tmp_path)


@pytest.mark.parametrize(
    ("block", "problem"),
    [
        (fenced("console", "$ python -c 'print(1)'", "2"), "the page shows"),
        (fenced("console", "$ python -c 'raise SystemExit(3)'"), "exit code 3"),
        (fenced("console", "$ python -c 'raise SystemExit(3)'", "$ echo $?", "2"), "shows"),
        (fenced("console", "$ curl http://localhost"), "`curl` is not run here"),
        (fenced("console", "lockstep demo"), "begins with"),
        (fenced("console", "$ cd .."), "no folder"),
        (fenced("console", "$ make coffee"), "no target coffee"),
        (fenced("console", "$ make test", "all passed"), "not checked"),
        (fenced("console norun", "$ lockstep demo"), "needs a reason"),
        (fenced("python norun", "x = 1"), "needs a reason"),
        (fenced("python skip", "x = 1"), "unknown words"),
        (fenced("python file=../x.py", "x = 1"), "not inside"),
        (fenced("bash", "lockstep demo"), "write `console`"),
        ("```python\nx = 1\n", "never closed"),
    ],
)
def test_page_that_cannot_be_trusted_is_refused(block: str, problem: str, tmp_path: Path) -> None:
    with pytest.raises(PageError, match=problem) as caught:
        run("Text.\n\n" + block, tmp_path)
    assert str(caught.value).startswith("page.md:")


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        ("orders 12", "orders 12\n"),
        ("orders ...", "orders 12\n"),
        ("took ... s, ... rows", "took 1.5 s, 20 rows"),
        ("first\n...\nlast", "first\nmiddle\nmiddle\nlast\n"),
        ("first\n...\nlast", "first\nlast\n"),
        ("...\nlast", "first\nlast"),
        ("a\n\nb", "a\n\nb"),
        ("a", "a   \n\n"),
    ],
)
def test_output_matches(expected: str, actual: str) -> None:
    assert shows(expected, actual)


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        ("orders 12", "orders 13"),
        ("orders ...", "orders\n12"),
        ("first", "first\nsecond"),
        ("first\n...\nlast", "first\nlast\nmore"),
        ("a.c", "abc"),
    ],
)
def test_output_differs(expected: str, actual: str) -> None:
    assert not shows(expected, actual)
