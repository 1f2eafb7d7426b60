"""How a command reaches a venue by itself: its section of a file, or a simulator of it.

Opens no connection.
"""

import os
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from connectors.frame.package import Resolve, VenuePackage


def reach(
    package: "VenuePackage", config: Path | None, simulator: str | None, accounts: tuple[str, ...]
) -> "tuple[Any, Resolve]":
    """Return the settings of a venue, and what resolves the secrets they name.

    `simulator` is the address that `lockstep sim` prints. Raises ConfigError for a section that
    cannot be used.
    """
    from connectors.frame.package import SIMULATED_SECRET
    from connectors.simulation.simulator import Served
    from engine.config.secret import Secret

    if simulator is None:
        return section(package, config), lambda reference: reference.resolve(os.environ)
    base = simulator.rstrip("/")
    served = Served(http=base, websocket=base.replace("http", "ws", 1))
    return package.simulated(served, accounts), lambda _: Secret(SIMULATED_SECRET)


def section(package: "VenuePackage", config: Path | None) -> Any:  # noqa: ANN401 - of any venue
    """Return the venue's section of a file, or its defaults without one."""
    import msgspec

    from engine.errors import ConfigError

    name = package.name.lower()
    try:
        text = {} if config is None else tomllib.loads(config.read_text(encoding="utf-8"))
        found = text.get("connectors", {}).get(name, {})
        return msgspec.convert(found, type=package.settings)
    except (OSError, ValueError, AttributeError) as error:
        raise ConfigError(f"[connectors.{name}] cannot be used: {error}") from None
