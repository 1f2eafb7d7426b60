"""Find a strategy class by `package.module:Class` or `path/to/file.py:Class`.

Runs the module it loads, as Python does; never searches anywhere else.
"""

import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

from engine.errors import StrategyError
from engine.strategy.base import Strategy
from engine.strategy.faults import describe


def load_strategy(reference: str, folder: Path) -> type[Strategy]:
    """Return the class that `reference` names; file paths are taken relative to `folder`.

    Raises StrategyError that says what was looked for and where, or where its code fails.
    """
    place, colon, name = reference.rpartition(":")
    if not colon or not name.isidentifier():
        msg = (
            f"strategy class {reference!r} is not of the form package.module:Class or file.py:Class"
        )
        raise StrategyError(msg)
    module = _from_file(folder / place) if place.endswith(".py") else _from_package(place)
    found = getattr(module, name, None)
    if not (isinstance(found, type) and issubclass(found, Strategy)):
        classes = [
            n
            for n, v in vars(module).items()
            if isinstance(v, type) and issubclass(v, Strategy) and v is not Strategy
        ]
        msg = f"{place} has no strategy class {name!r}; it has: {', '.join(classes) or 'none'}"
        raise StrategyError(msg)
    return found


def _from_package(place: str) -> ModuleType:
    try:
        return importlib.import_module(place)
    except ModuleNotFoundError as error:
        if error.name is not None and (place == error.name or place.startswith(f"{error.name}.")):
            msg = (
                f"no module {place!r} for a strategy; check the name, or give a path ending in .py"
            )
            raise StrategyError(msg) from None
        raise _broken(place, error) from error
    except (Exception, SystemExit) as error:
        raise _broken(place, error) from error


def _from_file(path: Path) -> ModuleType:
    """Run a file as a module; it may import the modules beside it."""
    name = f"lockstep_strategy_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None or not path.is_file():
        raise StrategyError(
            f"no strategy file {path}; check the path (relative to the configuration file)"
        )
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    sys.path.insert(0, str(path.parent.resolve()))
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        raise _broken(str(path), error) from error
    finally:
        sys.path.pop(0)
    return module


def _broken(place: str, error: BaseException) -> StrategyError:
    return StrategyError(f"{place} does not load: {describe(error)}; mend the strategy's file")
