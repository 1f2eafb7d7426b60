"""The command `lockstep login`: a person opens a venue for an application, once.

Keeps the refresh token in a file that only its owner may read, and shows it nowhere.
"""

import asyncio
import secrets
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import parse_qs, urlsplit

import typer

from lockstep.cli.output import Json, Quiet, answer, answer_json, note

if TYPE_CHECKING:
    from connectors.frame.package import Resolve, VenuePackage

Venue = Annotated[str, typer.Argument(metavar="VENUE", help="An installed venue, such as alor.")]
File = Annotated[
    Path | None,
    typer.Option("--config", metavar="TOML", help="A file with the section [connectors.VENUE]."),
]
Target = Annotated[Path, typer.Option("--to", metavar="FILE", help="Where the token is kept.")]
Simulator = Annotated[
    str | None,
    typer.Option(metavar="URL", help="Ask a simulator that runs on this machine instead."),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("login")(login)


def login(
    venue: Venue,
    *,
    to: Target,
    config: File = None,
    simulator: Simulator = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Open a venue for an application and keep the refresh token.

    Shows the address to visit, and reads from standard input the address that the venue led to.
    """
    from engine.errors import UsageError
    from lockstep.cli.venue_section import reach
    from lockstep.secret_files import write_secret
    from lockstep.simulators import venue_package

    package = venue_package(venue)
    if package.sign_in is None:
        raise UsageError(f"{package.name} has no such login; its page says where secrets come from")
    settings, resolve = reach(package, config, simulator, ())
    state = secrets.token_urlsafe(16)
    note(package.sign_in.address(settings, state), quiet=False)
    note("open it, log in, and paste the address that you are led to:", quiet=quiet)
    address = typer.get_text_stream("stdin").readline().strip()
    code = code_of(address, state, is_echoed=package.sign_in.echoes_state)
    token = asyncio.run(_exchanged(package, settings, code, resolve))
    write_secret(to, token)
    if as_json:
        answer_json({"venue": package.name, "file": str(to)})
    else:
        answer(f"{package.name}: the refresh token is in {to}")


def code_of(address: str, state: str, *, is_echoed: bool = True) -> str:
    """Return the code that an address of the venue brings.

    Raises UsageError for one without a code, or with a state that is not ours: then somebody else
    may have made it. Unless `is_echoed` the state may be absent. Raises LoginRefused, with the
    venue's reason, where it refused.
    """
    from engine.errors import LoginRefused, UsageError

    query = parse_qs(urlsplit(address).query)
    if query.get("state", [state] * (not is_echoed)) != [state]:
        raise UsageError("the address is not the answer to this login; begin anew")
    if "error" in query:
        [reason, *_] = query.get("error_description") or query["error"]
        raise LoginRefused(f"the venue refused the login: {reason}")
    if len(query.get("code", [])) != 1:
        raise UsageError("the address holds no code; the venue did not let the application in")
    return query["code"][0]


async def _exchanged(
    package: "VenuePackage",
    settings: Any,  # noqa: ANN401 - those of any venue
    code: str,
    resolve: "Resolve",
) -> str:
    """Run the flow that turns a code into a refresh token."""
    from connectors.frame.driver import FlowDriver
    from connectors.frame.flow import Call
    from connectors.frame.http import Request, Response
    from connectors.frame.pumps.http import send_request
    from connectors.frame.pumps.network import SocketNetwork
    from engine.errors import NotSent
    from engine.live.clock import AnchoredClock

    assert package.sign_in is not None
    clock, network = AnchoredClock(time.time_ns, time.monotonic_ns), SocketNetwork()

    async def fetch(request: Request) -> Response:
        return await send_request(network, clock, request)

    def ring(call: Call, _answered: object) -> None:
        raise NotSent(f"link {call.link} is not connected")

    driver = FlowDriver(fetch, ring, lambda _name, _secret: None, lambda _request, _response: None)
    try:
        flow = package.sign_in.exchange(settings, code, resolve)
        return await driver.run(flow, lambda _endpoint: None)
    finally:
        await network.close()
