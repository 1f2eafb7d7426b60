"""Hold what a person may say about a recording and about how strictly to import it.

Gives no option a meaning: each importer reads those that it declares.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Literal

from engine.errors import DataError

Label = Literal["start", "end"]
Fold = Literal["refuse", "earlier", "later"]


@dataclass(frozen=True, kw_only=True)
class ImportOptions:
    """Describe a recording; None means "as the format says".

    `timezone` is an IANA name or an offset such as `UTC-5`. `bar` is a bar specification (`5m`).
    `label` says whether a bar's time is its start or its end. `columns` maps fields to header
    names, or to positions counted from 1. `time_format` is `iso`, `epoch-s|ms|us|ns` or a
    strptime format. `fold` chooses between the two passes of an hour that clocks repeat.
    """

    timezone: str | None = None
    bar: str | None = None
    label: Label | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    delimiter: str | None = None
    header: bool | None = None
    time_format: str | None = None
    decimal: str | None = None
    encoding: str | None = None
    price_factor: str | None = None
    quantity_factor: str | None = None
    symbol: str | None = None
    fold: Fold = "refuse"

    def given(self) -> tuple[str, ...]:
        """Return the names of the options that were set."""
        default = ImportOptions()
        return tuple(
            item.name
            for item in fields(self)
            if getattr(self, item.name) != getattr(default, item.name)
        )

    def refuse_unused(self, format_name: str, used: frozenset[str]) -> None:
        """Raise DataError when an option was set that the format does not read."""
        for name in self.given():
            if name not in used:
                option = f"--{name.replace('_', '-')}"
                words = ", ".join(f"--{item.replace('_', '-')}" for item in sorted(used)) or "none"
                msg = (
                    f"{option} means nothing to format {format_name}; leave it away (it reads "
                    f"{words})"
                )
                raise DataError(msg)


@dataclass(frozen=True, kw_only=True)
class ImportPolicy:
    """Say what to do where a recording is not clean; the defaults refuse.

    `sort` orders rows by time, in memory. `drop_duplicates` drops exact copies. `correct_skew`
    moves the recorder's clock forward until no row arrives before it happened. `replace`
    overwrites stored rows in the time range that the new rows cover. `dry_run` stores nothing.
    `quantity_digits` is how many decimals sizes and volumes are rounded to; None keeps them all.
    """

    sort: bool = False
    drop_duplicates: bool = False
    correct_skew: bool = False
    replace: bool = False
    dry_run: bool = False
    quantity_digits: int | None = None


@dataclass(frozen=True)
class Recording:
    """Name the files of one import and what was said about them."""

    files: tuple[Path, ...]
    options: ImportOptions
    instrument: str
