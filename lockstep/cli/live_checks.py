"""What `lockstep doctor` looks at before a bot goes live: secrets, limits, state, disk and network.

Logs in nowhere: it opens connections, asks a web server for nothing, and closes them again.
"""

import os
import socket
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

import msgspec

from connectors.frame.flow import Flow
from connectors.frame.http import Request
from connectors.frame.venue import Address, Venue
from engine.config.secret import Secret, SecretReference
from engine.config.sections import Config
from engine.errors import LockstepError
from engine.journal.disk import InstanceLock
from lockstep.cli import clock_checks
from lockstep.cli.checks import FAILED, PASSED, WARNED, Check, nearest_folder, writable
from lockstep.live import plan
from lockstep.live.plan import Site

_PORTS = {"https": 443, "wss": 443, "http": 80, "ws": 80}
_REACH_S = 3.0
_SYNCS = 9
_SYNC_MS_MAX = 50.0


def going_live(config: Config, environ: Mapping[str, str]) -> Iterator[Check]:
    """Yield what a run of this configuration on its venues would meet."""
    try:
        sites = plan.sites(config)
    except LockstepError as error:
        yield Check("connectors", FAILED, str(error))
        return
    for account in plan.traded_accounts(config):
        yield _limits(config, account)
    state = plan.state_folder(config)
    yield writable("state folder", state)
    yield _lock(state)
    yield _disk(Path(config.run.out))
    yield clock_checks.disciplined()
    yield clock_checks.since_last_run(state)
    for name, site in sites.items():
        yield from _secrets(name, site.settings, environ)
        yield from _network(name, site)


def _limits(config: Config, account: str) -> Check:
    missing = plan.missing_limits(config.risk, account)
    if missing:
        return Check(f"limits {account}", WARNED, f"no {missing}; --live refuses to start")
    return Check(f"limits {account}", PASSED, "all that live needs")


def _lock(state: Path) -> Check:
    """Say whether another bot runs on the state folder; a dead one's lock holds nothing."""
    path = state / "lock"
    try:
        if path.exists():
            InstanceLock(path).release()
    except (LockstepError, OSError) as error:
        return Check("state lock", WARNED, str(error))
    return Check("state lock", PASSED, "no other bot runs here")


def _disk(runs: Path) -> Check:
    """Measure what `durability = "power"` waits for: a small write until the disk has it."""
    try:
        took = _sync_ms(nearest_folder(runs))
    except OSError as error:
        return Check("disk", FAILED, f"{runs} cannot be synced ({error.strerror})")
    state = WARNED if took > _SYNC_MS_MAX else PASSED
    return Check("disk", state, f"a sync takes {took:.1f} ms, the median of {_SYNCS}")


def _sync_ms(folder: Path) -> float:
    spans = []
    with tempfile.TemporaryFile(dir=folder) as file:
        for _ in range(_SYNCS):
            file.write(bytes(512))
            file.flush()
            begun = time.perf_counter()
            os.fsync(file.fileno())
            spans.append((time.perf_counter() - begun) * 1e3)
    return median(spans)


def _secrets(venue: str, settings: msgspec.Struct, environ: Mapping[str, str]) -> Iterator[Check]:
    for key in settings.__struct_fields__:
        reference = getattr(settings, key)
        if isinstance(reference, SecretReference):
            name = f"secret {venue.lower()}.{key}"
            try:
                reference.resolve(environ)
            except LockstepError as error:
                yield Check(name, FAILED, str(error))
            else:
                yield Check(name, PASSED, "is there")


def _network(name: str, site: Site) -> Iterator[Check]:
    """Yield whether each server that a bot begins with takes a connection, and its time."""
    venue = site.package.make(site.settings, site.accounts, _nothing_secret)
    servers = dict.fromkeys(_servers(venue))
    for host, port in dict.fromkeys((host, port) for _, host, port in servers):
        yield _reach(f"network {name}", host, port)
    web = [server for server in servers if server[0] in _PORTS]
    if web:
        yield clock_checks.venue_clock(name, *web[0])


def _nothing_secret(_reference: object) -> Secret:
    """Stand in for every secret, since nothing is sent."""
    return Secret("-")


def _servers(venue: Venue) -> Iterator[tuple[str, str, int]]:
    """Yield scheme, host and port of each server that a run would open first."""
    now = time.time_ns()
    for flow in (venue.login(now), *(link.address(now) for link in venue.links)):
        url = urlsplit(_first_url(flow))
        port = url.port or _PORTS.get(url.scheme)
        if url.hostname and port:
            yield url.scheme, url.hostname, port


def _first_url(flow: Flow[Address | None]) -> str:
    """Return where a flow goes first, without going there; empty where that needs a login."""
    try:
        wanted = next(flow)
    except StopIteration as done:
        return done.value.url if isinstance(done.value, Address) else ""
    except LockstepError:
        return ""
    return wanted.url if isinstance(wanted, Request) else ""


def _reach(name: str, host: str, port: int) -> Check:
    begun = time.perf_counter()
    try:
        socket.create_connection((host, port), _REACH_S).close()
    except OSError as error:
        return Check(name, FAILED, f"{host}:{port} cannot be reached ({error})")
    took = (time.perf_counter() - begun) * 1e3
    return Check(name, PASSED, f"{host}:{port} took a connection in {took:.0f} ms")
