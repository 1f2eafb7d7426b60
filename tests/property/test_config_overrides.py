"""Whatever is set is found again, under the same name and with its origin."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.config import Setting, load, masked
from engine.config import settings as listed
from engine.config.lines import key_lines
from engine.config.paths import parse, spell

KEYS = st.lists(st.text(max_size=8), min_size=1, max_size=4).map(tuple)
NUMBERS = st.floats(min_value=1e-9, max_value=1e15)
COUNTS = st.integers(min_value=0, max_value=10**12)
NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,20}", fullmatch=True)
PARAMETERS = st.one_of(
    st.integers(min_value=-(2**63), max_value=2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.text(),
    st.lists(st.integers(min_value=-9, max_value=9)),
)
BASIC = """\
accounts = [{ id = "main", venue = "SIM" }]
strategies = [{ class = "my.py:MyBot", name = "bot" }]
"""
SETTINGS = {
    "run.name": NAMES,
    "run.seed": COUNTS,
    "run.start": st.dates().map(str),
    "run.out": st.text(min_size=1),
    "run.risk_free": NUMBERS,
    "accounts.main.leverage": NUMBERS,
    "accounts.0.balances.EUR": NUMBERS,
    "exchange.fees.taker_bps": NUMBERS,
    "exchange.sessions": st.booleans(),
    'exchange.instruments."A B.SIM".latency_ms.order': NUMBERS,
    "risk.firm.max_open_orders": COUNTS,
    'risk.instrument."EURUSD.SIM".max_position': NUMBERS,
    "strategies.bot.parameters.x": PARAMETERS,
}


def row(rows: tuple[Setting, ...], key: str) -> Setting:
    name = key.replace("main", "0").replace("bot", "0")
    return next(row for row in rows if row.key == name)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("config") / "run.toml"
    path.write_text(BASIC, encoding="utf-8")
    return path


@given(KEYS)
def test_any_path_is_read_as_it_was_spelled(path: tuple[str, ...]) -> None:
    assert parse(spell(path)) == path


@settings(max_examples=30)
@given(data=st.data())
@pytest.mark.parametrize("key", SETTINGS)
def test_value_that_is_set_is_found_again(key: str, file: Path, data: st.DataObject) -> None:
    value = data.draw(SETTINGS[key])
    found = row(listed(load(file, [f"{key}={as_toml(value)}"], {})), key)
    assert json.loads(found.text) == value
    assert str(found.origin) == "--set"


@given(st.dictionaries(st.text(min_size=1), PARAMETERS, min_size=1, max_size=5))
def test_parameters_in_a_file_keep_their_values(file: Path, parameters: dict[str, object]) -> None:
    lines = [f"{spell((key,))} = {as_toml(value)}" for key, value in parameters.items()]
    path = file.with_name("parameters.toml")
    head = 'accounts = [{ id = "main", venue = "SIM" }]\n[[strategies]]\nclass = "my.py:MyBot"\n'
    path.write_text(head + "[strategies.parameters]\n" + "\n".join(lines), encoding="utf-8")
    loaded = load(path, [], {})
    assert loaded.config.strategies[0].parameters == parameters
    for number, key in enumerate(parameters, 5):
        assert loaded.origin(spell(("strategies", "0", "parameters", key))).line == number


@given(st.text())
def test_no_text_upsets_the_search_for_lines(text: str) -> None:
    numbers = key_lines(text).values()
    assert all(1 <= number <= text.count("\n") + 1 for number in numbers)


@given(st.recursive(PARAMETERS, lambda inner: st.dictionaries(st.text(), inner, max_size=4)))
def test_masking_keeps_the_shape(value: object) -> None:
    assert shape(masked(value)) == shape(value)


def shape(value: object) -> object:
    return {key: shape(entry) for key, entry in value.items()} if isinstance(value, dict) else None


def as_toml(value: object) -> str:
    """Write a value as TOML: as JSON, but for characters that TOML wants escaped and JSON not."""
    if isinstance(value, str):
        return spell((f"{value}\n",)).replace('\\U0000000a"', '"')
    if isinstance(value, list):
        return "[" + ", ".join(map(as_toml, value)) + "]"
    return json.dumps(value)
