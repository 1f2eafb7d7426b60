"""Hold recorded market data on disk and give it back as exact integer columns.

Imports no recording (that is `backtest.importers`) and makes no events (that is the replay driver).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from backtest.catalogue.column_cache import ColumnCache
from backtest.catalogue.columns import (
    Columns,
    Kind,
    Stream,
    empty_columns,
    join_columns,
    stream_name,
)
from backtest.catalogue.content import combine_digests
from backtest.catalogue.layout import instruments_in, partition_paths, streams_in
from backtest.catalogue.partition_file import PartitionFile
from backtest.catalogue.schema import FileFacts, Source
from backtest.catalogue.session import StreamWritten, WriteSession
from engine.errors import DataError
from engine.model.instrument import Instrument


@dataclass(frozen=True)
class StreamListing:
    """Describe one stream for `lockstep data list`; times are `ts_recv` in nanoseconds UTC."""

    instrument: str
    kind: Kind
    spec: str | None
    rows: int
    first: int
    last: int
    partitions: int
    bytes: int
    content: str


class Catalogue:
    """Read and write the recorded data under one folder.

    Every method reads the disk anew and keeps no file open between calls, so that a catalogue may
    grow beside its readers. With `keep_columns` partitions that are read are kept as columns beside
    their files, where the disk has room, and mapped into memory from then on. Methods that name a
    stream raise DataError when the catalogue does not hold it.
    """

    def __init__(self, path: str | Path, *, keep_columns: bool = False) -> None:
        self.path = Path(path)
        self._keep_columns = keep_columns

    def instruments(self) -> tuple[str, ...]:
        """Return the names of the instruments that have data, sorted."""
        return tuple(name for name in instruments_in(self.path) if self.streams(name))

    def streams(self, instrument: str) -> tuple[Stream, ...]:
        """Return the `(kind, spec)` of every stream of an instrument, empty when there is none."""
        return streams_in(self.path, instrument)

    def instrument(self, instrument: str) -> Instrument:
        """Return the definition stored with an instrument's data."""
        for stream in self.streams(instrument):
            return self._files(instrument, stream)[0].facts.instrument
        raise self._unknown(instrument)

    def listing(self) -> tuple[StreamListing, ...]:
        """Return one row for every stream, by instrument and stream; reads metadata only."""
        return tuple(
            self._listing_of(instrument, stream)
            for instrument in self.instruments()
            for stream in self.streams(instrument)
        )

    def read(
        self,
        instrument: str,
        kind: Kind,
        spec: str | None = None,
        start_ns: int | None = None,
        end_ns: int | None = None,
        chunk_rows: int = 65_536,
        *,
        trade_ids: bool = False,
    ) -> Iterator[Columns]:
        """Yield the rows with `start_ns <= ts_recv < end_ns` in order of `ts_recv`.

        A chunk has at most `chunk_rows` rows. Rows of equal time keep the order they were recorded
        in. One row group is in memory at a time, however long the stream. Small partitions are
        joined, so that no chunk but the last has fewer than half of `chunk_rows`.
        """
        stream = (kind, spec)
        files = self._files(instrument, stream)
        return _sized(self._chunks(files, start_ns, end_ns, trade_ids=trade_ids), chunk_rows)

    def tail(
        self,
        instrument: str,
        kind: Kind,
        spec: str | None,
        before_ns: int,
        count: int,
        *,
        trade_ids: bool = False,
    ) -> Columns:
        """Return the last `count` rows with `ts_recv < before_ns`, oldest first."""
        found: list[Columns] = []
        for file in reversed(self._files(instrument, (kind, spec))):
            if count <= 0:
                break
            if file.facts.range.first >= before_ns:
                continue
            rows = file.last_rows(before_ns, count, trade_ids=trade_ids)
            count -= sum(len(part) for part in rows)
            found = rows + found
        return join_columns(found) if found else empty_columns(instrument, kind, spec)

    def content_hash(self, instrument: str, kind: Kind, spec: str | None = None) -> str:
        """Return the hash of all rows of a stream, whatever the bytes; reads metadata only."""
        files = self._files(instrument, (kind, spec))
        return combine_digests([(file.path.stem, file.facts.content) for file in files])

    def facts(self, instrument: str, kind: Kind, spec: str | None = None) -> dict[str, FileFacts]:
        """Return the metadata of every partition of a stream, by partition, oldest first."""
        return {file.path.stem: file.facts for file in self._files(instrument, (kind, spec))}

    def writing(
        self, instrument: Instrument, sources: Iterable[Source] = (), *, replace: bool = False
    ) -> WriteSession:
        """Start a session that stores rows of one instrument's streams all or not at all.

        Raises DataError when the instrument is stored with another definition. `replace` lets the
        rows written take the place of all stored rows in their time range.
        """
        self._check_definition(instrument)
        return WriteSession(self.path, instrument, sources, replace=replace)

    def write(
        self,
        instrument: Instrument,
        rows: Iterable[Columns],
        sources: Iterable[Source] = (),
        *,
        replace: bool = False,
    ) -> tuple[StreamWritten, ...]:
        """Store rows, all or none; writing what is stored already changes nothing."""
        with self.writing(instrument, sources, replace=replace) as session:
            for columns in rows:
                session.append(columns)
            return session.commit()

    def _files(self, instrument: str, stream: Stream) -> tuple[PartitionFile, ...]:
        paths = partition_paths(self.path, instrument, stream)
        if not paths:
            raise self._unknown(instrument, stream)
        return tuple(PartitionFile(path, instrument, stream) for path in paths)

    def _chunks(
        self,
        files: tuple[PartitionFile, ...],
        start_ns: int | None,
        end_ns: int | None,
        *,
        trade_ids: bool,
    ) -> Iterator[Columns]:
        for file in files:
            span = file.facts.range
            if (end_ns is None or span.first < end_ns) and (
                start_ns is None or span.last >= start_ns
            ):
                keep = self._keep_columns and not trade_ids
                if keep and (cache := ColumnCache(file)).build():
                    yield from cache.chunks(start_ns, end_ns)
                else:
                    yield from file.chunks(start_ns, end_ns, trade_ids=trade_ids)

    def _listing_of(self, instrument: str, stream: Stream) -> StreamListing:
        files = self._files(instrument, stream)
        ranges = [file.facts.range for file in files]
        return StreamListing(
            instrument=instrument,
            kind=stream[0],
            spec=stream[1],
            rows=sum(span.rows for span in ranges),
            first=ranges[0].first,
            last=ranges[-1].last,
            partitions=len(files),
            bytes=sum(file.path.stat().st_size for file in files),
            content=self.content_hash(instrument, *stream),
        )

    def _check_definition(self, instrument: Instrument) -> None:
        if not self.streams(instrument.id):
            return
        stored = self.instrument(instrument.id)
        for name in instrument.__struct_fields__:
            ours, theirs = getattr(stored, name), getattr(instrument, name)
            if ours != theirs:
                msg = (
                    f"{instrument.id} is stored in {self.path} with {name} = {ours!r}, the new "
                    f"data says {theirs!r}; "
                    "leave the instrument's options away to use the stored definition, or write to "
                    "another catalogue"
                )
                raise DataError(msg)

    def _unknown(self, instrument: str, stream: Stream | None = None) -> DataError:
        what = instrument if stream is None else f"{stream_name(stream)} of {instrument}"
        held = ", ".join(stream_name(known) for known in self.streams(instrument)) or ", ".join(
            self.instruments()
        )
        return DataError(
            f"{self.path} holds no {what}; it holds {held or 'nothing yet'}; see `lockstep data "
            "list`"
        )


def _sized(chunks: Iterator[Columns], chunk_rows: int) -> Iterator[Columns]:
    """Cut chunks at `chunk_rows` and join small ones until half of it is reached."""
    waiting: list[Columns] = []
    rows = 0
    for chunk in chunks:
        if rows and rows + len(chunk) > chunk_rows:
            yield join_columns(waiting)
            waiting, rows = [], 0
        for start in range(0, len(chunk), chunk_rows):
            waiting.append(chunk.part(start, min(start + chunk_rows, len(chunk))))
            rows += len(waiting[-1])
            if rows * 2 >= chunk_rows:
                yield join_columns(waiting)
                waiting, rows = [], 0
    if waiting:
        yield join_columns(waiting)
