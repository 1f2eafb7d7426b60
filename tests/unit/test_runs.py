"""Run folders are found, listed and compared, and broken ones are described, never fatal."""

import json
from pathlib import Path

import pytest
from rich.console import Console, RenderableType

from backtest.results.comparison import compare_runs
from backtest.results.definitions import DEFINITIONS
from backtest.results.folder import find_run, first_difference, flat, list_runs, read_run
from backtest.results.metrics import Basis, compute
from backtest.results.terminal import compare_table, list_table, run_table
from engine.errors import DataError, UsageError
from tests.results.folders import DAY, MONDAY, Book, write_documents

OLD, NEW = "20230101T120000-backtest-cross", "20230102T120000-backtest-pair"


def finish(
    folder: Path, end: float = 1_020, currencies: dict[str, str] | None = None, **summary: object
) -> Path:
    book = Book()
    for account in currencies or {"main": "USD"}:
        book.days([1_000, 990, end], account=account)
    book.fill(MONDAY, 1, 100)
    book.fill(MONDAY + DAY, -1, 120)
    result = compute(book.write(folder), Basis(currencies=currencies or {"main": "USD"}))
    said = {"mode": "backtest", "name": "cross", "digest": "ab" * 32, "fills": 2, "wall_s": 1.5}
    config = {"run": {"seed": 7}, "strategies": [{"slow": end}]}
    write_documents(folder, said | result.summary() | summary, {"config": config})
    return folder


def printed(table: RenderableType, width: int = 100) -> str:
    console = Console(width=width, record=True, file=None, quiet=False, force_terminal=False)
    with console.capture() as captured:
        console.print(table)
    return captured.get()


def test_runs_are_listed_newest_first(tmp_path: Path) -> None:
    finish(tmp_path / OLD)
    finish(tmp_path / NEW, name="pair")
    runs = list_runs(tmp_path)
    assert [run.id for run in runs] == [NEW, OLD]
    assert [run.name for run in runs] == ["pair", "cross"]
    assert runs[1].started == "2023-01-01 12:00:00"
    assert runs[0].number("pnl") == 20


def test_what_is_no_run_is_not_listed(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "plotly.min.js").write_text("")
    assert list_runs(tmp_path) == ()
    assert list_runs(tmp_path / "nowhere") == ()


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (None, "summary.json is missing"),
        ("{", "summary.json cannot be read"),
        ("[1]", "summary.json is no JSON object"),
    ],
)
def test_broken_run_is_listed_with_its_fault(
    tmp_path: Path, content: str | None, fault: str
) -> None:
    (tmp_path / OLD).mkdir()
    if content is not None:
        (tmp_path / OLD / "summary.json").write_text(content)
    (run,) = list_runs(tmp_path)
    assert run.fault == fault
    assert run.name == "cross"
    shown = printed(list_table([run]))
    assert "broken" in shown
    assert f"{OLD}: {fault}" in shown


def test_run_that_still_writes_did_not_finish(tmp_path: Path) -> None:
    (tmp_path / OLD).mkdir()
    (tmp_path / OLD / "fills.parquet.partial").write_bytes(b"")
    assert read_run(tmp_path / OLD).fault == "did not finish"


def test_strange_values_in_a_summary_are_no_numbers(tmp_path: Path) -> None:
    strange = {
        "pnl": "dear",
        "sharpe": True,
        "denials": 3,
        "accounts": [],
        "basis": 1,
        "stopped": {},
    }
    write_documents(tmp_path / OLD, strange | {"name": "[/red]", "metrics": {"pnl": []}}, {})
    run = read_run(tmp_path / OLD)
    assert run.number("pnl") is None
    assert run.number("sharpe") is None
    assert run.basis.days_per_year == 252
    assert run.stopped == ()
    assert "[/red]" in printed(list_table([run]))
    assert "[/red]" in printed(run_table(run))


def test_run_is_found_by_id_beginning_folder_and_last(tmp_path: Path) -> None:
    folder = finish(tmp_path / OLD)
    finish(tmp_path / NEW)
    assert find_run(tmp_path, OLD).id == OLD
    assert find_run(tmp_path, "20230101").id == OLD
    assert find_run(tmp_path / "elsewhere", str(folder)).id == OLD
    assert find_run(tmp_path, "last").id == NEW


def test_last_is_the_newest_that_is_not_broken(tmp_path: Path) -> None:
    finish(tmp_path / OLD)
    (tmp_path / NEW).mkdir()
    assert find_run(tmp_path, "last").id == OLD
    with pytest.raises(DataError, match=rf"run {NEW}: summary\.json is missing"):
        find_run(tmp_path, NEW)


def test_run_that_is_not_clear_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no finished run"):
        find_run(tmp_path, "last")
    finish(tmp_path / OLD)
    finish(tmp_path / NEW)
    with pytest.raises(UsageError, match=f"begins 2 runs: {NEW}, {OLD}"):
        find_run(tmp_path, "2023")
    with pytest.raises(UsageError, match="runs list"):
        find_run(tmp_path, "1999")


def test_exact_id_wins_over_longer_ones(tmp_path: Path) -> None:
    finish(tmp_path / OLD)
    finish(tmp_path / f"{OLD}-2")
    assert find_run(tmp_path, OLD).id == OLD


def test_first_difference_is_the_first_line_that_differs(tmp_path: Path) -> None:
    one, other = read_run(finish(tmp_path / OLD)), read_run(finish(tmp_path / NEW))
    assert first_difference(one, other) is None
    (one.path / "decisions.log").write_text("a\nb\nc\n")
    assert first_difference(one, other) == (1, "a", "")
    (other.path / "decisions.log").write_text("a\nb\nc\n")
    assert first_difference(one, other) is None
    (other.path / "decisions.log").write_text("a\nb\nd\ne\n")
    assert first_difference(one, other) == (3, "c", "d")


def test_comparison_names_what_differs(tmp_path: Path) -> None:
    one = read_run(finish(tmp_path / OLD, 1_020, digest="a"))
    other = read_run(finish(tmp_path / NEW, 1_050, digest="b"))
    (one.path / "decisions.log").write_text("buy\nsell\n")
    (other.path / "decisions.log").write_text("buy\n" + "x" * 1_000)
    found = compare_runs(one, other)
    assert not found.equal
    assert found.metrics["pnl"] == (20, 50)
    assert found.metrics["sharpe"] == (None, None)
    assert dict(found.config) == {"strategies.0.slow": ("1020", "1050")}
    assert found.decision is not None
    assert (found.decision.line, found.decision.a) == (2, "sell")
    assert len(found.decision.b) == 400
    assert json.loads(json.dumps(found.to_json()))["first_difference"]["line"] == 2


def test_equal_digests_are_equal_and_missing_ones_are_not(tmp_path: Path) -> None:
    one, other = read_run(finish(tmp_path / OLD)), read_run(finish(tmp_path / NEW))
    assert compare_runs(one, other).equal
    silent = [read_run(finish(tmp_path / name, digest=None)) for name in (OLD, NEW)]
    found = compare_runs(*silent)
    assert not found.equal
    assert found.decision is None


def test_nested_settings_become_dotted_keys() -> None:
    nested = {"a": {"b": 1, "c": [1, 2]}, "d": [{"e": None}, [True]], "f": "x", "g": {}}
    assert flat(nested) == {
        "a.b": "1",
        "a.c": "[1, 2]",
        "d.0.e": "null",
        "d.1": "[true]",
        "f": "x",
    }


def test_table_of_a_run_shows_every_metric_and_reason(tmp_path: Path) -> None:
    run = read_run(
        finish(
            tmp_path / OLD,
            assumptions=["No swap is charged."],
            denials={"order_value": 2},
            stopped=[{"strategy": "cross", "error": "ZeroDivisionError: division by zero"}],
        )
    )
    shown = printed(run_table(run))
    assert [d.title for d in DEFINITIONS if d.title not in shown] == []
    for text in (
        "20.00 USD",
        "Profit factor, Average loss: no losing trade",
        "No swap is charged.",
        "order_value: 2",
        "cross: ZeroDivisionError: division by zero",
    ):
        assert text in shown, text


def test_table_of_a_run_of_two_currencies_shows_each_account(tmp_path: Path) -> None:
    run = read_run(finish(tmp_path / OLD, currencies={"main": "USD", "side": "EUR"}))
    shown = printed(run_table(run))
    assert "account main (USD)" in shown
    assert "account side (EUR)" in shown
    assert "20.00 EUR" in shown


def test_table_of_two_runs_shows_the_change(tmp_path: Path) -> None:
    one, other = read_run(finish(tmp_path / OLD, 1_020)), read_run(finish(tmp_path / NEW, 1_050))
    lines = printed(compare_table(one, other)).splitlines()
    row = next(line for line in lines if line.startswith("Profit and loss"))
    assert row.split()[-3:] == ["20.00", "50.00", "+30.00"]
    assert next(line for line in lines if line.startswith("Sharpe")).split()[-2:] == ["n/a", "n/a"]


@pytest.mark.parametrize(
    ("left", "said"),
    [
        ((), "before anything was recorded"),
        (("log.jsonl",), "before anything was recorded"),
        (("journal/000001.segment",), "its journal has what there is"),
    ],
)
def test_live_run_that_was_killed_as_it_began_says_so(
    left: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    folder = tmp_path / "20260101T000000-live-mine"
    folder.mkdir()
    for name in left:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"")
    assert said in read_run(folder).fault
    shown = printed(list_table(list_runs(tmp_path)))
    assert ("Nothing recorded" in shown) == (said == "before anything was recorded")
