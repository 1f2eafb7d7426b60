"""Find run folders and read what they say of themselves: summary, manifest, decision log.

Reads no Parquet table (`metrics.read_tables` does) and never writes; a broken folder is described,
not hidden.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from pathlib import Path

from backtest.decision_log import DECISIONS
from backtest.results.definitions import Measures, measures_from_json
from backtest.results.metrics import Basis
from engine.errors import DataError, UsageError

SUMMARY = "summary.json"
MANIFEST = "manifest.json"
REPORT = "report.html"

LAST = "last"
NOTHING = "started, and was ended before anything was recorded; the folder can be removed"
"""What is said of the folder of a live run that was killed as it began."""

SHOWN_MAX = 8
_JOURNAL = "journal"
_JOURNALED = ("live", "paper", "rehearsal", "record")
_NAME = re.compile(r"(\d{8}T\d{6})-([a-z]+)-(.+)")


@dataclass(frozen=True, slots=True)
class Run:
    """Hold what a run folder says of itself; `fault` is '' unless the folder is broken.

    Of a broken folder, `summary` and `manifest` are empty where they could not be read.
    """

    path: Path
    summary: Mapping[str, object]
    manifest: Mapping[str, object]
    fault: str = ""

    @property
    def id(self) -> str:
        """Return the name of the folder."""
        return self.path.name

    @property
    def mode(self) -> str:
        """Return backtest, paper, live or what else the run was; '' where nothing says so."""
        named = _NAME.fullmatch(self.id)
        return self.text("mode") or (named[2] if named else "")

    @property
    def name(self) -> str:
        """Return the name that the configuration gave the run, else what the folder's name says."""
        named = _NAME.fullmatch(self.id)
        return self.text("name") or (named[3] if named else self.id)

    @property
    def started(self) -> str:
        """Return when the run began (UTC), `2023-01-02 14:05:06`, from the folder's name; or ''."""
        named = _NAME.fullmatch(self.id)
        try:
            return str(datetime.strptime(named[1], "%Y%m%dT%H%M%S")) if named else ""  # noqa: DTZ007 - only shown, and always UTC
        except ValueError:
            return ""

    @property
    def assumptions(self) -> tuple[str, ...]:
        """Return what the simulation assumed, one sentence each."""
        stored = self.summary.get("assumptions")
        return tuple(map(str, stored)) if isinstance(stored, list) else ()

    @property
    def stopped(self) -> tuple[tuple[str, str], ...]:
        """Return the strategies that were stopped because they failed, each with its error."""
        stored = self.summary.get("stopped")
        rows = map(_mapping, stored) if isinstance(stored, list) else ()
        return tuple((str(row.get("strategy", "?")), str(row.get("error", "?"))) for row in rows)

    @property
    def config(self) -> Mapping[str, object]:
        """Return the whole configuration of the run, defaults included; empty where unknown."""
        return _mapping(self.manifest.get("config"))

    @property
    def latched(self) -> tuple[tuple[str, str, str], ...]:
        """Return what the gate held back at the end: (scope, cause, reason) each."""
        stored = self.summary.get("latched")
        rows = map(_mapping, stored) if isinstance(stored, list) else ()
        return tuple(
            (str(row.get("scope")), str(row.get("cause")), str(row.get("reason"))) for row in rows
        )

    @property
    def measures(self) -> Measures:
        """Return the metrics of the whole run as they were stored; empty where none were."""
        return measures_from_json(self.summary)

    @property
    def basis(self) -> Basis:
        """Return on what the stored metrics rest, so that they can be computed again."""
        stored = _mapping(self.summary.get("basis"))
        days, rate = _number(stored.get("days_per_year")), _number(stored.get("risk_free"))
        accounts = _mapping(self.summary.get("accounts"))
        return Basis(
            days_per_year=252 if days is None else int(days),
            risk_free=rate or 0.0,
            currencies={
                name: str(_mapping(account).get("currency") or "")
                for name, account in accounts.items()
            },
        )

    def counts(self, name: str) -> dict[str, int]:
        """Return numbers by name that the summary has under a key, none where it has no such."""
        stored = _mapping(self.summary.get(name))
        return {key: int(_number(value) or 0) for key, value in stored.items()}

    def text(self, name: str) -> str:
        """Return a text of the summary, '' where it has none."""
        value = self.summary.get(name)
        return value if isinstance(value, str) else ""

    def number(self, name: str) -> float | None:
        """Return a number of the summary, None where it has none."""
        return _number(self.summary.get(name))


def read_run(folder: Path) -> Run:
    """Return what a run folder says of itself; never raises for a broken one."""
    try:
        summary = _document(folder / SUMMARY)
    except DataError as fault:
        return Run(folder, {}, {}, _unfinished(folder, str(fault)))
    try:
        return Run(folder, summary, _document(folder / MANIFEST))
    except DataError as fault:
        return Run(folder, summary, {}, str(fault).partition(" (")[0])


def _unfinished(folder: Path, fault: str) -> str:
    """Return why a folder has no summary, in plain words where that can be told."""
    if (folder / SUMMARY).exists():
        return fault.partition(" (")[0]
    if any(folder.glob("*.partial")):
        return "did not finish"
    if any(folder.glob(f"{_JOURNAL}/*.segment")):
        return "was ended as it began; its journal has what there is"
    return NOTHING if Run(folder, {}, {}).mode in _JOURNALED else fault.partition(" (")[0]


def list_runs(runs: Path) -> tuple[Run, ...]:
    """Return every run folder in `runs`, the newest first; none where there is no such folder."""
    if not runs.is_dir():
        return ()
    folders = [path for path in runs.iterdir() if path.is_dir() and _is_run(path)]
    return tuple(read_run(path) for path in sorted(folders, key=_newest, reverse=True))


def find_run(runs: Path, wanted: str) -> Run:
    """Return the run that `wanted` names: a folder, an id in `runs`, its beginning, or `last`.

    `last` is the newest that is not broken. Raises UsageError when nothing or more than one run is
    meant, and DataError when the run it means is broken.
    """
    run = read_run(_chosen(runs, wanted))
    if run.fault and not run.summary:
        raise DataError(f"run {run.id}: {run.fault}; run again, or remove the folder")
    return run


def first_difference(one: Run, other: Run) -> tuple[int, str, str] | None:
    """Return line number and both lines where two decision logs first differ; None if they do not.

    A log that has ended, or is absent, counts as empty lines there.
    """
    pairs = zip_longest(_lines(one.path / DECISIONS), _lines(other.path / DECISIONS), fillvalue=b"")
    for number, (a, b) in enumerate(pairs, start=1):
        if a != b:
            return number, a.decode(errors="replace").rstrip(), b.decode(errors="replace").rstrip()
    return None


def flat(value: object, prefix: str = "") -> dict[str, str]:
    """Return nested JSON as `section.key` to text, in the order in which it was stored."""
    if isinstance(value, Mapping):
        parts = [(str(key), inner) for key, inner in value.items()]
    elif isinstance(value, list) and any(isinstance(inner, Mapping | list) for inner in value):
        parts = [(str(number), inner) for number, inner in enumerate(value)]
    else:
        return {prefix: value if isinstance(value, str) else json.dumps(value)}
    rows: dict[str, str] = {}
    for key, inner in parts:
        rows.update(flat(inner, f"{prefix}.{key}" if prefix else key))
    return rows


def _chosen(runs: Path, wanted: str) -> Path:
    if wanted == LAST:
        sound = next((run for run in list_runs(runs) if run.summary), None)
        if sound is None:
            raise UsageError(f"no finished run in {runs}; make one with lockstep backtest")
        return sound.path
    direct = Path(wanted)
    if (direct / SUMMARY).is_file() or (direct / MANIFEST).is_file():
        return direct
    names = [run.id for run in list_runs(runs)]
    found = [name for name in names if name == wanted] or [
        name for name in names if name.startswith(wanted)
    ]
    if len(found) == 1:
        return runs / found[0]
    if found:
        some = ", ".join(found[:SHOWN_MAX]) + (", ..." if len(found) > SHOWN_MAX else "")
        raise UsageError(f"{wanted!r} begins {len(found)} runs: {some}; give more of the id")
    raise UsageError(f"no run {wanted!r} in {runs}; lockstep runs list shows what there is")


def _document(path: Path) -> Mapping[str, object]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DataError(f"{path.name} is missing") from None
    except (OSError, ValueError) as fault:
        raise DataError(f"{path.name} cannot be read ({fault})") from fault
    if not isinstance(value, dict):
        raise DataError(f"{path.name} is no JSON object")
    return value


def _lines(path: Path) -> Iterator[bytes]:
    if path.is_file():
        with path.open("rb") as log:
            yield from log


def _is_run(path: Path) -> bool:
    return _NAME.fullmatch(path.name) is not None or (path / SUMMARY).is_file()


def _newest(path: Path) -> tuple[bool, str]:
    return _NAME.fullmatch(path.name) is not None, path.name


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value)
