"""Load a configuration: lay its layers over each other, build its values, and check them.

Loads no strategy and opens no catalogue.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from engine.config import paths, sources
from engine.config.convert import Converter
from engine.config.crosscheck import findings
from engine.config.sections import Config
from engine.config.tree import DEFAULT, Origin, Table, Tree
from engine.config.values import Moment
from engine.errors import ConfigError


class Loaded(msgspec.Struct, frozen=True):
    """Hold a checked configuration, and for each key written somewhere, where its value came from.

    `origins` is keyed by the spelled path (`run.seed`); a key that is not in it has its default.
    """

    path: Path
    config: Config
    origins: dict[str, Origin]

    def origin(self, key: str) -> Origin:
        """Return where the value of a spelled path came from."""
        return self.origins.get(key, DEFAULT)

    def plain(self) -> dict[str, object]:
        """Return the whole configuration, defaults included, as tables, lists and plain values."""
        text = msgspec.json.encode(self.config, enc_hook=_encode)
        return msgspec.json.decode(text, type=dict[str, object])

    def canonical_json(self) -> str:
        """Return the one spelling of the whole configuration, of which its hash is taken.

        Keys are sorted and there are no spaces. It holds values and defaults, no origins, and no
        secrets, since a configuration holds references only.
        """
        return msgspec.json.encode(self.plain(), order="sorted").decode()


def load(path: Path | str, overrides: Sequence[str], environ: Mapping[str, str]) -> Loaded:
    """Return the configuration of the file at `path`.

    Layers, each over the one before: defaults, the file that it names as `base`, the file,
    `<name>.local.toml` beside it if there is one, variables `LOCKSTEP__SECTION__KEY` in `environ`,
    `overrides` of the form `section.key=value`. Raises ConfigError with the first problem in one
    line, and the number of others.
    """
    loaded, problems = inspect(path, overrides, environ)
    if loaded is None:
        more = (
            f" (and {len(problems) - 1} more: lockstep config check {path})"
            if len(problems) > 1
            else ""
        )
        raise ConfigError(problems[0] + more)
    return loaded


def inspect(
    path: Path | str, overrides: Sequence[str], environ: Mapping[str, str]
) -> tuple[Loaded | None, tuple[str, ...]]:
    """Return what `load` does, or None, and every problem found, one line each."""
    file = Path(path)
    tree = Tree()
    try:
        sources.add_file(tree, file)
        local = file.with_suffix(".local.toml")
        if local.exists():
            sources.add_file(tree, local)
        sources.add_environment(tree, environ)
        sources.add_overrides(tree, overrides)
    except ConfigError as error:
        return None, (str(error),)
    _complete(tree, file)
    converter = Converter(lambda at: _where(tree, at, file), tree.inherited)
    config = converter.struct(Config, tree.values, ())
    if config is not None:
        for at, what in findings(config):
            converter.note(at, what)
    if config is None or converter.problems:
        return None, tuple(converter.problems)
    origins = {paths.spell(at): origin for at, origin in tree.origins.items()}
    return Loaded(file, config, origins), ()


def _complete(tree: Tree, file: Path) -> None:
    """Put in what follows from other values: names, the only account, inherited rules."""
    run = tree.values.setdefault("run", {})
    if isinstance(run, dict):
        run.setdefault("name", _run_name(file))
    accounts = _tables(tree.values.get("accounts"))
    for strategy in _tables(tree.values.get("strategies")):
        if "name" not in strategy and isinstance(strategy.get("class"), str):
            strategy["name"] = str(strategy["class"]).rpartition(":")[2]
        if not {"account", "accounts"} & strategy.keys() and len(accounts) == 1:
            strategy["account"] = accounts[0].get("id")
    exchange = tree.values.get("exchange")
    own = exchange.get("instruments") if isinstance(exchange, dict) else None
    for name, rules in own.items() if isinstance(own, dict) else ():
        exclusive = {"instruments", "slippage"} if "slippage" in rules else {"instruments"}
        tree.fill(("exchange", "instruments", name), ("exchange",), exclusive)


def _run_name(file: Path) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", file.stem).lstrip("._-")[:80] or "run"


def _tables(entries: object) -> list[Table]:
    return (
        [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    )


def _where(tree: Tree, path: paths.Path, file: Path) -> str:
    origin = tree.origin(path)
    return str(file) if origin == DEFAULT else str(origin)


def _encode(value: object) -> object:
    if isinstance(value, Moment):
        return value.text
    raise TypeError(f"{value!r} cannot be part of a configuration")
