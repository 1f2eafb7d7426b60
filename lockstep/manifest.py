"""What a run was made of: versions, configuration, code, data and seed, so that it can be repeated.

Names no machine and no person.
"""

import hashlib
import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

import msgspec

from engine.config.sections import Config
from engine.native.selection import in_use

if TYPE_CHECKING:
    from backtest.data_source import DataSource
    from backtest.run import Outcome

_PACKAGES = ("lockstep", "numpy", "pyarrow", "msgspec", "tzdata")


def manifest_of(
    config: Config,
    canonical: str,
    strategies: Mapping[str, Mapping[str, object]],
    source: "DataSource",
    outcome: "Outcome",
) -> dict[str, object]:
    """Return the manifest: what must be the same for a run to come out the same."""
    return {
        "versions": versions(),
        "processor": platform.machine(),
        "core": "compiled" if in_use() else "plain",
        "seed": config.run.seed,
        "config": msgspec.json.decode(canonical),
        "config_hash": hashlib.sha256(canonical.encode()).hexdigest(),
        "strategies": dict(strategies),
        "data": {
            f"{name} {kind if spec is None else f'{kind}-{spec}'}": source.catalogue.content_hash(
                source.recording(name), kind, spec
            )
            for name, streams in outcome.streams.items()
            for kind, spec in streams
        },
    }


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages whose change could change a result."""
    return {"python": platform.python_version(), **{name: _version(name) for name in _PACKAGES}}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
