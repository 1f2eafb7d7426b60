"""The commands `lockstep config check | show | schema`.

Runs nothing: a strategy's class is loaded by `check`, to hold its parameters against it.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lockstep.cli.output import Json, Overrides, Quiet, answer, answer_json, columns, note

if TYPE_CHECKING:
    from engine.config import Loaded

File = Annotated[Path, typer.Argument(metavar="CONFIG", help="A configuration file (TOML).")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Check, show and describe configurations.")
    group.command("check")(check)
    group.command("show")(show)
    group.command("schema")(schema)
    app.add_typer(group, name="config")


def check(
    config: File, *, overrides: Overrides = None, as_json: Json = False, quiet: Quiet = False
) -> None:
    """Say whether a configuration can be used.

    Its strategies are loaded and their parameters held against them. Every problem is one line on
    standard error, and the exit code is 2.
    """
    problems = find_problems(config, overrides or [])
    if as_json:
        answer_json({"config": str(config), "ok": not problems, "problems": problems})
    for problem in problems:
        note(f"error: {problem}")
    if problems:
        raise typer.Exit(2)
    if not as_json and not quiet:
        answer(f"ok: {config}")


def show(
    config: File, *, overrides: Overrides = None, as_json: Json = False, quiet: Quiet = False
) -> None:
    """Show every setting and where its value came from.

    The defaults are shown too; what looks like a secret prints as ***.
    """
    from engine.config import load, masked, settings

    loaded = load(config, overrides or [], os.environ)
    rows = settings(loaded)
    if as_json:
        origins = {row.key: str(row.origin) for row in rows}
        values = masked(loaded.plain())
        answer_json({"config": str(config), "values": values, "origins": origins})
    elif quiet:
        answer("\n".join(f"{row.key} = {row.text}" for row in rows))
    else:
        answer(columns((f"{row.key} = {row.text}", f"# {row.origin}") for row in rows))


def schema(*, as_json: Json = False, quiet: Quiet = False) -> None:
    """Print the JSON schema of a configuration.

    Editors check TOML with it while it is typed.
    """
    import json

    from engine.config import schema as describe

    answer(json.dumps(describe(), indent=None if as_json or quiet else 2))


def find_problems(config: Path, overrides: list[str]) -> list[str]:
    """Return every problem of a configuration and of its strategies' parameters, one line each."""
    from engine.config import inspect

    loaded, problems = inspect(config, overrides, os.environ)
    return list(problems) if loaded is None else _strategy_problems(loaded)


def _strategy_problems(loaded: "Loaded") -> list[str]:
    from engine.errors import LockstepError
    from engine.strategy.loading import load_strategy
    from engine.strategy.parameters import read_parameters

    problems = []
    for number, strategy in enumerate(loaded.config.strategies):
        try:
            found = load_strategy(strategy.class_, loaded.path.parent)
            read_parameters(found, strategy.parameters)
        except LockstepError as error:
            where = loaded.origin(f"strategies.{number}")
            problems.append(f"{where}: strategy {strategy.name}: {error}")
    return problems
