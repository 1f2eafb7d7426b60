"""Read times and exact decimals out of a column of text, all rows at once.

Never passes a time through a float: nanoseconds need more digits than a double has.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import DataError

_OFFSET = re.compile(r"[T ]\d.*(Z|[+-]\d\d:?(\d\d)?)$")
_WIDTHS = {"Y": 4, "m": 2, "d": 2, "H": 2, "M": 2, "S": 2}
_DIRECTIVE = re.compile(r"%(.)")
_SECOND_NS = 1_000_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DIGITS = {"epoch-s": 9, "epoch-ms": 6, "epoch-us": 3, "epoch-ns": 0}
EARLIEST_NS, LATEST_NS = 0, 7_258_118_400 * _SECOND_NS
"""From 1970 to 2200: times outside are read with the wrong format."""


@dataclass(frozen=True)
class Text:
    """Hold a column of text: a pyarrow string array, and the line of its first row."""

    array: Any
    member: str
    line: int

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.array)

    def values(self) -> list[str]:
        """Return the rows as strings."""
        found: list[str] = self.array.to_pylist()
        return found

    def equals(self, text: str) -> NDArray[np.bool_]:
        """Return where a row is `text`."""
        import pyarrow.compute as pc

        mask: NDArray[np.bool_] = pc.equal(self.array, text).to_numpy(zero_copy_only=False)
        return mask

    def distinct(self) -> list[str]:
        """Return the different rows, in the order of their first occurrence."""
        found: list[str] = self.array.unique().to_pylist()
        return found

    def joined(self, other: "Text") -> "Text":
        """Return this text, a blank and the other text, row by row."""
        import pyarrow.compute as pc

        return Text(
            pc.binary_join_element_wise(self.array, other.array, " "), self.member, self.line
        )

    def decimals(self, digits: int, what: str) -> NDArray[np.int64]:
        """Return each row's exact decimal in units of 10^-digits.

        Raises DataError, naming `what`, for text that is no decimal, has more digits, or exceeds 64
        bits.
        """
        import pyarrow as pa

        try:
            numbers = self.array.cast(pa.decimal128(38, digits))
        except pa.ArrowInvalid as error:
            raise self._refusal(what, _decimal_of(digits)) from error
        low_high = np.frombuffer(numbers.buffers()[1], dtype=np.int64).reshape(-1, 2)
        low_high = low_high[numbers.offset : numbers.offset + len(self)]
        if (low_high[:, 1] != low_high[:, 0] >> 63).any():
            raise self._refusal(what, _decimal_of(digits))
        return np.ascontiguousarray(low_high[:, 0])

    def times(self, time_format: str) -> tuple[NDArray[np.int64], bool]:
        """Return each row's time in nanoseconds, and whether they are UTC (else a wall clock's).

        `time_format` is as in `ImportOptions`. Raises DataError naming the first row that does not
        fit, or that lies before 1970 or after 2200.
        """
        if time_format in _EPOCH_DIGITS:
            times, is_utc = self.decimals(_EPOCH_DIGITS[time_format], time_format), True
        elif time_format == "iso":
            times, is_utc = self._iso()
        else:
            times, is_utc = self._strptime(time_format)
        wrong = (times < EARLIEST_NS) | (times > LATEST_NS)
        if wrong.any():
            row = int(np.argmax(wrong))
            msg = (
                f"{self.member}:{self.line + row}: time {self.values()[row]!r} read as "
                f"{time_format} "
                "is not between 1970 and 2200; check --time-format"
            )
            raise DataError(msg)
        return times, is_utc

    def _iso(self) -> tuple[NDArray[np.int64], bool]:
        import pyarrow as pa

        is_utc = bool(len(self)) and _OFFSET.search(str(self.array[0])) is not None
        target = pa.timestamp("ns", "UTC" if is_utc else None)
        try:
            return self.array.cast(target).cast(pa.int64()).to_numpy(), is_utc
        except pa.ArrowInvalid as error:
            raise self._refusal("iso", _castable(target)) from error

    def _strptime(self, time_format: str) -> tuple[NDArray[np.int64], bool]:
        fixed = self._fixed_width(time_format)
        if fixed is not None:
            return fixed, False
        found = []
        is_utc = "%z" in time_format
        for row, text in enumerate(self.values()):
            try:
                moment = datetime.strptime(text, time_format)  # noqa: DTZ007 - a wall clock
            except (ValueError, TypeError) as error:
                msg = (
                    f"{self.member}:{self.line + row}: time {text!r} does not fit {time_format!r}; "
                    "check --time-format"
                )
                raise DataError(msg) from error
            moment = moment if is_utc else moment.replace(tzinfo=UTC)
            delta = moment - _EPOCH
            found.append(
                (delta.days * 86_400 + delta.seconds) * _SECOND_NS + delta.microseconds * 1000
            )
        return np.array(found, dtype=np.int64), is_utc

    def _fixed_width(self, time_format: str) -> NDArray[np.int64] | None:
        """Read rows of one width by their digits; None when rows or format need the slow way."""
        directives = _DIRECTIVE.findall(time_format)
        if (
            set(directives) - set(_WIDTHS)
            or len(set(directives)) < len(directives)
            or "Y" not in directives
        ):
            return None
        width = len(time_format) + sum(_WIDTHS[letter] - 2 for letter in directives)
        characters = self._matrix(width)
        if characters is None:
            return None
        parts = {
            "m": np.int64(1),
            "d": np.int64(1),
            "H": np.int64(0),
            "M": np.int64(0),
            "S": np.int64(0),
        }
        at = 0
        for piece in re.findall(r"%.|.", time_format):
            if not piece.startswith("%") or len(piece) == 1:
                if (characters[:, at] != ord(piece)).any():
                    return None
                at += 1
                continue
            digits = characters[:, at : at + _WIDTHS[piece[1]]].astype(np.int64) - ord("0")
            if ((digits < 0) | (digits > 9)).any():
                return None
            parts[piece[1]] = digits @ 10 ** np.arange(digits.shape[1])[::-1]  # type: ignore[assignment]
            at += _WIDTHS[piece[1]]
        return _instants(parts)

    def _matrix(self, width: int) -> NDArray[np.uint8] | None:
        if not len(self) or self.array.null_count:
            return None
        offsets = np.frombuffer(self.array.buffers()[1], dtype=np.int32)
        offsets = offsets[self.array.offset : self.array.offset + len(self) + 1]
        if (np.diff(offsets) != width).any():
            return None
        raw = np.frombuffer(self.array.buffers()[2], dtype=np.uint8)
        return raw[offsets[0] : offsets[-1]].reshape(-1, width)

    def _refusal(self, what: str, fits: Callable[[str], bool]) -> DataError:
        for row, text in enumerate(self.values()):
            if not fits(text):
                return DataError(
                    f"{self.member}:{self.line + row}: {text!r} cannot be read as {what}; "
                    "check --time-format and --columns, or mend the row"
                )
        return DataError(f"{self.member}:{self.line}: rows cannot be read as {what}; mend them")


def _instants(parts: dict[str, Any]) -> NDArray[np.int64] | None:
    """Return instants of calendar fields, None when a field is out of range."""
    month, day, hour, minute, second = (parts[letter] for letter in "mdHMS")
    if np.any((month < 1) | (month > 12) | (day < 1) | (hour > 23) | (minute > 59) | (second > 59)):
        return None
    months = ((parts["Y"] - 1970) * 12 + month - 1).astype("datetime64[M]")
    dates = months.astype("datetime64[D]") + (day - 1)
    if (dates.astype("datetime64[M]") != months).any():
        return None
    seconds = dates.astype(np.int64) * 86_400 + hour * 3600 + minute * 60 + second
    found: NDArray[np.int64] = seconds * _SECOND_NS
    return found


def _decimal_of(digits: int) -> Callable[[str], bool]:
    def fits(text: str) -> bool:
        try:
            scaled = Decimal(text).scaleb(digits)
        except InvalidOperation:
            return False
        return scaled.is_finite() and scaled == scaled.to_integral_value() and abs(scaled) < 2**63

    return fits


def _castable(target: Any) -> Callable[[str], bool]:  # noqa: ANN401 - pyarrow ships no types
    def fits(text: str) -> bool:
        import pyarrow as pa

        try:
            pa.array([text]).cast(target)
        except pa.ArrowInvalid:
            return False
        return True

    return fits
