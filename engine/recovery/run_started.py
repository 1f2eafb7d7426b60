"""What a run is made of, as the first entry of its journal.

Loads and builds nothing.
"""

import msgspec

from engine.gate.rates import VenueRates
from engine.model.instrument import Instrument


class RunStarted(msgspec.Struct, frozen=True, kw_only=True, tag=True, tag_field="event"):
    """Begin the journal of a run: what must be the same for it to be replayed.

    `config` is the canonical JSON of the whole configuration, `folder` the one that strategy files
    are relative to, `streams` what was offered of each instrument, `rates` the limits that came
    with each venue. `code` gives the SHA-256 of each strategy's source file by its name.
    """

    run: str
    mode: str
    bot: str
    epoch: int
    ts_recv: int
    config: str
    folder: str = ""
    instruments: tuple[Instrument, ...] = ()
    streams: dict[str, tuple[tuple[str, str | None], ...]] = {}
    rates: dict[str, VenueRates] = {}
    code: dict[str, str] = {}
    versions: dict[str, str] = {}
