"""The command `lockstep data download`: a venue's history into the catalogue.

Asks nobody itself; `lockstep.download` does.
"""

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lockstep.cli.data_options import Catalog, Instrument, moment_ns
from lockstep.cli.output import Json, Quiet, answer, answer_json, progress

if TYPE_CHECKING:
    from connectors.frame.connector import Connector
    from connectors.frame.package import VenuePackage
    from engine.live.clock import AnchoredClock

Venue = Annotated[str, typer.Argument(metavar="VENUE", help="An installed venue, such as alor.")]
BarLength = Annotated[
    str, typer.Option("--bar", metavar="SPEC", help="Length of bars (1m, 1d), or `quotes`.")
]
Since = Annotated[str, typer.Option("--start", metavar="TIME", help="From this time on (UTC).")]
Until = Annotated[
    str | None, typer.Option("--end", metavar="TIME", help="Before this time; without: now.")
]
File = Annotated[
    Path | None,
    typer.Option("--config", metavar="TOML", help="A file with the section [connectors.VENUE]."),
]
Simulator = Annotated[
    str | None,
    typer.Option(metavar="URL", help="Ask a simulator that runs on this machine instead."),
]


def download_command(  # noqa: PLR0913 - one option each
    venue: Venue,
    catalog: Catalog,
    instrument: Instrument,
    *,
    start: Since,
    end: Until = None,
    bar: BarLength = "1m",
    config: File = None,
    simulator: Simulator = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Download bars or quotes of a venue's history. What is stored already changes nothing."""
    import msgspec

    from backtest.catalogue import Catalogue
    from backtest.catalogue.columns import iso_time
    from engine.errors import UsageError
    from engine.live.clock import AnchoredClock
    from lockstep.download import download
    from lockstep.simulators import venue_package

    clock = AnchoredClock(time.time_ns, time.monotonic_ns)
    package = venue_package(venue)
    first = moment_ns(start) or 0
    last = clock.now() if end is None else moment_ns(end, as_end=True) or 0
    if first >= last:
        raise UsageError("--start is not before --end; turn them round")

    async def run() -> Any:  # noqa: ANN401 - the value is shown below
        connector = _connector(package, config, simulator, clock)
        period = first, min(last, clock.now())
        with progress(f"{instrument} {bar}", quiet=quiet or as_json) as tell:
            return await download(
                connector, clock, Catalogue(catalog), instrument, bar, period, tell
            )

    found = asyncio.run(run())
    if as_json:
        answer_json(msgspec.structs.asdict(found))
    elif not quiet:
        span = f", {iso_time(found.first)} to {iso_time(found.last)}" if found.rows else ""
        answer(f"{found.instrument} {found.spec}: {found.rows:,} rows, {found.added:,} new{span}")


def _connector(
    package: "VenuePackage", config: Path | None, simulator: str | None, clock: "AnchoredClock"
) -> "Connector":
    """Return a connector that trades for nobody, at the venue or at a simulator of it."""
    from connectors.frame.connector import Connector
    from connectors.frame.pumps.network import network_of
    from lockstep.cli.venue_section import reach
    from lockstep.secret_files import forget, keeper

    settings, resolve = reach(package, config, simulator, ())
    venue = package.make(settings, (), resolve)
    keep = keeper(settings) if simulator is None else forget
    return Connector(venue, lambda _event: None, network_of(venue), clock, keep=keep)
