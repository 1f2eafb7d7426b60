"""Put the commands together, run one, and turn whatever happens into an exit code.

Imports only the module of the command that is asked for, so that short commands stay short.
"""

import importlib
from collections.abc import Callable, Sequence
from typing import Any

import typer
import typer.main

from lockstep.cli import errors, plugins

COMMANDS: dict[str, str] = {
    "demo": "lockstep.cli.demo",
    "init": "lockstep.cli.init",
    "doctor": "lockstep.cli.doctor",
    "config": "lockstep.cli.config",
    "data": "lockstep.cli.data",
    "backtest": "lockstep.cli.backtest",
    "run": "lockstep.cli.live",
    "replay": "lockstep.cli.live",
    "parity": "lockstep.cli.parity",
    "record": "lockstep.cli.record",
    "journal": "lockstep.cli.journal",
    "runs": "lockstep.cli.runs",
    "report": "lockstep.cli.runs",
    "why": "lockstep.cli.why",
    "status": "lockstep.cli.operate",
    "orders": "lockstep.cli.operate",
    "positions": "lockstep.cli.operate",
    "balances": "lockstep.cli.operate",
    "pause": "lockstep.cli.operate",
    "resume": "lockstep.cli.operate",
    "flatten": "lockstep.cli.operate",
    "cancel-all": "lockstep.cli.operate",
    "stop": "lockstep.cli.operate",
    "kill": "lockstep.cli.operate",
    "enable": "lockstep.cli.operate",
    "override": "lockstep.cli.operate",
    "sim": "lockstep.cli.sim",
    "rehearse": "lockstep.cli.rehearse",
    "torture": "lockstep.cli.torture",
    "login": "lockstep.cli.login",
    "version": "lockstep.cli.version",
}
"""Each command and the module whose `register(app)` adds it, in the order of the help page."""

ABOUT = """Run one strategy file unchanged in backtest, replay, rehearsal, paper and live.

Every command takes --json, --quiet and --debug (which shows where an unexpected error came from).
Exit codes: 0 done, 1 the answer is no, 2 usage or configuration, 3 venue or login, 4 halted by
risk, 5 our fault.
"""

DEBUG = "--debug"


def run(arguments: list[str]) -> int:
    """Run the command that `arguments` spell and return its exit code; prints its own errors."""
    debug = DEBUG in arguments
    arguments = [text for text in arguments if text != DEBUG] or ["--help"]
    try:
        answer = build(arguments).main(args=arguments, prog_name="lockstep", standalone_mode=False)
    except KeyboardInterrupt:
        return errors.INTERRUPTED
    except BaseException as error:  # noqa: BLE001 - even code that would leave with success is told
        return errors.report(error, as_json="--json" in arguments, debug=debug)
    return answer if isinstance(answer, int) else 0


def build(arguments: Sequence[str]) -> Any:  # noqa: ANN401 - typer names no type
    """Return the group of commands: the one that `arguments` name, or else all, and plug-ins."""
    named = next((text for text in arguments if not text.startswith("-")), "")
    wanted = [COMMANDS[named]] if named in COMMANDS else list(dict.fromkeys(COMMANDS.values()))
    group = _group([importlib.import_module(module).register for module in wanted])
    group.commands = {name: group.commands[name] for name in COMMANDS if name in group.commands}
    if named not in COMMANDS:
        for plugin in plugins.load():
            for name, command in _group([plugin.register]).commands.items():
                group.commands.setdefault(name, command)
    return group


def _group(registers: list[Callable[[typer.Typer], None]]) -> Any:  # noqa: ANN401 - as above
    app = typer.Typer(
        help=ABOUT, rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False
    )
    app.callback()(_root)
    for register in registers:
        register(app)
    return typer.main.get_command(app)


def _root() -> None:
    """Stand above the commands, so that even one alone is called by its name."""
