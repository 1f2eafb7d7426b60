"""The report is whole, escaped, small and needs no network, whatever the run was."""

import csv
import json
import re
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

import backtest.results
from backtest.results.metrics import Basis, compute
from backtest.results.report import plotly_script, write_report
from engine.errors import DataError
from tests.results.folders import DAY, MONDAY, Book, write_documents

EVIL = "</script><script>alert('x')</script>&amp;"
RUN = "20230102T000000-backtest-cross"
TEMPLATE = Path(backtest.results.__file__).parent / "template"
LINKED = {"src", "href", "action", "data", "poster", "srcset", "formaction", "xlink:href"}


class Page(HTMLParser):
    """Read a page and keep what a browser would load and run; refuses elements left open."""

    void = frozenset({"meta", "br", "hr", "col", "path"})

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.loads: list[str] = []
        self.ids: list[str] = []
        self.scripts: list[str] = []
        self.words: list[str] = []
        self.feed(source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids += [value or "" for name, value in attrs if name == "id"]
        self.loads += [value or "" for name, value in attrs if name in LINKED]
        assert not [name for name, _ in attrs if name.startswith("on")]
        if tag == "script":
            self.scripts.append("")
        if tag not in self.void:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in self.void

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "script":
            self.scripts[-1] += data
        elif data.strip() and "style" not in self.open:
            self.words.append(data.strip())

    @property
    def text(self) -> str:
        return " ".join(self.words)


def finish(
    book: Book, runs: Path, currencies: dict[str, str] | None = None, **summary: object
) -> Path:
    """Write the run folder whole and its report; return the report's path."""
    folder = runs / RUN
    tables = book.write(folder)
    result = compute(tables, Basis(currencies=currencies or {"main": "USD"}))
    said = {"run_id": RUN, "mode": "backtest", "name": "cross", "assumptions": ["No swap."]}
    write_documents(
        folder, said | result.summary() | summary, {"seed": 7, "config": {"run": {"seed": 7}}}
    )
    return write_report(folder)


def traded(trades: int = 3) -> Book:
    book = Book()
    for day in range(60):
        book.sample(MONDAY + day * DAY, 1_000 + (day * 37) % 100)
        book.mark(MONDAY + day * DAY, 100 + day / 10)
    for number in range(trades):
        ts = MONDAY + number * 50 * DAY // max(trades, 1)
        book.fill(ts, 1, 100 + number % 7, arrival=100)
        book.fill(ts + DAY // 2 // max(trades, 1), -1, 101, arrival=101, strategy="cross")
    return book


def test_report_holds_every_part(tmp_path: Path) -> None:
    page = Page(finish(traded(), tmp_path).read_text())
    for title in (
        "Equity and drawdown",
        "Monthly returns, %",
        "Metrics",
        "Trades",
        "By strategy and instrument",
        "Execution",
        "Assumptions of the simulation",
        "What was run",
        "Configuration (1)",
    ):
        assert title in page.words, title
    assert "No swap." in page.words
    assert len(page.ids) == len(set(page.ids))


def test_every_text_of_a_user_is_escaped(tmp_path: Path) -> None:
    book = Book()
    book.days([1_000] * 3, account=EVIL)
    book.days([1_000] * 3, account="b")
    book.mark(MONDAY, 100, EVIL)
    for signed in (1, -1):
        book.fill(
            MONDAY + DAY, signed, 100, strategy=EVIL, instrument=EVIL, account=EVIL, type=EVIL
        )
    book.order("denied", EVIL)
    report = finish(
        book,
        tmp_path,
        {EVIL: EVIL, "b": EVIL},
        name=EVIL,
        mode=EVIL,
        digest=EVIL,
        assumptions=[EVIL],
    )
    source = report.read_text()
    page = Page(source)
    assert "<script>alert" not in source
    data, plotly, script = page.scripts
    assert json.loads(data)
    assert plotly == ""
    assert script.strip() == (TEMPLATE / "page.js").read_text().strip()
    assert page.words.count(EVIL) > 5


def test_report_loads_nothing_but_the_script_beside_the_runs(tmp_path: Path) -> None:
    source = finish(traded(), tmp_path).read_text()
    assert set(Page(source).loads) == {"../plotly.min.js", "trades.csv"}
    assert not re.search(r"https?://", source)
    assert "url(" not in source
    assert "@import" not in source


def test_script_stands_once_beside_the_runs(tmp_path: Path) -> None:
    finish(traded(), tmp_path)
    script = tmp_path / "plotly.min.js"
    source = plotly_script()
    assert source is not None
    assert script.read_bytes() == source.read_bytes()
    written = script.stat().st_mtime_ns
    write_report(tmp_path / RUN)
    assert script.stat().st_mtime_ns == written
    assert not list(tmp_path.glob("**/*.partial"))


def test_standalone_report_needs_no_other_file(tmp_path: Path) -> None:
    small = finish(traded(), tmp_path).read_text()
    whole = write_report(tmp_path / RUN, standalone=True).read_text()
    page = Page(whole)
    assert page.loads == []
    assert any(len(script) > 10**6 for script in page.scripts)
    assert len(whole) > len(small) + 10**6


def test_report_without_plotly_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "plotly", None)
    page = Page(finish(traded(), tmp_path).read_text())
    assert page.loads == ["trades.csv"]
    assert "Drawdown" in page.words
    assert not (tmp_path / "plotly.min.js").exists()


def test_drawings_stay_within_their_frame(tmp_path: Path) -> None:
    source = finish(traded(), tmp_path).read_text()
    drawn = re.findall(r'<path d="([^"]+)" class="(?:line|area|dots)', source)
    assert len(drawn) >= 4
    for path in drawn:
        pairs = re.findall(r"(-?[\d.]+) (-?[\d.]+)", path)
        assert all(0 <= float(x) <= 1_000 and 0 <= float(y) <= 300 for x, y in pairs)
        assert float(pairs[-1][0]) > 500


def test_run_without_fills_says_so(tmp_path: Path) -> None:
    book = Book()
    book.days([1_000] * 5)
    page = Page(finish(book, tmp_path).read_text())
    assert "No trade was closed." in page.words
    assert "n/a" in page.words
    assert "no closed trade" in page.words


def test_empty_run_has_a_report(tmp_path: Path) -> None:
    assert "No equity was sampled." in Page(finish(Book(), tmp_path).read_text()).words


def test_run_of_one_sample_has_a_report(tmp_path: Path) -> None:
    book = Book()
    book.sample(MONDAY, 1_000)
    book.fill(MONDAY, 1, 100)
    book.fill(MONDAY, -1, 100)
    Page(finish(book, tmp_path).read_text())


def test_accounts_of_two_currencies_are_shown_apart(tmp_path: Path) -> None:
    book = Book()
    book.days([1_000, 1_010, 1_020], account="a")
    book.days([9_000, 8_990, 8_000], account="b")
    book.fill(MONDAY, 1, 100, account="b")
    page = Page(finish(book, tmp_path, {"a": "USD", "b": "RUB"}).read_text())
    assert "Account a (USD)" in page.words
    assert "Account b (RUB)" in page.words
    assert "-1,000.00 RUB" in page.words
    assert len(page.ids) == len(set(page.ids))


def test_many_samples_and_trades_are_thinned_and_it_says_so(tmp_path: Path) -> None:
    book = Book()
    for number in range(6_000):
        ts = MONDAY + number * DAY // 16
        book.sample(ts, 1_000 + (number * 7_919) % 997)
        book.mark(ts, 100)
        book.fill(ts, 1 if number % 2 == 0 else -1, 100 + (number * 31) % 17)
    report = finish(book, tmp_path)
    page = Page(report.read_text())
    assert report.stat().st_size < 200_000
    assert re.search(r"[\d,]+ of 6,000 samples drawn", page.text)
    assert re.search(r"[\d,]+ of 3,000 trades drawn", page.text)
    assert "First 25 trades" in page.words
    assert "2,976" in page.words
    assert "3,000" in page.words


def test_hundreds_of_instruments_are_cut_and_it_says_so(tmp_path: Path) -> None:
    book = Book()
    book.days([1_000] * 5)
    for number in range(400):
        book.fill(MONDAY + number, 1, 100, instrument=f"I{number:03}.SIM", arrival=100)
    report = finish(book, tmp_path)
    page = Page(report.read_text())
    assert report.stat().st_size < 200_000
    assert "Shown: the best 100 of 400." in page.words
    assert "Shown: the first 100 of 404." in page.words


def test_all_trades_are_in_the_csv(tmp_path: Path) -> None:
    finish(traded(40), tmp_path)
    with (tmp_path / RUN / "trades.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 40
    assert rows[0]["opened"] == "2023-01-02T00:00:00.000000000Z"
    assert {row["currency"] for row in rows} == {"USD"}
    assert sum(float(row["net"]) for row in rows) == sum(1 - number % 7 for number in range(40))


def test_data_for_the_script_is_that_of_the_tables(tmp_path: Path) -> None:
    page = Page(finish(traded(), tmp_path).read_text())
    figures = json.loads(next(script for script in page.scripts if script.startswith("{")))
    equity = figures["equity-0"]["panels"][0]["series"][0]
    assert equity["v"] == [1_000 + (day * 37) % 100 for day in range(60)]
    assert equity["t"][0] == MONDAY // 10**6
    assert set(equity["t"][1:]) == {86_400_000}


def test_broken_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / RUN).mkdir()
    with pytest.raises(DataError, match=r"summary\.json is missing; run again"):
        write_report(tmp_path / RUN)
