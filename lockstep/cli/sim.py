"""The command `lockstep sim`: a venue's simulator on loopback, until it is stopped.

Holds no rule of a venue; it composes and serves.
"""

import asyncio
import ssl
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lockstep.cli.output import Json, Quiet, answer, answer_json, columns, note

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from connectors.frame.package import VenuePackage
    from connectors.simulation.server import SimulatorServer
    from connectors.simulation.simulator import Served
    from engine.model.market import MarketEvent

_FOREVER_S = 1e9
_STATE = Path("state/simulators")
_TLS = "tls"

Venue = Annotated[str, typer.Argument(metavar="VENUE", help="An installed venue, such as demo.")]
Port = Annotated[int, typer.Option(min=0, max=65_535, help="Port of HTTP and WebSockets; 0: any.")]
TcpPort = Annotated[int, typer.Option(min=0, max=65_535, help="Port of raw TCP; 0: any.")]
Catalog = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Where the recording is; without: drawn rows.")
]
Recording = Annotated[str | None, typer.Option(metavar="ID", help="The recording to play.")]
Listed = Annotated[
    str | None, typer.Option("--as", metavar="ID", help="The venue's instrument it stands for.")
]
Speed = Annotated[
    float, typer.Option(min=0.001, help="Pace of the market; 60 is a minute a second.")
]
TimeScale = Annotated[float, typer.Option(min=0.001, help="Shortens the life of tokens so often.")]
Faults = Annotated[
    str, typer.Option(metavar="LIST", help="Faults to play: delay,cut_after=0.1,fail_after=x2.")
]
Quirks = Annotated[
    list[str], typer.Option("--quirk", metavar="NAME=VALUE", help="What is not certain, otherwise.")
]
Seed = Annotated[int, typer.Option(min=0, help="Seed of market and faults.")]
Seconds = Annotated[float | None, typer.Option(min=0, help="Stop by itself after so long.")]
Certificate = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Certificate chain (PEM): raw TCP becomes TLS.")
]
Key = Annotated[Path | None, typer.Option(metavar="FILE", help="Its private key (PEM).")]
State = Annotated[Path, typer.Option(metavar="DIR", help="Where certificates are made and kept.")]
Plain = Annotated[bool, typer.Option("--plain", help="Serve raw TCP without TLS.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("sim")(sim)


def sim(  # noqa: PLR0913 - one option each
    venue: Venue,
    *,
    port: Port = 0,
    tcp_port: TcpPort = 0,
    catalog: Catalog = None,
    recording: Recording = None,
    listed: Listed = None,
    speed: Speed = 1.0,
    time_scale: TimeScale = 1.0,
    faults: Faults = "",
    quirk: Quirks = [],  # noqa: B006 - read once, by typer
    seed: Seed = 0,
    seconds: Seconds = None,
    certificate: Certificate = None,
    key: Key = None,
    state: State = _STATE,
    plain: Plain = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Serve a venue's simulator on this machine, with its wire, its limits and its errors.

    Behind it stand the backtest's exchange, a market that is drawn or recorded, and faults on
    request. Its secrets are the word `simulated`.
    """
    from connectors.simulation.faults import FaultPlan, read_chances
    from connectors.simulation.server import SimulatorServer
    from connectors.simulation.simulator import SimulatorTerms
    from engine.live.clock import AnchoredClock
    from lockstep.authority import AUTHORITY, server_context
    from lockstep.simulators import make_broker, make_simulator, venue_package

    package = venue_package(venue)
    clock = AnchoredClock(time.time_ns, time.monotonic_ns)
    rows = _rows(package, catalog, recording, listed, seed, clock.now())
    simulator = make_simulator(
        package,
        make_broker(package),
        FaultPlan(seed, read_chances(faults)),
        SimulatorTerms(seed=seed, time_scale=time_scale, quirks=_quirks(quirk)),
    )
    is_ours = simulator.has_streams and certificate is None and not plain
    server = SimulatorServer(
        simulator,
        clock,
        port=port,
        tcp_port=tcp_port,
        tls=server_context(state / _TLS, clock.now()) if is_ours else _tls(certificate, key),
        rows=rows,
        speed=speed,
    )

    def show(served: "Served") -> None:
        facts = _facts(package, served)
        if is_ours:
            facts["authority"] = str((state / _TLS / AUTHORITY).resolve())
        if as_json:
            answer_json(facts)
        else:
            answer(columns(facts.items()))
        note("serving; stop with Ctrl-C", quiet=quiet or as_json)

    asyncio.run(_serve(server, show, seconds))


async def _serve(
    server: "SimulatorServer", show: "Callable[[Served], None]", seconds: float | None
) -> None:
    async with server as served:
        show(served)
        await asyncio.sleep(_FOREVER_S if seconds is None else seconds)


def _quirks(texts: list[str]) -> dict[str, str]:
    from engine.errors import UsageError

    found = dict(text.split("=", 1) for text in texts if "=" in text)
    if len(found) < len(texts):
        raise UsageError("a quirk is given as NAME=VALUE, each once; see the venue's page")
    return found


def _rows(
    package: "VenuePackage",
    catalog: Path | None,
    recording: str | None,
    listed: str | None,
    seed: int,
    start: int,
) -> "Iterator[MarketEvent]":
    """Return the market to play: a recording where one is named, else one that is drawn."""
    from backtest.catalogue import Catalogue
    from engine.errors import UsageError
    from lockstep.simulators import generated_rows, recorded_rows

    if catalog is None and recording is None:
        return generated_rows(package, seed, start)
    if catalog is None or recording is None:
        raise UsageError("a recording needs both: --catalog DIR --recording ID")
    name = listed or package.instruments[0].id
    for instrument in package.instruments:
        if instrument.id == name:
            return recorded_rows(Catalogue(catalog), recording, instrument)
    known = ", ".join(instrument.id for instrument in package.instruments)
    raise UsageError(f"{package.name} lists no {name}; give --as one of {known}")


def _tls(certificate: Path | None, key: Path | None) -> ssl.SSLContext | None:
    """Return how raw TCP is encrypted, None for plain."""
    from engine.errors import UsageError

    if certificate is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise UsageError(f"{certificate}: cannot be used as a certificate ({error})") from None
    return context


def _facts(package: "VenuePackage", served: "Served") -> dict[str, str]:
    facts = {
        "venue": package.name,
        "http": served.http,
        "websocket": served.websocket,
        "tcp": served.tcp or "",
        "instruments": " ".join(instrument.id for instrument in package.instruments),
        "accounts": " ".join(terms.id for terms in package.accounts),
        "faults": f"{served.http}/_control/faults",
        "truth": f"{served.http}/_control/truth",
    }
    return {name: text for name, text in facts.items() if text}
