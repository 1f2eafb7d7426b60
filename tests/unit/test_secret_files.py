"""Where a secret goes that a venue has changed, and which answers to a login are taken."""

import stat
from pathlib import Path

import pytest

from connectors.ctrader.package import PACKAGE, AccountSettings, CTraderSettings, make
from engine.config.secret import Secret, SecretReference
from engine.errors import ConfigError, UsageError
from lockstep.cli.login import code_of
from lockstep.secret_files import keeper


def settings(refresh_token: SecretReference) -> CTraderSettings:
    return CTraderSettings(
        client_id="x",
        client_secret=SecretReference(env="X"),
        refresh_token=refresh_token,
        accounts={"main": AccountSettings(id=7)},
    )


def test_changed_secret_replaces_the_file_that_it_came_from(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("old\n")
    keeper(settings(SecretReference(file=str(path))))("refresh_token", "new")
    assert path.read_text() == "new\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_changed_secret_that_came_from_elsewhere_is_a_fault() -> None:
    with pytest.raises(ConfigError, match="refresh_token"):
        keeper(settings(SecretReference(env="TOKEN")))("refresh_token", "new")


def test_ctrader_refuses_a_refresh_token_that_it_could_not_keep() -> None:
    with pytest.raises(ConfigError, match="keep it in a file"):
        make(settings(SecretReference(env="TOKEN")), ("main",), lambda _: Secret("x"))


def test_ctrader_refuses_an_account_without_an_id(tmp_path: Path) -> None:
    known = settings(SecretReference(file=str(tmp_path / "token")))
    assert make(known, (), lambda _: Secret("x")).accounts == ("main",)
    with pytest.raises(ConfigError, match="'other'"):
        make(known, ("other",), lambda _: Secret("x"))


def test_state_must_come_back_where_the_venue_brings_it_back() -> None:
    assert code_of("http://localhost?code=c&state=s", "s") == "c"
    with pytest.raises(UsageError, match="begin anew"):
        code_of("http://localhost?code=c", "s")


def test_state_may_be_absent_where_nobody_knows_and_never_be_another() -> None:
    assert code_of("http://localhost?code=c", "s", is_echoed=False) == "c"
    with pytest.raises(UsageError, match="begin anew"):
        code_of("http://localhost?code=c&state=t", "s", is_echoed=False)


def test_page_of_the_venue_is_asked_for_the_right_to_trade(tmp_path: Path) -> None:
    assert PACKAGE.sign_in is not None
    known = settings(SecretReference(file=str(tmp_path / "token")))
    address = PACKAGE.sign_in.address(known, "s")
    assert address.startswith("https://openapi.ctrader.com/apps/auth?client_id=x&")
    assert "scope=trading" in address
