"""Read delimited text in blocks: numbers as the nearest doubles, everything else as text.

Knows no format; an importer says which columns there are and which it wants.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from backtest.importers.files import Member
from backtest.importers.text_column import Text
from engine.errors import DataError

BLOCK_BYTES = 4 << 20
_ROW = re.compile(r"Row #(\d+): ?(.*)", re.DOTALL)
_NULLS = ["", "NaN", "nan", "NA", "null"]


@dataclass(frozen=True, kw_only=True)
class TableLayout:
    """Describe delimited text: all `names` in the file's order, and those wanted by type.

    `skip` counts the lines before the first row of data.
    """

    names: tuple[str, ...]
    numbers: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    skip: int = 0
    delimiter: str = ","
    decimal: str = "."
    encoding: str = "utf-8"


@dataclass(frozen=True)
class Table:
    """Hold a block of rows; `line` is the line of the first one, counted from 1."""

    member: str
    line: int
    rows: int
    numbers: dict[str, NDArray[np.float64]]
    texts: dict[str, Text]

    @property
    def lines(self) -> NDArray[np.int64]:
        """Return the line of every row."""
        return np.arange(self.line, self.line + self.rows, dtype=np.int64)


def read_tables(member: Member, layout: TableLayout) -> Iterator[Table]:
    """Yield blocks of rows, about four megabytes of text at a time.

    Raises DataError, naming the line, for a row of the wrong width and for a number that is none;
    an empty field is NaN. Doubles are the nearest to the text, so up to 15 digits are exact.
    """
    import pyarrow as pa

    line = layout.skip + 1
    skip = layout.skip
    try:
        with member.open() as file:
            for block in _blocks(file, layout.encoding):
                for batch in _parsed(block, layout, skip).to_batches():
                    yield _table(batch, member, layout, line)
                    line += batch.num_rows
                skip = 0
    except pa.ArrowInvalid as error:
        before = 0 if skip else line - 1
        raise DataError(_explained(member.name, str(error), before)) from error
    except UnicodeError as error:
        raise DataError(_explained(member.name, str(error), 0)) from error
    except (OSError, EOFError) as error:
        msg = f"{member.name} cannot be read ({error}); fetch the file again"
        raise DataError(msg) from error


def _blocks(file: IO[bytes], encoding: str) -> Iterator[bytes]:
    """Yield a file in blocks of whole lines, as UTF-8.

    They are cut here and not by pyarrow's own stream: that reads ahead in a thread, which must
    not hold a Python file when the interpreter ends.
    """
    chunks = iter(partial(file.read, BLOCK_BYTES), b"")
    if codecs.lookup(encoding).name != "utf-8":
        chunks = (text.encode() for text in codecs.iterdecode(chunks, encoding))
    rest = b""
    for chunk in chunks:
        end = chunk.rfind(b"\n") + 1
        if end:
            yield rest + chunk[:end]
            rest = chunk[end:]
        else:
            rest += chunk
    if rest:
        yield rest


def _parsed(block: bytes, layout: TableLayout, skip: int) -> Any:  # noqa: ANN401 - pyarrow ships no types
    import pyarrow as pa
    from pyarrow import csv

    types = dict.fromkeys(layout.numbers, pa.float64()) | dict.fromkeys(layout.texts, pa.string())
    return csv.read_csv(
        pa.BufferReader(block),
        read_options=csv.ReadOptions(
            use_threads=False,
            block_size=len(block),
            skip_rows=skip,
            column_names=list(layout.names),
        ),
        parse_options=csv.ParseOptions(delimiter=layout.delimiter, ignore_empty_lines=True),
        convert_options=csv.ConvertOptions(
            column_types=types,
            include_columns=list(types),
            null_values=_NULLS,
            strings_can_be_null=False,
            decimal_point=layout.decimal,
        ),
    )


def _table(batch: Any, member: Member, layout: TableLayout, line: int) -> Table:  # noqa: ANN401 - pyarrow ships no types
    numbers = {
        name: batch.column(name).to_numpy(zero_copy_only=False).astype(np.float64, copy=False)
        for name in layout.numbers
    }
    texts = {name: Text(batch.column(name), member.name, line) for name in layout.texts}
    return Table(member.name, line, batch.num_rows, numbers, texts)


def _explained(name: str, message: str, before: int) -> str:
    found = _ROW.search(message)
    if found is None:
        return f"{name}: {message.splitlines()[0]}; check --delimiter, --encoding and the file"
    what = found[2].splitlines()[0].strip()
    advice = "check --delimiter, --decimal and --columns, or mend the row"
    return f"{name}:{before + int(found[1])}: {what}; {advice}"
