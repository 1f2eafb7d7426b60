"""Import recordings into a catalogue, all rows or none, and account for every row.

Reads no format itself; `registry` knows who does.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from backtest.catalogue import Catalogue
from backtest.catalogue.columns import Columns, Stream, stream_name
from backtest.catalogue.session import StreamWritten, WriteSession
from backtest.importers.batch import Notes
from backtest.importers.definition import MOST_DIGITS, find_definition, with_digits
from backtest.importers.exact import MoreDigits
from backtest.importers.files import fingerprints
from backtest.importers.options import ImportOptions, ImportPolicy, Recording
from backtest.importers.registry import FORMATS, Format
from backtest.importers.report import ImportReport, StreamReport
from backtest.importers.screen import Screen
from backtest.importers.skew import SkewMeter
from backtest.importers.suspicion import suspect_clock, suspect_label, suspect_zone
from engine.bars.spec import BarSpec
from engine.errors import DataError
from engine.model.instrument import Instrument

Progress = Callable[[int], None]


@dataclass(frozen=True, kw_only=True)
class ImportRequest:
    """Say what to import: files of one format as data of one instrument.

    `definition` holds facts of the instrument as in `InstrumentConfig` (tick, currency, ...), and
    `definition_file` is a TOML file of the same; both may be absent once the catalogue holds it.
    """

    format: str
    files: tuple[Path, ...]
    instrument: str
    definition: Mapping[str, object] = field(default_factory=dict)
    definition_file: Path | None = None
    options: ImportOptions = field(default_factory=ImportOptions)
    policy: ImportPolicy = field(default_factory=ImportPolicy)


def import_files(
    catalogue: Catalogue, request: ImportRequest, progress: Progress | None = None
) -> ImportReport:
    """Import the files of a request and return what was done.

    Raises DataError, with nothing stored, when the import would be wrong; the message names the
    line and the option that mends it. Prices or sizes with more decimals than the instrument's grid
    are kept: a new instrument is given as many digits as they need. `progress` is called with the
    number of rows read so far.
    """
    known = FORMATS.get(request.format)
    if known is None:
        msg = f"there is no format {request.format!r}; formats are {', '.join(FORMATS)}"
        raise DataError(msg)
    request.options.refuse_unused(known.name, known.options)
    instrument, recorded = find_definition(
        catalogue, request.instrument, request.definition, request.definition_file
    )
    if not recorded:
        instrument = with_digits(instrument, "price", known.price_digits)
        instrument = with_digits(instrument, "quantity", request.policy.quantity_digits or 0)
    while True:
        try:
            return _Import(catalogue, request, known, instrument, progress).run()
        except MoreDigits as more:
            _refuse_digits(more, instrument, recorded=recorded)
            instrument = with_digits(instrument, more.what, more.digits)


def _refuse_digits(more: MoreDigits, instrument: Instrument, *, recorded: bool) -> None:
    if more.digits > MOST_DIGITS:
        msg = (
            f"{more.place} has {more.digits} decimals, {MOST_DIGITS} at most can be stored; round "
            "the recording"
        )
        raise DataError(msg)
    if recorded:
        msg = (
            f"{more.place} needs {more.digits} decimals, {instrument.id} is stored with fewer; "
            "import all "
            f"its recordings into another catalogue, with --price-digits or --quantity-digits"
        )
        raise DataError(msg)


class _Import:
    """Run one pass over the files."""

    def __init__(
        self,
        catalogue: Catalogue,
        request: ImportRequest,
        known: Format,
        instrument: Instrument,
        progress: Progress | None,
    ) -> None:
        self._catalogue = catalogue
        self._request = request
        self._instrument = instrument
        self._importer = known.make(Recording(request.files, request.options, request.instrument))
        self._progress = progress
        self._notes = Notes()
        self._meter = SkewMeter()
        self._shift = 0
        self._screens: dict[Stream, Screen] = {}
        self._spans: dict[Stream, tuple[int, int]] = {}

    def run(self) -> ImportReport:
        request = self._request
        if request.policy.correct_skew:
            self._shift = self._measured_shift()
        sources = fingerprints(request.files)
        with self._catalogue.writing(
            self._instrument, sources, replace=request.policy.replace
        ) as session:
            self._read(session)
            if not self._spans:
                msg = (
                    f"no row of market data in {', '.join(path.name for path in request.files)}; "
                    "check the files and --symbol"
                )
                raise DataError(msg)
            written = session.commit(dry_run=request.policy.dry_run)
        return self._report(written)

    def _measured_shift(self) -> int:
        meter = SkewMeter()
        for batch in self._importer.batches(Notes()):
            meter.add(batch)
        return meter.shift_ns

    def _read(self, session: WriteSession) -> None:
        for batch in self._importer.batches(self._notes):
            if len(batch):
                self._meter.add(batch)
                self._store(session, self._screen(batch.stream).admit(batch))
            if self._progress is not None:
                self._progress(self._notes.read)
        for screen in self._screens.values():
            self._store(session, screen.finish())

    def _screen(self, stream: Stream) -> Screen:
        screen = self._screens.get(stream)
        if screen is None:
            screen = Screen(self._instrument, stream, self._request.policy, self._shift)
            self._screens[stream] = screen
        return screen

    def _store(self, session: WriteSession, rows: Columns | None) -> None:
        if rows is None or not len(rows):
            return
        session.append(rows)
        times = rows.arrays["ts_recv"]
        first = self._spans.get(rows.stream, (int(times[0]), 0))[0]
        self._spans[rows.stream] = (first, int(times[-1]))

    def _report(self, written: tuple[StreamWritten, ...]) -> ImportReport:
        request = self._request
        by_stream = {one.stream: one for one in written}
        return ImportReport(
            format=request.format,
            instrument=self._instrument.id,
            files=tuple(path.name for path in request.files),
            dry_run=request.policy.dry_run,
            price_digits=self._instrument.price_digits,
            quantity_digits=self._instrument.quantity_digits,
            rows_read=self._notes.read,
            streams=tuple(
                self._stream(screen, by_stream.get(stream))
                for stream, screen in self._screens.items()
            ),
            ignored=dict(sorted((+self._notes.ignored).items())),
            marked=dict(sorted(self._notes.kept.items())),
            skew=self._meter.report(self._shift),
            warnings=tuple(self._warnings()),
        )

    def _stream(self, screen: Screen, written: StreamWritten | None) -> StreamReport:
        tally = screen.tally
        first, last = self._spans.get(screen.stream, (None, None))
        return StreamReport(
            stream=stream_name(screen.stream),
            rows_read=tally.read,
            stored=0 if written is None else written.added,
            unchanged=0 if written is None else written.unchanged,
            removed=0 if written is None else written.removed,
            duplicates_dropped=tally.duplicates_dropped,
            duplicates_kept=tally.duplicates_kept,
            rounded=tally.rounded,
            off_grid=tally.off_grid,
            first_off_grid=tally.first_off_grid,
            crossed=tally.crossed,
            out_of_order=tally.sorted,
            partitions=0 if written is None else written.partitions,
            first=first,
            last=last,
        )

    def _warnings(self) -> list[str]:
        found = [suspect_clock(self._meter.shift_ns - self._shift)]
        specs = {stream: BarSpec.parse(stream[1]) for stream in self._screens if stream[1]}
        if not specs or any(spec.step_ns for spec in specs.values()):
            found.append(suspect_zone(self._notes, self._instrument.calendar))
        for stream, spec in specs.items():
            starts = self._screens[stream].session_starts
            found.append(suspect_label(starts, spec, self._notes.label))
        return [warning for warning in found if warning is not None]
