"""`lockstep data`, as a person runs it."""

import json
from pathlib import Path

import pytest

from tests.cli.program import Done, lockstep

CSV = "time,bid,ask\n2022-01-03T10:00:00,1.10,1.11\n2022-01-03T10:00:01,1.10,1.12\n"
DEFINED = ("--instrument", "EURUSD.SIM", "--tick", "0.01", "--currency", "USD")


def data(folder: Path, *arguments: str) -> Done:
    return lockstep("data", *arguments, "--catalog", "c", folder=folder)


def test_import_list_check_and_export(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(CSV)
    done = data(tmp_path, "import", "csv", "a.csv", *DEFINED)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("EURUSD.SIM quotes: 2 read, 2 stored, 2022-01-03T10:00:00Z to")
    listed = data(tmp_path, "list")
    assert listed.out.splitlines()[1].split()[:3] == ["EURUSD.SIM", "quotes", "2"]
    assert data(tmp_path, "check").out == "ok     EURUSD.SIM quotes: 2 rows\n"
    done = data(tmp_path, "export", "--instrument", "EURUSD.SIM", "--to", "b.csv")
    assert done.out == "wrote 2 rows of EURUSD.SIM quotes to b.csv\n"
    assert "1.10,1.11" in (tmp_path / "b.csv").read_text()


def test_every_command_answers_with_one_json_object(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(CSV)
    imported = json.loads(data(tmp_path, "import", "csv", "a.csv", *DEFINED, "--json").out)
    assert imported["streams"][0]["stored"] == 2
    (stream,) = json.loads(data(tmp_path, "list", "--json").out)["streams"]
    assert (stream["stream"], stream["rows"]) == ("quotes", 2)
    assert json.loads(data(tmp_path, "check", "--json").out)["clean"] is True
    arguments = ("export", "--instrument", "EURUSD.SIM", "--to", "b.parquet", "--json")
    assert json.loads(data(tmp_path, *arguments).out)["rows"] == 2
    generated = data(tmp_path, "generate", "--instrument", "X.SIM", "--bars", "5", "--json")
    assert json.loads(generated.out)["streams"] == [{"stream": "bars-1m", "rows": 5, "stored": 5}]


def test_refused_import_is_one_line_and_exit_code_2(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(CSV.replace("1.12", "x"))
    done = data(tmp_path, "import", "csv", "a.csv", *DEFINED)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("error: a.csv:3: ")
    assert done.err.count("\n") == 1
    assert list((tmp_path / "c").iterdir()) == []


def test_check_fails_with_exit_code_1_when_something_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(CSV.replace("1.12", "1.09"))
    data(tmp_path, "import", "csv", "a.csv", *DEFINED)
    done = data(tmp_path, "check")
    assert done.code == 1
    assert done.out == (
        "wrong  EURUSD.SIM quotes: crossed (1 of 2 rows), first 2022-01-03T10:00:01Z\n"
    )
    done = data(tmp_path, "check", "--json")
    assert done.code == 1
    assert json.loads(done.out)["streams"][0]["findings"][0]["what"] == "crossed"


def test_options_reach_the_import(tmp_path: Path) -> None:
    lines = ["1;20220103;100001;1,12;1,10;9", "2;20220103;100000;1,12;1,10;9", "\n"]
    (tmp_path / "a.txt").write_text("\n".join(lines))
    said = (
        *("--columns", "date=2,clock=3", "--columns", "ask=4,bid=5", "--no-header"),
        *("--time-format", "%Y%m%d %H%M%S", "--timezone", "Europe/Moscow", "--decimal", ","),
        *("--delimiter", ";", "--sort", "--dry-run", "--json"),
    )
    report = json.loads(data(tmp_path, "import", "csv", "a.txt", *DEFINED, *said).out)
    assert report["dry_run"] is True
    assert report["streams"][0]["out_of_order"] == 1
    assert report["streams"][0]["first"] == 1_641_193_200_000_000_000
    assert json.loads(data(tmp_path, "list", "--json").out)["streams"] == []


def test_warnings_go_to_standard_error(tmp_path: Path) -> None:
    text = "time,received,bid,ask\n2022-01-03T10:00:01,2022-01-03T10:00:00,1.10,1.11\n"
    (tmp_path / "a.csv").write_text(text)
    done = data(tmp_path, "import", "csv", "a.csv", *DEFINED)
    assert done.err.startswith("warning: the recorder's clock is at least 1.000 s behind")
    assert data(tmp_path, "import", "csv", "a.csv", *DEFINED, "--quiet").out == ""


def test_generate_needs_nothing_but_a_catalogue_and_is_repeatable(tmp_path: Path) -> None:
    assert data(tmp_path, "generate").out == ("EURUSD.SIM bars-1m: 250,000 drawn, 250,000 stored\n")
    assert data(tmp_path, "generate").out.endswith("250,000 drawn, 0 stored\n")
    assert data(tmp_path, "check").code == 0
    done = data(tmp_path, "generate", "--quotes", "20", "--trades", "9", "--seed", "2")
    assert done.out.count("\n") == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("list",), "c is no folder; check --catalog"),
        (("import", "xls", "a.csv", *DEFINED), "there is no format 'xls'"),
        (("import", "csv", "a.csv", *DEFINED), "a.csv is no file"),
        (("import", "csv", "a.csv", *DEFINED, "--columns", "x"), "is not FIELD=COLUMN"),
        (("import", "csv", "a.csv", "--instrument", "A.SIM", "--tick", "x"), "--tick 'x' is no"),
        (("import", "csv", "a.csv", "--instrument", "EURUSD"), "is not of the form SYMBOL.VENUE"),
        (("import", "csv", "a.csv"), "--instrument"),
    ],
)
def test_wrong_usage_is_one_line(tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    done = data(tmp_path, *arguments)
    assert done.code == 2
    assert message in done.err
    assert done.err.count("\n") == 1


def test_export_names_the_streams_to_choose_from(tmp_path: Path) -> None:
    data(tmp_path, "generate", "--quotes", "5", "--trades", "5")
    arguments = ("export", "--instrument", "EURUSD.SIM", "--to", "b.csv")
    done = data(tmp_path, *arguments)
    assert (done.code, "quotes, trades; choose one with --stream" in done.err) == (2, True)
    done = data(tmp_path, *arguments, "--stream", "trades", "--start", "2020-01-01")
    assert done.code == 0
    assert data(tmp_path, *arguments, "--stream", "trades", "--start", "x").code == 2


def test_export_into_no_folder_is_refused_in_one_line(tmp_path: Path) -> None:
    assert data(tmp_path, "generate", "--bars", "10").code == 0
    done = data(tmp_path, "export", "--instrument", "EURUSD.SIM", "--to", "gone/b.csv")
    assert (done.code, done.out) == (2, "")
    assert done.err == "error: gone is no folder; make it, or choose another --to\n"
