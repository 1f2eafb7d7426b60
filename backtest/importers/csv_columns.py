"""Decide which column of delimited text holds which field.

Knows common spellings of headers; what a person says comes first.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from backtest.catalogue.columns import Kind
from engine.errors import DataError

REQUIRED: dict[Kind, tuple[str, ...]] = {
    "bars": ("open", "high", "low", "close"),
    "quotes": ("bid", "ask"),
    "trades": ("price", "size"),
}
OPTIONAL: dict[Kind, tuple[str, ...]] = {
    "bars": ("volume",),
    "quotes": ("bid_size", "ask_size"),
    "trades": (),
}
TEXTS: dict[Kind, tuple[str, ...]] = {
    "bars": (),
    "quotes": ("received",),
    "trades": ("received", "side", "id"),
}
_SPELLINGS: dict[str, tuple[str, ...]] = {
    "time": ("time", "timestamp", "datetime", "date_time", "ts", "ts_event", "ts_open"),
    "date": ("date",),
    "clock": (),
    "received": ("received", "ts_recv"),
    "open": ("open", "o"),
    "high": ("high", "h"),
    "low": ("low", "l"),
    "close": ("close", "c"),
    "volume": ("volume", "vol", "v"),
    "bid": ("bid", "bid_price"),
    "ask": ("ask", "ask_price"),
    "bid_size": ("bid_size", "bidsize", "bid_volume"),
    "ask_size": ("ask_size", "asksize", "ask_volume"),
    "price": ("price", "p"),
    "size": ("size", "qty", "quantity", "amount"),
    "side": ("side", "aggressor"),
    "id": ("id", "trade_id"),
}


@dataclass(frozen=True)
class CsvColumns:
    """Name the columns of a file: all of them in order, and the one that holds each field."""

    kind: Kind
    names: tuple[str, ...]
    fields: dict[str, str]

    @property
    def numbers(self) -> dict[str, str]:
        """Return the columns of prices and quantities, by field."""
        wanted = (*REQUIRED[self.kind], *OPTIONAL[self.kind])
        return {name: self.fields[name] for name in wanted if name in self.fields}

    @property
    def times(self) -> tuple[str, ...]:
        """Return the column of the time, or the two of date and clock."""
        if "time" in self.fields:
            return (self.fields["time"],)
        return self.fields["date"], self.fields["clock"]

    @property
    def texts(self) -> dict[str, str]:
        """Return the other columns that are read as text, by field."""
        return {name: self.fields[name] for name in TEXTS[self.kind] if name in self.fields}


def csv_columns(
    cells: list[str], chosen: Mapping[str, str], member: str, *, has_header: bool
) -> CsvColumns:
    """Return the columns of a file from the cells of its first line and the choices of a person.

    Without a header columns are known by position, from 1. Raises DataError for an unknown field or
    column, and when the columns make neither bars nor quotes nor trades.
    """
    names = (
        tuple(_unique([_plain(cell) for cell in cells])) if has_header else _positions(len(cells))
    )
    fields = _spelled(names) if has_header else {}
    for field, column in chosen.items():
        if field not in _SPELLINGS:
            msg = f"--columns: there is no field {field!r}; fields are {', '.join(_SPELLINGS)}"
            raise DataError(msg)
        fields[field] = _column(column, names, member)
    _one_time(fields, chosen)
    kind = _kind(fields, names, member)
    return CsvColumns(kind, names, fields)


def _plain(cell: str) -> str:
    return cell.strip().strip('"').strip("<>").strip()


def _positions(count: int) -> tuple[str, ...]:
    return tuple(str(place) for place in range(1, count + 1))


def _unique(names: list[str]) -> list[str]:
    """Give unnamed and repeated columns their position as name, so that each can be told apart."""
    return [
        name if name and names.index(name) == place else f"#{place + 1}"
        for place, name in enumerate(names)
    ]


def _spelled(names: tuple[str, ...]) -> dict[str, str]:
    by_spelling = {name.lower().replace(" ", "_"): name for name in reversed(names)}
    found = {}
    for field, spellings in _SPELLINGS.items():
        match = next((by_spelling[word] for word in spellings if word in by_spelling), None)
        if match is not None:
            found[field] = match
    if "date" in found and found.get("time", "").lower() == "time":
        found["clock"] = found.pop("time")
    elif "date" in found and "time" not in found:
        found["time"] = found.pop("date")
    return found


def _column(column: str, names: tuple[str, ...], member: str) -> str:
    if column in names:
        return column
    if column.isdecimal() and 1 <= int(column) <= len(names):
        return names[int(column) - 1]
    msg = f"--columns: {member} has no column {column!r}; it has {', '.join(names)}"
    raise DataError(msg)


def _one_time(fields: dict[str, str], chosen: Mapping[str, str]) -> None:
    """Let a chosen time win over found dates, and a chosen date and clock over a found time."""
    if "time" in chosen or ("time" in fields and not {"date", "clock"} & chosen.keys()):
        fields.pop("date", None)
        fields.pop("clock", None)
    elif "date" in fields and "clock" in fields:
        fields.pop("time", None)


def _kind(fields: dict[str, str], names: tuple[str, ...], member: str) -> Kind:
    timed = "time" in fields or ("date" in fields and "clock" in fields)
    for kind, required in REQUIRED.items():
        if timed and all(field in fields for field in required):
            return kind
    msg = (
        f"{member}: columns {', '.join(names)} make no bars (time, open, high, low, close), quotes "
        "(time, bid, ask) or trades (time, price, size); add --columns, such as time=1,bid=2,ask=3"
    )
    raise DataError(msg)
