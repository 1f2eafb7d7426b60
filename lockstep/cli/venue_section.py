"""How a command reaches a venue by itself: its section of a file, or a simulator of it.

Opens no connection.
"""

import os
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

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


def keeper(settings: object) -> "Callable[[str, str], None]":
    """Return what stores a secret that the venue has changed: in the file it is read from.

    The name of the secret is that of its key in the section. Raises ConfigError for one that does
    not come from a file; a venue that changes secrets refuses such a section before it asks.
    """
    from engine.config.secret import SecretReference
    from engine.errors import ConfigError
    from lockstep.cli.login import keep

    def store(name: str, secret: str) -> None:
        reference = getattr(settings, name, None)
        if not isinstance(reference, SecretReference) or reference.file is None:
            raise ConfigError(f"the venue has changed {name}, which is in no file; log in again")
        keep(Path(reference.file).expanduser(), secret)

    return store


def forget(_name: str, _secret: str) -> None:
    """Store nothing: a simulator takes its one secret again."""


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
