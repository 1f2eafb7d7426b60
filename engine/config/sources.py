"""Read what settings come from: a file and its base, the environment, and --set.

Gives them to the tree as they are written; whether a key exists and a value fits is checked later.
"""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from engine.config import paths
from engine.config.lines import key_lines, line_of
from engine.config.tree import Origin, Table, Tree, entry_names
from engine.errors import ConfigError

PREFIX = "LOCKSTEP__"
"""What the name of a variable begins with to set a value: `LOCKSTEP__RUN__SEED=9`."""

_BASES_MAX = 8
_FILE_BYTES_MAX = 4_000_000


def add_file(tree: Tree, path: Path, above: tuple[Path, ...] = ()) -> None:
    """Lay a file over the tree, the file that it names as its `base` first.

    Raises ConfigError for a file that cannot be read or is no TOML, and for bases that go round or
    too deep.
    """
    if path.resolve() in above or len(above) > _BASES_MAX:
        raise ConfigError(
            f"{path}: base leads back to itself or is over {_BASES_MAX} deep; remove one"
        )
    text = _text(path)
    table = _table(path, text)
    base = table.pop("base", None)
    if isinstance(base, str):
        add_file(tree, path.parent / base, (*above, path.resolve()))
    elif base is not None:
        raise ConfigError(f"{path}: base is {base!r}; give the path of another configuration file")
    lines = key_lines(text)
    tree.merge(table, lambda at: Origin("file", str(path), line_of(at, lines)))


def add_environment(tree: Tree, environ: Mapping[str, str]) -> None:
    """Lay the variables that begin with LOCKSTEP__ over the tree, in the order of their names.

    A key that the tree has is found whatever its case; any other is read in lower case, unless it
    holds a dot.
    """
    for name in sorted(environ):
        if name.startswith(PREFIX):
            keys = name[len(PREFIX) :].split("__")
            if not all(keys):
                raise ConfigError(
                    f"{name}: a key is empty; name the variable like {PREFIX}RUN__SEED"
                )
            value = environ[name]
            tree.set(_present(tree.values, keys), _value(value), Origin("environment", name))


def add_overrides(tree: Tree, overrides: Sequence[str]) -> None:
    """Lay texts of the form `section.key=value` over the tree, in their order."""
    for text in overrides:
        key, equals, value = _split(text)
        path = paths.parse(key) if equals else None
        if path is None:
            raise ConfigError(
                f"--set {text}: is not of the form section.key=value; write run.seed=7"
            )
        tree.set(path, _value(value), Origin("argument", "--set"))


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _FILE_BYTES_MAX:
            raise ConfigError(f"{path}: is over {_FILE_BYTES_MAX} bytes; this is no configuration")
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}); check the path") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: is not UTF-8 text; save it as UTF-8") from None


def _table(path: Path, text: str) -> Table:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        what = " ".join(str(error).split())
        raise ConfigError(f"{path}: {what[:1].lower()}{what[1:]}; mend the TOML there") from None


def _split(text: str) -> tuple[str, str, str]:
    """Split at the first equals sign outside of quotes."""
    quote = ""
    for position, character in enumerate(text):
        if character in "\"'" and quote in ("", character):
            quote = "" if quote else character
        elif character == "=" and not quote:
            return text[:position], "=", text[position + 1 :]
    return text, "", ""


def _value(text: str) -> object:
    """Return `text` as the TOML value it is, or as it stands when it is none."""
    try:
        table = tomllib.loads(f"value = {text}")
    except tomllib.TOMLDecodeError:
        return text
    return table["value"] if len(table) == 1 else text


def _present(values: Table, keys: Sequence[str]) -> paths.Path:
    found: list[str] = []
    here: object = values
    for key in keys:
        known = _known_key(here, key)
        found.append(known)
        here = _below(here, known)
    return tuple(found)


def _known_key(here: object, key: str) -> str:
    names = list(here) if isinstance(here, dict) else []
    matches = [name for name in names if name.casefold() == key.casefold()]
    if matches:
        return key if key in matches else matches[0]
    return key if "." in key else key.lower()


def _below(here: object, key: str) -> object:
    if isinstance(here, dict):
        return here.get(key)
    if isinstance(here, list):
        named = [entry for entry in here if key in entry_names(entry)]
        return (
            named[0]
            if named
            else here[int(key)]
            if key.isdecimal() and int(key) < len(here)
            else None
        )
    return None
