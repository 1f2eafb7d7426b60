"""Write the decision log of a run and its digest.

Decides nothing about what belongs into it.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import msgspec

DECISIONS = "decisions.log"


class DecisionLog:
    """Hash decisions, one JSON object a line, and write them where there is a folder."""

    def __init__(self, folder: Path | None) -> None:
        self._hash = hashlib.sha256()
        self._encode = msgspec.json.Encoder().encode_lines
        self._file: BinaryIO | None = None if folder is None else (folder / DECISIONS).open("wb")

    def write(self, decisions: Sequence[object]) -> None:
        """Take decisions in their order."""
        lines = self._encode(decisions)
        self._hash.update(lines)
        if self._file is not None:
            self._file.write(lines)

    def close(self) -> str:
        """Close the file and return the digest: the SHA-256 of the whole log."""
        if self._file is not None:
            self._file.close()
        return self._hash.hexdigest()
