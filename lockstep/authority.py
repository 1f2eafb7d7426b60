"""Keep the authority by which simulators on this machine prove who they are, in a folder.

Trusts nothing itself: clients name `authority.pem` where they are configured.
"""

import os
import shutil
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from engine.errors import ConfigError, UsageError

AUTHORITY, AUTHORITY_KEY, SERVER = "authority.pem", "authority-key.pem", "server.pem"
"""Files of the folder: what clients trust, its key, and key and certificate of the server."""

_RENEW_BEFORE = timedelta(days=7)
_OWNER_ONLY, _READABLE = 0o600, 0o644


def server_context(folder: Path, now: int) -> ssl.SSLContext:
    """Return the TLS of a server that is `localhost`; what the folder lacks is made in it.

    A client that asks for another name is refused; one that names none is taken, as by venues.
    Keys are readable by their owner alone. `now` is in nanoseconds UTC: a certificate that ends
    within a week is made anew, by the same authority. Raises UsageError without the extra `tls`,
    ConfigError for a folder that cannot be used.
    """
    moment = datetime.fromtimestamp(now // 10**9, UTC)
    try:
        _prepare(folder, moment)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(folder / SERVER)
    except ImportError:
        raise UsageError(
            "certificates need the extra tls: pip install 'lockstep[tls]', or give --plain"
        ) from None
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"{folder}: cannot hold the simulators' certificates ({error}); give another --state"
        ) from None
    context.sni_callback = _refuse_other_names
    return context


def _refuse_other_names(_socket: object, name: str | None, _context: ssl.SSLContext) -> int | None:
    known = (None, "localhost")
    return None if name in known else int(ssl.AlertDescription.ALERT_DESCRIPTION_UNRECOGNIZED_NAME)


def _prepare(folder: Path, moment: datetime) -> None:
    from lockstep.certificates import expiry

    if not folder.exists():
        _found(folder, moment)
    elif expiry((folder / SERVER).read_bytes()) < moment + _RENEW_BEFORE:
        _issue(folder, moment)


def _found(folder: Path, moment: datetime) -> None:
    """Make the folder with an authority and its first certificate: all of it, or nothing."""
    from lockstep.certificates import authority

    folder.parent.mkdir(parents=True, exist_ok=True)
    made = folder.with_name(f".{folder.name}.{os.getpid()}")
    made.mkdir()
    try:
        issued = authority(moment)
        _write(made / AUTHORITY_KEY, issued.key, _OWNER_ONLY)
        _write(made / AUTHORITY, issued.certificate, _READABLE)
        _issue(made, moment)
        made.rename(folder)
    except OSError:
        if not folder.exists():  # else another simulator was first
            raise
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _issue(folder: Path, moment: datetime) -> None:
    """Make key and certificate of the server by the authority of a folder."""
    from lockstep.certificates import Issued, server

    issuer = Issued((folder / AUTHORITY_KEY).read_bytes(), (folder / AUTHORITY).read_bytes())
    issued = server(issuer, moment)
    fresh = folder / f".{SERVER}.{os.getpid()}"
    _write(fresh, issued.key + issued.certificate, _OWNER_ONLY)
    fresh.replace(folder / SERVER)


def _write(path: Path, content: bytes, mode: int) -> None:
    """Write a new file of a mode; it never has another."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
