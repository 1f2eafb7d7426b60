"""What `config show` lists, and the schema: complete, in order, and without secrets."""

from pathlib import Path

import msgspec

from engine.config import Loaded, keys, load, masked, schema, settings
from engine.config.convert import Converter
from engine.config.secret import SecretReference

TEXT = """\
[[accounts]]
id = "main"
venue = "SIM"
[[strategies]]
class = "my.py:MyBot"
[strategies.parameters]
instrument = "EURUSD.SIM"
api_key = "correct horse"
tokens = ["BTC"]
"""


def example(folder: Path) -> Loaded:
    path = folder / "run.toml"
    path.write_text(TEXT, encoding="utf-8")
    return load(path, ["run.seed=9"], {})


def test_settings_list_every_value_with_its_origin(tmp_path: Path) -> None:
    rows = {row.key: (row.text, str(row.origin)) for row in settings(example(tmp_path))}
    assert rows["run.seed"] == ("9", "--set")
    assert rows["run.name"] == ('"run"', "default")
    assert rows["accounts.0.id"] == ('"main"', f"{tmp_path}/run.toml:2")
    assert rows["strategies.0.parameters.tokens"] == ('["BTC"]', f"{tmp_path}/run.toml:9")
    assert next(iter(rows)) == "run.name"


def test_settings_can_be_given_back(tmp_path: Path) -> None:
    loaded = example(tmp_path)
    shown = [f"{row.key}={row.text}" for row in settings(loaded) if "api_key" not in row.key]
    again = load(loaded.path, shown, {})
    assert again.canonical_json() == loaded.canonical_json()


def test_what_looks_like_a_secret_is_masked(tmp_path: Path) -> None:
    rows = settings(example(tmp_path))
    assert "correct horse" not in str(rows)
    assert '"***"' in [row.text for row in rows]
    nested = {"login": {"password": "x", "refresh_token": ["y"], "secrets": None}}
    assert masked(nested) == {
        "login": {"password": "***", "refresh_token": ["***"], "secrets": None}
    }


def test_secret_written_in_place_of_a_reference_is_not_repeated() -> None:
    class Login(msgspec.Struct):
        token: SecretReference

    converter = Converter(lambda _: "login.toml:1")
    assert converter.struct(Login, {"token": "correct horse"}, ("login",)) is None
    assert converter.problems == [
        (
            'login.toml:1: login.token is not by reference; give { env = "NAME" }, '
            '{ file = "PATH" } or { command = ["PROGRAM"] }'
        )
    ]


def test_schema_refuses_unknown_keys_in_every_table() -> None:
    definitions = schema()["$defs"]
    assert isinstance(definitions, dict)
    tables = [table for table in definitions.values() if table.get("type") == "object"]
    assert len(tables) > 10
    assert all(table["additionalProperties"] is False for table in tables)


def test_every_key_says_what_it_takes_and_means() -> None:
    ours = [key for key in keys() if ".calendar." not in key.path]
    assert [key.path for key in ours if not key.takes] == []
    assert [key.path for key in ours if not key.meaning] == []
    assert len({key.path for key in ours}) == len(ours) > 90
