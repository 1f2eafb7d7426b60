"""The small commands: what they print for people, for programs and when asked to be quiet."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from lockstep.cli import app
from tests.cli.program import lockstep

CONFIG = '[run]\nseed = 1\n[[accounts]]\nid = "main"\nvenue = "SIM"\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "run.toml").write_text(CONFIG, encoding="utf-8")
    return tmp_path


def test_no_arguments_show_every_command(folder: Path) -> None:
    done = lockstep(folder=folder)
    assert done.code == 0
    shown = [line.split()[0] for line in done.out.split("Commands:\n")[1].splitlines()]
    assert shown == list(app.COMMANDS)


def commands() -> list[str]:
    """Return every command as it is typed, groups opened."""
    group = app.build(["--help"])
    found = []
    for name, command in group.commands.items():
        below = getattr(command, "commands", None)
        found += [f"{name} {inner}" for inner in below] if below else [name]
    return found


@pytest.mark.parametrize("command", commands())
def test_every_command_takes_the_options_of_all(command: str, folder: Path) -> None:
    done = lockstep(*command.split(), "--help", folder=folder)
    assert done.code == 0
    assert "--json" in done.out
    assert "--quiet" in done.out


def test_version_is_told_in_three_ways(folder: Path) -> None:
    told = json.loads(lockstep("version", "--json", folder=folder).out)
    assert told["python"] == ".".join(map(str, sys.version_info[:3]))
    assert lockstep("version", "--quiet", folder=folder).out == f"{told['lockstep']}\n"
    told_people = f"lockstep {told['lockstep']} (Python {told['python']})\n"
    assert lockstep("version", folder=folder).out == told_people


def test_short_commands_import_nothing_heavy(folder: Path) -> None:
    code = "import lockstep.cli.app as a, sys; a.run(['version']); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True
    )
    loaded = done.stdout.splitlines()[-1].split()
    assert set(loaded) & {"pyarrow", "plotly", "rich", "aiohttp", "backtest"} == set()


def test_check_says_ok(folder: Path) -> None:
    done = lockstep("config", "check", "run.toml", folder=folder)
    assert (done.code, done.out, done.err) == (0, "ok: run.toml\n", "")
    quiet = lockstep("config", "check", "run.toml", "--quiet", folder=folder)
    assert (quiet.code, quiet.out) == (0, "")
    answer = json.loads(lockstep("config", "check", "run.toml", "--json", folder=folder).out)
    assert answer == {"config": "run.toml", "ok": True, "problems": []}


def test_check_holds_parameters_against_the_class(folder: Path) -> None:
    bot = "from lockstep import Strategy\nclass Bot(Strategy):\n    fast: int = 20\n"
    (folder / "bot.py").write_text(bot, encoding="utf-8")
    text = CONFIG + '[[strategies]]\nclass = "bot.py:Bot"\nparameters = { fats = 3 }\n'
    (folder / "run.toml").write_text(text, encoding="utf-8")
    done = lockstep("config", "check", "run.toml", folder=folder)
    assert done.code == 2
    assert done.err.startswith("error: run.toml:6: strategy Bot: Bot has no parameter 'fats'")


def test_show_names_the_origin_of_each_value(folder: Path) -> None:
    arguments = ("config", "show", "run.toml", "--set", "run.out=x")
    done = lockstep(*arguments, folder=folder, LOCKSTEP__RUN__RISK_FREE="0.02")
    lines = dict(line.split("#") for line in done.out.splitlines())
    origins = {key.split(" =")[0]: origin.strip() for key, origin in lines.items()}
    assert origins["run.seed"] == "run.toml:2"
    assert origins["run.out"] == "--set"
    assert origins["run.risk_free"] == "LOCKSTEP__RUN__RISK_FREE"
    assert origins["exchange.fills"] == "default"


def test_show_is_an_object_for_programs(folder: Path) -> None:
    answer = json.loads(lockstep("config", "show", "run.toml", "--json", folder=folder).out)
    assert answer["values"]["accounts"][0]["id"] == "main"
    assert answer["origins"]["accounts.0.id"] == "run.toml:4"


def test_schema_describes_the_configuration(folder: Path) -> None:
    text = lockstep("config", "schema", folder=folder).out
    assert json.loads(text)["$ref"] == "#/$defs/Config"
    assert text.count("\n") > 100
    assert lockstep("config", "schema", "--json", folder=folder).out.count("\n") == 1


def test_doctor_finds_nothing_wrong_here(folder: Path) -> None:
    done = lockstep("doctor", "--json", folder=folder)
    answer = json.loads(done.out)
    assert (done.code, answer["ok"]) == (0, True)
    names = [check["name"] for check in answer["checks"]]
    assert {"python", "platform", "numpy", "core", "clock", "working directory"} <= set(names)


def test_doctor_says_that_the_plain_core_was_asked_for(folder: Path) -> None:
    done = lockstep("doctor", folder=folder, LOCKSTEP_CORE="plain")
    assert done.code == 0
    assert re.search("core +plain Python, as LOCKSTEP_CORE asks", done.out)


def test_doctor_says_no_when_there_is_no_data(folder: Path) -> None:
    done = lockstep("doctor", "run.toml", "--quiet", folder=folder)
    assert done.code == 1
    assert done.out == (
        "failed  catalogue  data/catalog is no folder; run `lockstep data import`\n"
    )


def test_doctor_repeats_what_is_wrong_with_the_configuration(folder: Path) -> None:
    done = lockstep("doctor", "run.toml", "--quiet", "--set", "run.sed=1", folder=folder)
    assert done.code == 1
    assert done.out.startswith("failed  configuration  --set: unknown key run.sed; did you mean")


def test_doctor_says_where_nothing_can_be_written(folder: Path) -> None:
    done = lockstep("doctor", "run.toml", "--set", "run.out=run.toml/runs", folder=folder)
    assert done.code == 1
    line = next(line for line in done.out.splitlines() if "run folders" in line)
    assert line.startswith("failed")
    assert "run.toml cannot be written (Not a directory); choose another" in line


def test_init_makes_what_its_commands_need(folder: Path) -> None:
    answer = json.loads(lockstep("init", "bot", "--json", folder=folder).out)
    assert answer["files"] == ["bot/config.toml", "bot/my_bot.py"]
    enter, *commands = answer["next"]
    assert enter == "cd bot"
    for command in commands:
        program, *arguments = command.split()
        assert program == "lockstep"
        assert lockstep(*arguments, folder=folder / "bot").code == 0
    code = (folder / "bot" / "my_bot.py").read_text(encoding="utf-8")
    assert len([line for line in code.splitlines() if line.strip()]) <= 15


def test_init_overwrites_nothing(folder: Path) -> None:
    bot = folder / "bot"
    bot.mkdir()
    (bot / "my_bot.py").write_text("mine", encoding="utf-8")
    done = lockstep("init", "bot", folder=folder)
    assert done.code == 2
    assert done.err == (
        "error: bot/my_bot.py is there already; choose another folder, or move it away\n"
    )
    assert [path.name for path in bot.iterdir()] == ["my_bot.py"]
    assert (bot / "my_bot.py").read_text(encoding="utf-8") == "mine"
