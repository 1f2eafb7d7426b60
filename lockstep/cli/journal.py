"""The commands `lockstep journal show | verify | export`: what a live or paper run wrote down.

Changes nothing, but for `verify --cut`.
"""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from lockstep.cli.output import Json, Quiet, answer, answer_json, columns

Run = Annotated[str, typer.Argument(metavar="RUN", help="A run: its folder, its id, or last.")]
Runs = Annotated[Path, typer.Option("--runs", help="The folder that holds the run folders.")]
Order = Annotated[str, typer.Option("--order", help="Only this client order id.")]
Instrument = Annotated[str, typer.Option("--instrument", help="Only this instrument.")]
Event = Annotated[str, typer.Option("--event", help="Only this kind, such as OrderFilled.")]
Limit = Annotated[int, typer.Option("--limit", help="The newest so many.", min=1)]
Cut = Annotated[bool, typer.Option("--cut", help="Cut the journal where it is torn or damaged.")]
Out = Annotated[Path | None, typer.Option("--out", help="A file; standard output without it.")]
Raw = Annotated[bool, typer.Option("--raw", help="Raw frames of a recording instead.")]
RUNS = Path("runs")
_SHOWN = 100


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Show, verify and export the journal of a live or paper run.")
    group.command("show")(show)
    group.command("verify")(verify)
    group.command("export")(export)
    app.add_typer(group, name="journal")


def show(
    run: Run = "last",
    *,
    runs: Runs = RUNS,
    order: Order = "",
    instrument: Instrument = "",
    event: Event = "",
    limit: Limit = 50,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Show entries, oldest first: what came in (>), what was decided (<), and notes (-)."""
    from engine.journal.disk import SystemDisk
    from engine.journal.index import Query, find

    query = Query(client_order_id=order, instrument=instrument, event=event, limit=limit)
    found = find(SystemDisk(), _folder(runs, run), query)
    if as_json:
        answer_json({"entries": found})
        return
    if quiet:
        answer("\n".join(each.text for each in found))
        return
    rows = [
        (str(each.sequence), "><-"[each.kind], _clock(each.ts), each.event, each.text[:_SHOWN])
        for each in found
    ]
    answer(columns(rows) if rows else "nothing matches")


def verify(
    run: Run = "last",
    *,
    runs: Runs = RUNS,
    cut: Cut = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Read a journal whole and check every checksum; exit code 1 where it is torn or damaged.

    `--cut` drops everything from the first damaged byte on, for good: the next start then asks the
    venue for what is missing. Keep a copy.
    """
    from engine.journal.check import check, cut_at_damage
    from engine.journal.disk import SystemDisk

    disk, folder = SystemDisk(), _folder(runs, run)
    if cut:
        gone = cut_at_damage(disk, folder)
        answer_json({"cut_bytes": gone}) if as_json else answer(f"cut {gone} bytes")
        return
    report = check(disk, folder)
    torn = f"{report.torn} bytes torn at the end" if report.torn else "whole"
    if as_json:
        answer_json({"entries": report.entries, "torn": report.torn, "damage": report.damage})
    elif quiet:
        answer(report.damage or torn)
    else:
        answer(f"{folder.name}: {report.entries} entries; {report.damage or torn}")
    if report.damage or report.torn:
        raise typer.Exit(1)


def export(
    run: Run = "last",
    *,
    runs: Runs = RUNS,
    out: Out = None,
    raw: Raw = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Write every entry, market data included, as one JSON object a line.

    `--raw` writes the raw frames of a recording instead: text as it came, bytes in base64.
    """
    from engine.journal.disk import SystemDisk
    from engine.journal.raw import read_raw
    from engine.journal.reader import read_run

    read = _frames(read_raw(SystemDisk(), _folder(runs, run))) if raw else None
    lines = read or _lines(read_run(SystemDisk(), _folder(runs, run)))
    if out is None:
        sys.stdout.writelines(lines)
        return
    count = 0
    with out.open("w", encoding="utf-8") as file:
        for line in lines:
            file.write(line)
            count += 1
    if as_json:
        answer_json({"entries": count, "file": out})
    else:
        answer(str(out) if quiet else f"{count} entries: {out}")


def _lines(entries: Iterator[Any]) -> Iterator[str]:
    import msgspec

    for entry in entries:
        kind = entry.kind.name.lower()
        body = {"sequence": entry.sequence, "kind": kind, "body": entry.body}
        yield msgspec.json.encode(body).decode() + "\n"


def _frames(frames: Iterator[Any]) -> Iterator[str]:
    import msgspec

    for frame in frames:
        about = {"ts_recv": frame.ts_recv, "venue": frame.venue, "link": frame.link}
        data = {"text": frame.data.decode()} if frame.is_text else {"bytes": frame.data}
        yield msgspec.json.encode({**about, **data}).decode() + "\n"


def _folder(runs: Path, run: str) -> Path:
    from lockstep.folders import journaled_run

    return journaled_run(runs, run)


def _clock(ts: int) -> str:
    if not ts:
        return ""
    moment = datetime.fromtimestamp(ts // 1_000_000_000, UTC)
    return f"{moment:%Y-%m-%d %H:%M:%S}.{ts % 1_000_000_000 // 1000:06}"
