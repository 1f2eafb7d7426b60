"""Files that hold one secret each, for their owner alone, and what a venue changes in them.

Shows no secret anywhere; `engine.config.secret` reads them.
"""

import os
from collections.abc import Callable
from pathlib import Path

from engine.config.secret import SecretReference
from engine.errors import ConfigError


def write_secret(path: Path, secret: str) -> None:
    """Write a secret to a file of mode 0600, whole or not at all; it is safe on the disk then."""
    path.parent.mkdir(parents=True, exist_ok=True)
    made = path.with_name(f".{path.name}.new")
    made.unlink(missing_ok=True)
    with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secret + "\n")
        file.flush()
        os.fsync(file.fileno())
    made.replace(path)


def keeper(settings: object) -> Callable[[str, str], None]:
    """Return what stores a secret that a venue has changed: in the file that it is read from.

    The name of the secret is that of its key in the venue's section. Raises ConfigError for one
    that does not come from a file; a venue that changes secrets refuses such a section before it
    asks.
    """

    def store(name: str, secret: str) -> None:
        reference = getattr(settings, name, None)
        if not isinstance(reference, SecretReference) or reference.file is None:
            raise ConfigError(f"the venue has changed {name}, which is in no file; log in again")
        write_secret(Path(reference.file).expanduser(), secret)

    return store


def forget(_name: str, _secret: str) -> None:
    """Store nothing: a simulator takes its one secret again."""
