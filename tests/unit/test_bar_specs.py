"""Names of bars, and which bars can be made of which."""

import msgspec
import pytest

from engine.bars import BarSpec
from engine.errors import ValueRefused


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1s", "1s"),
        ("60s", "1m"),
        ("90s", "90s"),
        ("90m", "90m"),
        ("120m", "2h"),
        ("24h", "24h"),
        ("1d", "1d"),
        ("100t", "100t"),
        ("1000v", "1000v"),
        ("05m", "5m"),
        ("1m@trade", "1m"),
        ("60s@mid", "1m@mid"),
        ("1d@bid", "1d@bid"),
        ("10t@ask", "10t@ask"),
    ],
)
def test_spec_is_named_canonically(text: str, expected: str) -> None:
    spec = BarSpec.parse(text)
    assert str(spec) == expected
    assert BarSpec.parse(str(spec)) == spec


@pytest.mark.parametrize(
    "text", ["", "m", "1", "1 m", "1M", "-1m", "1.5m", "1m@", "1m@last", "1m@MID", "one", "1mm"]
)
def test_text_that_is_no_spec_is_refused(text: str) -> None:
    with pytest.raises(ValueRefused, match="cannot be read; give a number and"):
        BarSpec.parse(text)


@pytest.mark.parametrize("text", ["0m", "0d", "0t", "0v", "367d", "9000h"])
def test_step_that_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(ValueRefused, match="give a step from 1 up"):
        BarSpec.parse(text)


def test_volume_of_quotes_is_refused() -> None:
    with pytest.raises(ValueRefused, match="leave out @mid"):
        BarSpec.parse("100v@mid")


def test_spec_in_json_is_checked() -> None:
    spec = BarSpec.parse("5m@bid")
    assert msgspec.json.decode(msgspec.json.encode(spec), type=BarSpec) == spec
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"step":0,"unit":"m"}', type=BarSpec)


def test_length_is_fixed_up_to_hours_only() -> None:
    assert BarSpec.parse("90s").step_ns == 90 * 10**9
    assert BarSpec.parse("2h").step_ns == 7_200 * 10**9
    assert BarSpec.parse("1d").step_ns is None
    assert BarSpec.parse("10t").step_ns is None


@pytest.mark.parametrize(
    ("spec", "finer", "expected"),
    [
        ("5m", "1m", True),
        ("5m", "5m", True),
        ("5m", "2m", False),
        ("1m", "5m", False),
        ("5m@mid", "1m@mid", True),
        ("5m@mid", "1m", False),
        ("1d", "1h", True),
        ("1d", "7h", False),
        ("48h", "1d", False),
        ("2d", "1d", True),
        ("3d", "2d", False),
        ("100t", "1m", False),
        ("1m", "100t", False),
    ],
)
def test_bars_are_made_of_whole_finer_bars(spec: str, finer: str, expected: bool) -> None:
    assert BarSpec.parse(spec).made_of(BarSpec.parse(finer)) is expected
