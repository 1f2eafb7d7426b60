"""The authority of the simulators: its files, who is trusted by it, and for what name."""

import ssl
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.errors import ConfigError
from lockstep.authority import AUTHORITY, AUTHORITY_KEY, SERVER, server_context
from lockstep.certificates import Issued, server

DAY = 86_400 * 10**9
NOW = int(datetime.now(UTC).timestamp()) * 10**9  # verification reads the real clock


def shake_hands(server_side: ssl.SSLContext, client_side: ssl.SSLContext, name: str | None) -> None:
    """Let both sides talk in memory until the client has verified the server."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = client_side.wrap_bio(to_client, to_server, server_hostname=name)
    serving = server_side.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(4):
        for side in (client, serving):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    assert client.version() is not None


def trusting(folder: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(folder / AUTHORITY))
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    return context


def test_first_start_makes_an_authority_that_clients_verify(tmp_path: Path) -> None:
    folder = tmp_path / "state" / "tls"
    shake_hands(server_context(folder, NOW), trusting(folder), "localhost")
    modes = {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}
    assert modes == {AUTHORITY: 0o644, AUTHORITY_KEY: 0o600, SERVER: 0o600}
    assert list(folder.parent.iterdir()) == [folder]


def test_second_start_takes_what_is_there(tmp_path: Path) -> None:
    server_context(tmp_path / "tls", NOW)
    before = {path.name: path.read_bytes() for path in (tmp_path / "tls").iterdir()}
    server_context(tmp_path / "tls", NOW + 300 * DAY)
    assert before == {path.name: path.read_bytes() for path in (tmp_path / "tls").iterdir()}


def test_certificate_that_ends_is_made_anew_by_the_same_authority(tmp_path: Path) -> None:
    folder = tmp_path / "tls"
    server_context(folder, NOW - 360 * DAY)
    authority, first = (folder / AUTHORITY).read_bytes(), (folder / SERVER).read_bytes()
    shake_hands(server_context(folder, NOW), trusting(folder), "localhost")
    assert (folder / AUTHORITY).read_bytes() == authority
    assert (folder / SERVER).read_bytes() != first


def test_client_without_the_authority_refuses_the_simulator(tmp_path: Path) -> None:
    serving = server_context(tmp_path / "tls", NOW)
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(serving, ssl.create_default_context(), "localhost")


def test_client_that_asks_for_another_name_is_refused(tmp_path: Path) -> None:
    serving = server_context(tmp_path / "tls", NOW)
    with pytest.raises(ssl.SSLError, match="callback failed"):
        shake_hands(serving, trusting(tmp_path / "tls"), "live.ctraderapi.com")


def test_client_that_names_nobody_is_taken_as_venues_do(tmp_path: Path) -> None:
    careless = ssl.create_default_context()
    careless.check_hostname, careless.verify_mode = False, ssl.CERT_NONE
    shake_hands(server_context(tmp_path / "tls", NOW), careless, None)


def test_authority_vouches_for_no_other_host(tmp_path: Path) -> None:
    folder = tmp_path / "tls"
    server_context(folder, NOW)
    issuer = Issued((folder / AUTHORITY_KEY).read_bytes(), (folder / AUTHORITY).read_bytes())
    forged = server(issuer, datetime.fromtimestamp(NOW // 10**9, UTC), "live.ctraderapi.com")
    (tmp_path / "forged.pem").write_bytes(forged.key + forged.certificate)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tmp_path / "forged.pem")
    with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree"):
        shake_hands(context, trusting(folder), "live.ctraderapi.com")


def test_folder_that_holds_something_else_is_named(tmp_path: Path) -> None:
    (tmp_path / "tls").mkdir()
    with pytest.raises(ConfigError, match="give another --state"):
        server_context(tmp_path / "tls", NOW)
