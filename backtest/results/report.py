"""Write `report.html` of a run: one small page that needs no network, with `trades.csv` beside it.

The page is complete by itself, its charts are drawn in it; plotly's script, where it is installed,
stands once beside the runs and makes them zoomable.
"""

import os
from importlib.util import find_spec
from pathlib import Path

from backtest.results.folder import REPORT, read_run
from backtest.results.markup import NOTHING, Markup, element
from backtest.results.metrics import RunResult, compute, read_tables
from backtest.results.page import page_of
from backtest.results.trade_csv import TRADES, write_trades
from engine.errors import DataError

PLOTLY = "plotly.min.js"


def write_report(
    folder: Path, result: RunResult | None = None, *, standalone: bool = False
) -> Path:
    """Write the report of a run folder and `trades.csv`, and return the report's path.

    `result` spares computing it again. `standalone` puts plotly's script (about 5 MB) into the page
    itself, so that the one file can be sent to somebody; without plotly the page is the same, with
    charts that do not zoom. Raises DataError when the folder is broken.
    """
    run = read_run(folder)
    if not run.summary:
        raise DataError(f"run {run.id}: {run.fault}; run again, a report is made from it")
    computed = result or compute(read_tables(folder), run.basis)
    write_trades(folder / TRADES, computed)
    script = _inlined() if standalone else _beside(folder.resolve().parent)
    path = folder / REPORT
    _write(path, page_of(run, computed, script, alone=standalone).encode())
    return path


def plotly_script() -> Path | None:
    """Return where the installed plotly keeps its script for browsers; None without plotly."""
    found = find_spec("plotly")
    if found is None:
        return None
    for folder in found.submodule_search_locations or ():
        path = Path(folder) / "package_data" / PLOTLY
        if path.is_file():
            return path
    return None


def _inlined() -> Markup:
    source = plotly_script()
    if source is None:
        return NOTHING
    body = source.read_text(encoding="utf-8").replace("</script", "<\\/script")
    return element("script", Markup(body.replace("<!--", "<\\!--")))


def _beside(runs: Path) -> Markup:
    """Put the script beside the runs unless it is there already, and return what loads it."""
    shared, source = runs / PLOTLY, plotly_script()
    if source is not None and not _same_size(shared, source):
        _write(shared, source.read_bytes())
    return element("script", src=f"../{PLOTLY}") if shared.is_file() else NOTHING


def _same_size(one: Path, other: Path) -> bool:
    return one.is_file() and one.stat().st_size == other.stat().st_size


def _write(path: Path, content: bytes) -> None:
    """Replace a file at once, so that nobody reads half of it while several runs end together."""
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    partial.write_bytes(content)
    partial.replace(path)
