"""Hash the content of recorded rows, so that equal rows are recognised wherever they came from.

Hashes values, not bytes of files: compression, row groups and library versions do not change it.
"""

import hashlib

import numpy as np

from backtest.catalogue.columns import COLUMN_NAMES, Columns, Kind

_ID_END = "\x1f"


class ContentHash:
    """Hash the rows of one stream, column by column, in the order they are added.

    The digest does not depend on how the rows were cut into chunks. A missing trade id and an empty
    one are the same.
    """

    def __init__(self, kind: Kind) -> None:
        self._columns = {name: hashlib.sha256(name.encode()) for name in COLUMN_NAMES[kind]}
        self._ids = hashlib.sha256(b"trade_id") if kind == "trades" else None

    def add(self, columns: Columns) -> None:
        """Add rows at the end."""
        for name, state in self._columns.items():
            state.update(np.ascontiguousarray(columns.arrays[name], dtype="<i8").data)
        if self._ids is None:
            return
        ids = columns.trade_ids
        joined = (
            _ID_END * len(columns) if ids is None else _ID_END.join(ids) + _ID_END * bool(len(ids))
        )
        self._ids.update(joined.encode())

    def digest(self) -> str:
        """Return the SHA-256, in hex, over the digests of all columns."""
        whole = hashlib.sha256()
        for state in self._columns.values():
            whole.update(state.digest())
        if self._ids is not None:
            whole.update(self._ids.digest())
        return whole.hexdigest()


def combine_digests(parts: list[tuple[str, str]]) -> str:
    """Return one digest over named digests, in the order given."""
    whole = hashlib.sha256()
    for name, digest in parts:
        whole.update(f"{name}:{digest}\n".encode())
    return whole.hexdigest()
