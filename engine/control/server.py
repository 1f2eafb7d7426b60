"""Serve the control endpoint: a Unix socket for the owner, and TCP on loopback for token holders.

Holds no state of its own; `Desk` answers.
"""

import hmac
import os
import socket
import struct
from collections.abc import Awaitable, Callable
from importlib import resources
from ipaddress import ip_address
from pathlib import Path

import msgspec
from aiohttp import web

from engine.config.secret import Secret
from engine.control.desk import Action, Desk, Instruction
from engine.errors import ConfigError, LockstepError
from engine.telemetry.exposition import CONTENT_TYPE, exposition

SOCKET_PATH_MAX = 107
"""The longest path, in bytes, that a Unix socket can have."""
BODY_BYTES_MAX = 65_536
TOKEN_LENGTH_MIN = 16

_Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
_PUBLIC = ("/", "/healthz", "/readyz")
_LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]")


class ControlServer:
    """Serve a desk until closed.

    GET status, orders, positions, balances, metrics, healthz and readyz; POST an action with a
    JSON object of scope, name and reason. Errors are `{"error": ...}`.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._runners: list[web.AppRunner] = []
        self._path: Path | None = None

    async def listen_unix(self, path: Path) -> None:
        """Listen on a socket that only its owner can open (mode 0600).

        A socket that a dead process left is replaced. Raises ConfigError for a path that is too
        long, or where a living process listens.
        """
        if len(os.fsencode(path)) > SOCKET_PATH_MAX:
            msg = f"the control socket {path} is longer than {SOCKET_PATH_MAX} bytes; shorten it"
            raise ConfigError(msg)
        _clear(path)
        runner = await self._serve(self._application(None))
        before = os.umask(0o177)
        try:
            await web.UnixSite(runner, str(path)).start()
        finally:
            os.umask(before)
        self._path = path

    async def listen_tcp(self, host: str, port: int, token: Secret) -> int:
        """Listen on a loopback address for who shows the token; return the port (0 picks one).

        Raises ConfigError for an address that others can reach and for a token that is too short.
        """
        if not _is_loopback(host):
            msg = f"the control endpoint listens on loopback only, not on {host}; use a tunnel"
            raise ConfigError(msg)
        if len(token.reveal()) < TOKEN_LENGTH_MIN:
            msg = f"the control token is shorter than {TOKEN_LENGTH_MIN} characters; take a longer"
            raise ConfigError(msg)
        runner = await self._serve(self._application(token))
        await web.TCPSite(runner, host, port).start()
        return int(runner.addresses[0][1])

    async def close(self) -> None:
        """Stop listening and remove the socket."""
        for runner in self._runners:
            await runner.cleanup()
        self._runners.clear()
        if self._path is not None:
            self._path.unlink(missing_ok=True)

    async def _serve(self, application: web.Application) -> web.AppRunner:
        runner = web.AppRunner(application, access_log=None, handle_signals=False)
        await runner.setup()
        self._runners.append(runner)
        return runner

    def _application(self, token: Secret | None) -> web.Application:
        @web.middleware
        async def guard(request: web.Request, handler: _Answer) -> web.StreamResponse:
            if token is not None and not _may(request, token):
                return _json({"error": "show the control token as Authorization: Bearer"}, 401)
            return await _answered(request, handler)

        application = web.Application(middlewares=[guard], client_max_size=BODY_BYTES_MAX)
        desk = self._desk
        get = application.router.add_get
        get("/", _page)
        get("/status", _view(desk.status))
        get("/orders", _view(desk.orders))
        get("/positions", _view(desk.positions))
        get("/balances", _view(lambda: desk.status().accounts))
        get("/metrics", self._metrics)
        get("/healthz", _health)
        get("/readyz", self._ready)
        for action in Action:
            application.router.add_post(f"/{action}", self._instruct)
        return application

    async def _metrics(self, _request: web.Request) -> web.Response:
        text = exposition(self._desk.meters, self._desk.status().now)
        return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE})

    async def _ready(self, _request: web.Request) -> web.Response:
        ready = self._desk.is_ready()
        return _json({"ready": ready}, 200 if ready else 503)

    async def _instruct(self, request: web.Request) -> web.Response:
        given = await request.read()
        fields = msgspec.json.decode(given or b"{}", type=dict[str, str])
        fields |= {"action": request.path.lstrip("/"), "by": _who(request)}
        instruction = msgspec.convert(fields, Instruction, strict=False)
        return _json({"done": self._desk.instruct(instruction)})


async def _health(_request: web.Request) -> web.Response:
    return _json({"alive": True})


async def _page(_request: web.Request) -> web.Response:
    text = resources.files("engine.control").joinpath("page.html").read_text("utf-8")
    policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    headers = {"Content-Security-Policy": policy + "connect-src 'self'; frame-ancestors 'none'"}
    return web.Response(text=text, content_type="text/html", headers=headers)


def _view(read: Callable[[], object]) -> _Answer:
    async def view(_request: web.Request) -> web.Response:
        return _json(read())

    return view


async def _answered(request: web.Request, answer: _Answer) -> web.StreamResponse:
    """Return the answer, or the fault as one JSON object."""
    try:
        return await answer(request)
    except (msgspec.MsgspecError, ValueError) as error:
        return _json({"error": f"{request.path}: {error}"}, 400)
    except LockstepError as error:
        return _json({"error": str(error), "exit_code": error.exit_code}, 409)
    except web.HTTPException as error:
        return _json({"error": f"{request.method} {request.path}: {error.reason}"}, error.status)


def _json(value: object, status: int = 200) -> web.Response:
    body = msgspec.json.encode(value)
    return web.Response(body=body, status=status, content_type="application/json")


def _may(request: web.Request, token: Secret) -> bool:
    """Say whether a request of TCP may pass: it names this machine and shows the token.

    The name is checked against pages of elsewhere whose host was made to resolve to loopback.
    """
    name = request.host.rpartition(":")[0] if request.host[-1:].isdigit() else request.host
    if (name or request.host) not in _LOCAL_NAMES:
        return False
    if request.method == "GET" and request.path in _PUBLIC:
        return True
    kind, _, shown = request.headers.get("Authorization", "").partition(" ")
    return kind == "Bearer" and hmac.compare_digest(shown.encode(), token.reveal().encode())


def _who(request: web.Request) -> str:
    """Name who asks: the user at the other end of the socket, or the token's holder."""
    transport = request.transport
    peer = None if transport is None else transport.get_extra_info("socket")
    if peer is None or peer.family != getattr(socket, "AF_UNIX", None):
        return "token"
    if not hasattr(socket, "SO_PEERCRED"):
        return "owner"
    raw = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    return f"uid {struct.unpack('3i', raw)[1]}"


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _clear(path: Path) -> None:
    """Remove the socket of a process that is gone; raises ConfigError if somebody answers there."""
    if not path.is_socket():
        if path.exists():
            raise ConfigError(f"{path} is in the way of the control socket; move it")
        return
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            path.unlink(missing_ok=True)
            return
    raise ConfigError(f"another engine listens on {path}; stop it first")
