"""Remember every trade that was ever booked, so that no fill is booked twice.

Eight bytes of a hash stand for each, in a file that grows by one record a run.
"""

from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path

from engine.errors import DataError
from engine.journal.disk import Disk
from engine.model.reports import OrderFilled

_KEY_BYTES = 8


class SeenTrades:
    """Hold the trades that were booked; about 100 bytes of memory each.

    A trade is known by account, instrument, side and the venue's trade id: in a trade with oneself
    both sides have the same id. Fills without an id are not remembered: for them the order's
    cumulative quantity decides.
    """

    def __init__(self, keys: Iterable[int] = ()) -> None:
        self._keys = dict.fromkeys(keys)

    def __len__(self) -> int:
        return len(self._keys)

    def __contains__(self, fill: OrderFilled) -> bool:
        return bool(fill.trade_id) and _key(fill) in self._keys

    def add(self, fill: OrderFilled) -> bool:
        """Remember a fill; return False when it was known already."""
        if not fill.trade_id:
            return True
        key = _key(fill)
        if key in self._keys:
            return False
        self._keys[key] = None
        return True

    def save(self, disk: Disk, path: Path) -> None:
        """Write all that is known, whole or not at all."""
        packed = b"".join(key.to_bytes(_KEY_BYTES, "little") for key in self._keys)
        disk.replace(path, blake2b(packed, digest_size=_KEY_BYTES).digest() + packed)

    @classmethod
    def load(cls, disk: Disk, path: Path) -> "SeenTrades":
        """Read what `save` wrote; nothing where there is no file. Raises DataError for damage."""
        try:
            data = disk.read(path)
        except FileNotFoundError:
            return cls()
        digest, packed = data[:_KEY_BYTES], data[_KEY_BYTES:]
        if blake2b(packed, digest_size=_KEY_BYTES).digest() != digest:
            raise DataError(f"{path} is damaged; restore it from a copy, or fills may be doubled")
        starts = range(0, len(packed), _KEY_BYTES)
        return cls(int.from_bytes(packed[at : at + _KEY_BYTES], "little") for at in starts)


def _key(fill: OrderFilled) -> int:
    parts = (fill.account, fill.instrument, fill.side.name, fill.trade_id)
    text = "\0".join(parts).encode()
    return int.from_bytes(blake2b(text, digest_size=_KEY_BYTES).digest(), "little")
