"""Open recordings: plain files, gzip files and every member of zip files.

Looks at names and bytes only, never at what the rows mean.
"""

import gzip
import hashlib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from backtest.catalogue.schema import Source
from engine.errors import DataError


@dataclass(frozen=True)
class Member:
    """Name one stream of bytes: a file, or a file inside a zip."""

    path: Path
    inner: str | None = None

    @property
    def name(self) -> str:
        """Return the name for messages: `file.csv`, `file.zip!inner.csv`."""
        return self.path.name if self.inner is None else f"{self.path.name}!{self.inner}"

    @property
    def stem(self) -> str:
        """Return the bare name that formats put meaning into, without folder and `.gz`."""
        bare = self.path.name if self.inner is None else self.inner.rpartition("/")[2]
        return bare.removesuffix(".gz")

    def open(self) -> IO[bytes]:
        """Open the decompressed bytes; raises DataError when the file cannot be opened."""
        try:
            if self.inner is not None:
                return zipfile.ZipFile(self.path).open(self.inner)
            if self.path.suffix == ".gz":
                return cast("IO[bytes]", gzip.open(self.path, "rb"))
            return self.path.open("rb")
        except (OSError, zipfile.BadZipFile) as error:
            msg = f"{self.name} cannot be opened ({error}); check the path and the file"
            raise DataError(msg) from error


def members(files: tuple[Path, ...]) -> Iterator[Member]:
    """Yield what the files hold, in the order given, the members of a zip by name."""
    for path in files:
        _refuse_missing(path)
        if path.suffix != ".zip":
            yield Member(path)
            continue
        try:
            with zipfile.ZipFile(path) as archive:
                names = sorted(archive.namelist())
        except (OSError, zipfile.BadZipFile) as error:
            msg = f"{path} cannot be opened as zip ({error}); check the file"
            raise DataError(msg) from error
        yield from (Member(path, name) for name in names if not name.endswith("/"))


def fingerprints(files: tuple[Path, ...]) -> tuple[Source, ...]:
    """Return the name and SHA-256 of every file as it is on disk."""
    found = []
    for path in files:
        _refuse_missing(path)
        with path.open("rb") as file:
            found.append(Source(path.name, hashlib.file_digest(file, "sha256").hexdigest()))
    return tuple(found)


def first_line(member: Member, encoding: str = "utf-8") -> str:
    """Return the first line without its end and byte-order mark; DataError when there is none."""
    try:
        with member.open() as file:
            raw = file.readline(65_536)
    except (OSError, EOFError) as error:
        msg = f"{member.name} cannot be read ({error}); fetch the file again"
        raise DataError(msg) from error
    try:
        line = raw.decode(encoding).removeprefix("\ufeff").rstrip("\r\n")
    except (UnicodeDecodeError, LookupError) as error:
        msg = f"{member.name}:1 is no {encoding} text ({error}); add --encoding, such as cp1251"
        raise DataError(msg) from error
    if not raw:
        msg = f"{member.name} is empty; leave it out"
        raise DataError(msg)
    return line


def _refuse_missing(path: Path) -> None:
    if not path.is_file():
        msg = f"{path} is no file; check the path"
        raise DataError(msg)
