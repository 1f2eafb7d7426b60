"""Secrets, by reference only: a configuration says where a secret is, never what it is.

Keeps no secret anywhere: each resolution reads the variable, the file or the command again.
"""

import hmac
import os
import stat
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, NoReturn, final

from msgspec import Struct

from engine.config.words import about
from engine.errors import ConfigError

_COMMAND_TIMEOUT_S = 30.0
_SECRET_BYTES_MAX = 65_536


@final
class Secret:
    """Hold a secret: it prints as `***`, cannot be pickled, and compares in constant time."""

    __slots__ = ("__text",)

    def __init__(self, text: str) -> None:
        self.__text = text

    def reveal(self) -> str:
        """Return the secret itself; call this only where it is sent."""
        return self.__text

    def __repr__(self) -> str:
        return "***"

    def __str__(self) -> str:
        return "***"

    def __format__(self, form: str) -> str:
        return format("***", form)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self.__text.encode(), other.reveal().encode())

    __hash__ = None  # type: ignore[assignment] # a secret is no key of anything

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not written anywhere; pass its reference instead")


class SecretReference(Struct, frozen=True, kw_only=True):
    """Say where a secret is: a variable, a file that only its owner may read, or a command.

    Raises ValueError unless exactly one of the three is given.
    """

    env: Annotated[str | None, about("variable of the environment that holds it")] = None
    file: Annotated[str | None, about("file that holds it, which only its owner may read")] = None
    command: Annotated[tuple[str, ...] | None, about("command that prints it")] = None

    def __post_init__(self) -> None:
        given = [way for way in (self.env, self.file, self.command) if way is not None]
        if len(given) != 1 or not given[0]:
            raise ValueError("a secret is named by exactly one of env, file and command")

    def resolve(self, environ: Mapping[str, str]) -> Secret:
        """Return the secret, without the newline at its end.

        Raises ConfigError, which never holds the secret, if it is absent or empty, if the file may
        be read by others than its owner, or if the command fails or takes more than 30 s.
        """
        if self.env is not None:
            text, where = environ.get(self.env, ""), f"variable {self.env}"
        elif self.file is not None:
            text, where = _from_file(Path(self.file).expanduser()), f"file {self.file}"
        else:
            command = self.command or ()
            text, where = _from_command(command), f"output of {command[0]}"
        text = text.rstrip("\r\n")
        if not text:
            raise ConfigError(f"secret: the {where} is not set or empty; put the secret there")
        return Secret(text)


def _from_file(path: Path) -> str:
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            if os.name == "posix" and stat.S_IMODE(status.st_mode) & 0o077:
                raise ConfigError(f"secret: {path} may be read by others; run chmod 600 on it")
            return file.read(_SECRET_BYTES_MAX).decode()
    except OSError as error:
        raise ConfigError(
            f"secret: {path} cannot be read ({error.strerror}); check the path"
        ) from None
    except UnicodeDecodeError:
        raise ConfigError(f"secret: {path} is not UTF-8 text; write the secret as text") from None


def _from_command(command: tuple[str, ...]) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - the user's own command, never through a shell
            command,
            capture_output=True,
            timeout=_COMMAND_TIMEOUT_S,
            check=False,
            text=True,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, ValueError, subprocess.TimeoutExpired):
        raise ConfigError(
            f"secret: {command[0]} did not run within {_COMMAND_TIMEOUT_S:g} s; run it by hand"
        ) from None
    if done.returncode != 0:
        raise ConfigError(f"secret: {command[0]} ended with {done.returncode}; run it by hand")
    return done.stdout
