"""Secrets: found by reference, never shown."""

import copy
import pickle
import sys
from pathlib import Path

import msgspec
import pytest

from engine.config import Secret, SecretReference
from engine.errors import ConfigError

WORD = "correct horse"


def test_secret_prints_as_stars_everywhere() -> None:
    secret = Secret(WORD)
    for shown in (str(secret), repr(secret), f"{secret:>3}", f"{[secret]}"):
        assert "***" in shown
        assert WORD not in shown
    assert secret.reveal() == WORD


def test_secret_cannot_be_written() -> None:
    for write in (pickle.dumps, copy.copy, copy.deepcopy, msgspec.json.encode):
        with pytest.raises(TypeError) as caught:
            write(Secret(WORD))
        assert WORD not in str(caught.value)


def test_secrets_compare_by_value_and_with_nothing_else() -> None:
    assert Secret(WORD) == Secret(WORD)
    assert Secret(WORD) != Secret("other")
    assert Secret(WORD) != WORD
    with pytest.raises(TypeError):
        hash(Secret(WORD))


def test_secret_comes_from_a_variable() -> None:
    found = SecretReference(env="TOKEN").resolve({"TOKEN": WORD})
    assert found.reveal() == WORD


def test_secret_comes_from_a_file_of_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text(f"{WORD}\n", encoding="utf-8")
    path.chmod(0o600)
    assert SecretReference(file=str(path)).resolve({}).reveal() == WORD


@pytest.mark.skipif(sys.platform == "win32", reason="file modes are those of POSIX")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o644])
def test_file_that_others_may_touch_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "token"
    path.write_text(WORD, encoding="utf-8")
    path.chmod(mode)
    with pytest.raises(ConfigError, match="chmod 600") as caught:
        SecretReference(file=str(path)).resolve({})
    assert WORD not in str(caught.value)


def test_secret_comes_from_a_command() -> None:
    command = (sys.executable, "-c", f"print({WORD!r})")
    assert SecretReference(command=command).resolve({}).reveal() == WORD


@pytest.mark.parametrize(
    ("reference", "line"),
    [
        (SecretReference(env="TOKEN"), "variable TOKEN is not set or empty"),
        (SecretReference(file="gone/token"), "token cannot be read"),
        (SecretReference(command=("no-such-program-here",)), "did not run"),
        (SecretReference(command=(sys.executable, "-c", "exit(3)")), "ended with 3"),
        (SecretReference(command=(sys.executable, "-c", "")), "is not set or empty"),
    ],
)
def test_secret_that_is_not_there_is_refused_in_one_line(
    reference: SecretReference, line: str
) -> None:
    with pytest.raises(ConfigError, match=line) as caught:
        reference.resolve({})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "given",
    [{}, {"env": ""}, {"command": ()}, {"env": "A", "file": "b"}],
)
def test_reference_names_exactly_one_place(given: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="exactly one of env, file and command"):
        SecretReference(**given)  # type: ignore[arg-type] # wrong on purpose
