"""Wrong input: one line on standard error, the right exit code, nothing on standard output."""

import json
from pathlib import Path

import pytest

from tests.cli.program import lockstep

WRONG = [
    ("verson", "error: no such command 'verson'; did you mean 'version'?"),
    ("version --jsn", "error: no such option: --jsn"),
    ("version now", "error: got unexpected extra argument"),
    ("config", "error: missing command; see --help"),
    ("config chek good.toml", "error: no such command 'chek'; did you mean 'check', 'schema'?"),
    ("config check", "error: missing argument 'CONFIG'; see --help"),
    ("config check gone.toml", "error: gone.toml: cannot be read (No such file or directory);"),
    ("config check .", "error: .: cannot be read (Is a directory); check the path"),
    ("config check broken.toml", "error: broken.toml: expected"),
    ("config show typo.toml", "error: typo.toml:2: unknown key run.sede; did you mean seed?"),
    ("config show good.toml --set", "error: option '--set' requires an argument"),
    ("config show good.toml --set seed", "error: --set seed: is not of the form section.key="),
    ("config show good.toml --set run.seed=x", "error: --set: run.seed is 'x'; give a whole"),
    ("config check bot.toml", "error: bot.toml:4: strategy Bot: no strategy file"),
    ("backtest", "error: missing argument 'CONFIG'; see --help"),
    ("backtest gone.toml", "error: gone.toml: cannot be read"),
    ("backtest typo.toml --json --quiet", "error: typo.toml:2: unknown key run.sede"),
    ("init", "error: missing argument 'DIR'; see --help"),
    ("init good.toml", "error: good.toml cannot be written (File exists); choose another"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = {
        "good.toml": "[run]\nseed = 1\n",
        "typo.toml": "[run]\nsede = 1\n",
        "broken.toml": "[run\n",
        "bot.toml": '[[accounts]]\nid = "a"\nvenue = "SIM"\n[[strategies]]\nclass = "x.py:Bot"\n',
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(("command", "line"), WRONG, ids=[command for command, _ in WRONG])
def test_wrong_input_is_one_line_and_exit_code_2(folder: Path, command: str, line: str) -> None:
    done = lockstep(*command.split(), folder=folder)
    assert done.code == 2
    assert done.err.startswith(line)
    assert done.err.count("\n") == 1
    if "--json" not in command:
        assert done.out == ""


def test_error_is_an_object_for_programs(folder: Path) -> None:
    done = lockstep("config", "show", "typo.toml", "--json", folder=folder)
    answer = json.loads(done.out)
    assert (done.code, answer["exit_code"]) == (2, 2)
    assert done.err == f"error: {answer['error']}\n"


def test_variable_that_is_wrong_is_named(folder: Path) -> None:
    done = lockstep("config", "check", "good.toml", folder=folder, LOCKSTEP__RUN__SEED="x")
    assert done.code == 2
    assert done.err.startswith("error: LOCKSTEP__RUN__SEED: run.seed is 'x'; give a whole")


def test_check_prints_every_problem_on_its_line(folder: Path) -> None:
    arguments = ("--set", "run.out=''", "--set", "exchange.fills=boook")
    done = lockstep("config", "check", "typo.toml", *arguments, folder=folder)
    assert done.code == 2
    assert [line.split(" ")[1] for line in done.err.splitlines()] == [
        "typo.toml:2:",
        "--set:",
        "--set:",
    ]


def test_debug_shows_where_an_error_came_from(folder: Path) -> None:
    done = lockstep("--debug", "config", "show", "typo.toml", folder=folder)
    assert done.code == 2
    assert done.err.startswith("Traceback")
    assert done.err.splitlines()[-1].startswith("error: typo.toml:2:")
