"""What is odd in a recording is counted or refused, with the line and the option that mends it."""

from pathlib import Path
from typing import Any

import pytest

from engine.errors import ConfigError, DataError
from tests.recorded.importing import CENTS, Desk, minutes, only

AS_BARS: dict[str, Any] = {"bar": "1m", "label": "start"}
BAR_HEADER = "time,open,high,low,close,volume\n"
QUOTE_HEADER = "time,bid,ask\n"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def bar_lines(times: list[str], price: float = 1.1) -> list[str]:
    return [f"{time},{price},{price},{price},{price},1\n" for time in times]


def bar_file(desk: Desk, lines: list[str], name: str = "a.csv") -> Path:
    return desk.write(name, BAR_HEADER + "".join(lines))


def test_artefacts_of_doubles_are_rounded_to_15_digits_and_counted(desk: Desk) -> None:
    line = "2022-01-03 10:00,1.1400000000000001,1.3900000000000001,1.1,1.14,1\n"
    report = desk.run("csv", bar_file(desk, [line]), **AS_BARS)
    assert only(report).rounded == 2
    assert report.price_digits == 2
    assert desk.rows("bars", "1m")[0][3:7] == [1.14, 1.39, 1.1, 1.14]


def test_trailing_zeros_are_no_digits(desk: Desk) -> None:
    line = "2022-01-03 10:00,226.8800000,230.0000000,226.35,227.4,1\n"
    report = desk.run("csv", bar_file(desk, [line]), **AS_BARS)
    assert (report.price_digits, only(report).rounded) == (2, 0)


def test_prices_off_the_grid_are_kept_and_counted(desk: Desk) -> None:
    text = QUOTE_HEADER + "2022-01-03,10.25,10.50\n2022-01-04,10.30,10.50\n2022-01-05,10.35,10.4\n"
    report = desk.run(
        "csv", desk.write("a.csv", text), definition={"tick": 0.25, "currency": "USD"}
    )
    assert only(report).off_grid == 2
    assert only(report).first_off_grid == "a.csv:3"
    assert [row[2:4] for row in desk.rows("quotes")] == [[10.25, 10.5], [10.3, 10.5], [10.35, 10.4]]


def test_each_band_of_a_tick_table_has_its_own_grid(desk: Desk) -> None:
    bands = {"tick": [[0, 0.01], [10, 0.05]], "currency": "USD"}
    text = QUOTE_HEADER + "2022-01-03,9.99,10.05\n2022-01-04,10.00,10.01\n"
    assert only(desk.run("csv", desk.write("a.csv", text), definition=bands)).off_grid == 1


def test_more_decimals_than_a_stored_instrument_has_are_refused(desk: Desk) -> None:
    desk.run("csv", desk.write("a.csv", QUOTE_HEADER + "2022-01-03,1.10,1.11\n"))
    path = desk.write("b.csv", QUOTE_HEADER + "2022-01-04,1.105,1.11\n")
    with pytest.raises(DataError, match=r"b\.csv:2: bid 1\.105 needs 3 decimals.*--price-digits"):
        desk.run("csv", path)


def test_price_digits_said_beforehand_leave_room(desk: Desk) -> None:
    facts = {**CENTS, "price_digits": 3}
    path = desk.write("a.csv", QUOTE_HEADER + "2022-01-03,1.10,1.11\n")
    assert desk.run("csv", path, definition=facts).price_digits == 3
    desk.run("csv", desk.write("b.csv", QUOTE_HEADER + "2022-01-04,1.105,1.11\n"))
    assert [row[2] for row in desk.rows("quotes")] == [1.1, 1.105]


def test_more_decimals_than_can_be_stored_are_refused(desk: Desk) -> None:
    path = desk.write("a.csv", QUOTE_HEADER + "2022-01-03,0.0000000000001,1.11\n")
    with pytest.raises(DataError, match=r"bid 1e-13 has 13 decimals, 12 at most"):
        desk.run("csv", path)


def test_volumes_too_fine_to_store_are_rounded_when_asked(desk: Desk) -> None:
    lines = bar_lines(minutes("2022-01-03T10:00", 2))
    lines[0] = lines[0].replace(",1\n", ",102949891.4118\n")
    lines[1] = lines[1].replace(",1\n", ",289169.9847625\n")
    path = bar_file(desk, lines)
    with pytest.raises(DataError, match=r"a\.csv:2: volume 102949891\.4118 .* --quantity-digits"):
        desk.run("csv", path, **AS_BARS)
    report = desk.run("csv", path, **AS_BARS, quantity_digits=4)
    assert only(report).rounded == 1
    assert [row[7] for row in desk.rows("bars", "1m")] == [102949891.4118, 289169.9848]


def test_impossible_bars_are_refused_with_the_order_that_fits(desk: Desk) -> None:
    text = "ticker,time,Open,High,Low,Close,Volume\n"
    text += "".join(f"X,{time},10,11,12,9,5\n" for time in minutes("2022-01-03T10:00", 3))
    path = desk.write("a.csv", text)
    with pytest.raises(DataError) as refused:
        desk.run("csv", path, **AS_BARS)
    message = str(refused.value)
    assert "a.csv:2: impossible bar, open 10.0 high 11.0 low 12.0 close 9.0 (3 of 3 rows" in message
    advice = "--columns open=Open,close=High,high=Low,low=Close"
    assert advice in message
    assert desk.catalogue.instruments() == ()
    chosen = dict(pair.split("=") for pair in advice.removeprefix("--columns ").split(","))
    desk.run("csv", path, **AS_BARS, columns=chosen)
    assert desk.rows("bars", "1m")[0][3:7] == [10, 12, 9, 11]


def test_impossible_bar_that_no_order_mends_is_refused(desk: Desk) -> None:
    good, bad = "2022-01-03 10:00,2,3,1,2,1\n", "2022-01-03 10:01,2,1,3,2,1\n"
    with pytest.raises(DataError, match=r"a\.csv:3: impossible bar.*mend or remove the row"):
        desk.run("csv", bar_file(desk, [good, bad]), **AS_BARS)


def test_crossed_quotes_are_kept_and_counted(desk: Desk) -> None:
    text = QUOTE_HEADER + "2022-01-03,1.12,1.11\n2022-01-04,1.11,1.11\n2022-01-05,,1.11\n"
    report = desk.run("csv", desk.write("a.csv", text))
    assert only(report).crossed == 1
    assert [row[2:4] for row in desk.rows("quotes")] == [[1.12, 1.11], [1.11, 1.11], [None, 1.11]]


def test_repeated_bars_are_refused_and_dropped_when_asked(desk: Desk) -> None:
    lines = bar_lines(minutes("2022-01-03T10:00", 4))
    path = bar_file(desk, [*lines[:3], *lines[1:]])  # a block of two comes again
    with pytest.raises(DataError, match=r"a\.csv:5: .*exact copy .*2 such.*--drop-duplicates"):
        desk.run("csv", path, **AS_BARS)
    assert desk.catalogue.instruments() == ()
    report = desk.run("csv", path, **AS_BARS, drop_duplicates=True)
    assert (only(report).rows_read, only(report).stored) == (6, 4)
    assert only(report).duplicates_dropped == 2


def test_two_bars_of_one_time_that_differ_are_refused_whatever_is_asked(desk: Desk) -> None:
    times = minutes("2022-01-03T10:00", 2)
    path = bar_file(desk, [*bar_lines(times), *bar_lines(times[1:], price=1.2)])
    policies: list[dict[str, Any]] = [{}, {"drop_duplicates": True}]
    for said in [*policies, {"drop_duplicates": True, "sort": True}]:
        with pytest.raises(DataError, match=r"a\.csv:4: another bar for .* than a\.csv:3"):
            desk.run("csv", path, **AS_BARS, **said)


def test_repeated_bars_are_found_across_files(desk: Desk) -> None:
    one = bar_file(desk, bar_lines(minutes("2022-01-03T10:00", 3)), "1.csv")
    two = bar_file(desk, bar_lines(minutes("2022-01-03T10:02", 3)), "2.csv")
    with pytest.raises(DataError, match=r"2\.csv:2: .*exact copy"):
        desk.run("csv", one, two, **AS_BARS)
    report = desk.run("csv", one, two, **AS_BARS, drop_duplicates=True)
    assert (only(report).stored, only(report).duplicates_dropped) == (5, 1)


def test_repeated_quotes_are_kept_and_counted_or_dropped_when_asked(desk: Desk) -> None:
    lines = ["2022-01-03,1.10,1.11\n", "2022-01-03,1.10,1.12\n", "2022-01-03,1.10,1.12\n"]
    path = desk.write("a.csv", QUOTE_HEADER + "".join(lines))
    report = desk.run("csv", path)
    assert (only(report).stored, only(report).duplicates_kept) == (3, 1)
    report = desk.run("csv", path, instrument="B.SIM", drop_duplicates=True)
    assert (only(report).stored, only(report).duplicates_dropped) == (2, 1)


def test_trades_are_repeated_only_by_their_id(desk: Desk) -> None:
    path = desk.write("a.csv", "time,price,size\n" + "2022-01-03,1.10,5\n" * 2)
    assert only(desk.run("csv", path)).stored == 2
    rows = ["2022-01-03,1.10,5,a\n", "2022-01-04,1.10,5,b\n", "2022-01-03,1.10,5,a\n"]
    text = "time,price,size,id\n" + rows[0] + rows[0] + rows[1]
    path = desk.write("b.csv", text)
    with pytest.raises(DataError, match=r"b\.csv:3: the trade .* exact copy.*--drop-duplicates"):
        desk.run("csv", path, instrument="B.SIM")
    report = desk.run("csv", path, instrument="B.SIM", drop_duplicates=True)
    assert (only(report).stored, only(report).duplicates_dropped) == (2, 1)


def test_time_that_goes_back_is_refused_and_sorted_when_asked(desk: Desk) -> None:
    lines = bar_lines(minutes("2022-01-03T10:00", 4))
    path = bar_file(desk, [lines[0], lines[3], lines[1], lines[2]])
    with pytest.raises(DataError, match=r"a\.csv:4: time goes back from .*10:03:00Z.*--sort"):
        desk.run("csv", path, **AS_BARS)
    report = desk.run("csv", path, **AS_BARS, sort=True)
    assert only(report).out_of_order == 2
    opens = [row[0] for row in desk.rows("bars", "1m")]
    assert opens == sorted(opens)


def test_sorting_keeps_the_order_of_rows_of_one_time(desk: Desk) -> None:
    text = QUOTE_HEADER + "2022-01-04,3,4\n2022-01-03,1,2\n2022-01-03,2,3\n"
    desk.run("csv", desk.write("a.csv", text), sort=True)
    assert [row[2] for row in desk.rows("quotes")] == [1, 2, 3]


def test_line_is_named_after_sorting_and_across_files(desk: Desk) -> None:
    one = bar_file(desk, bar_lines(minutes("2022-01-03T10:01", 1)), "1.csv")
    two = bar_file(desk, bar_lines(minutes("2022-01-03T10:00", 2), price=2.0), "2.csv")
    with pytest.raises(DataError, match=r"2\.csv:3: another bar for .* than 1\.csv:2"):
        desk.run("csv", one, two, **AS_BARS, sort=True)


def test_clock_behind_the_venue_is_reported_and_corrected_when_asked(desk: Desk) -> None:
    text = "time,received,bid,ask\n"
    for second, delay in ((1, -1.25), (2, -1.2), (3, -1.1)):
        received = f"2022-01-03T10:00:0{second + delay:.2f}"
        text += f"2022-01-03T10:00:0{second},{received},1.10,1.11\n"
    path = desk.write("a.csv", text.replace("10:00:0-0.25", "09:59:59.75"))
    report = desk.run("csv", path)
    assert report.skew is not None
    assert (report.skew.minimum, report.skew.median) == (-1_250_000_000, -1_200_000_000)
    assert report.skew.corrected == 0
    (warning,) = report.warnings
    assert "at least 1.250 s behind" in warning
    assert "--correct-skew" in warning
    assert desk.rows("quotes")[0][1] == "2022-01-03T09:59:59.750Z"
    corrected = desk.run("csv", path, instrument="B.SIM", correct_skew=True)
    assert corrected.skew is not None
    assert corrected.skew.corrected == 1_250_000_000
    assert corrected.warnings == ()
    arrivals = [row[1] for row in desk.rows("quotes", instrument="B.SIM")]
    assert arrivals[0] == "2022-01-03T10:00:01Z"
    assert arrivals[2] == "2022-01-03T10:00:03.150Z"


def test_clock_that_runs_ahead_is_measured_and_left_alone(desk: Desk) -> None:
    text = "time,received,bid,ask\n2022-01-03T10:00:00,2022-01-03T10:00:02,1,2\n"
    report = desk.run("csv", desk.write("a.csv", text), correct_skew=True)
    assert report.skew is not None
    assert (report.skew.minimum, report.skew.corrected) == (2_000_000_000, 0)
    assert report.warnings == ()


def week(zone_shift_hours: int) -> list[str]:
    """Return hourly bars of a week of New York stocks, shown by a clock that is off."""
    days = ["2022-01-03", "2022-01-04", "2022-01-05", "2022-01-06", "2022-01-07"]
    return [
        time for day in days for time in minutes(f"{day}T{9 + zone_shift_hours:02}:30", 65, step=6)
    ]


def test_wrong_zone_is_suspected_from_the_trading_hours(desk: Desk) -> None:
    facts = {**CENTS, "calendar": "us-equities"}
    path = bar_file(desk, bar_lines(week(0)))
    said = {"bar": "6m", "label": "start"}
    report = desk.run("csv", path, definition=facts, timezone="UTC", **said)
    (warning,) = report.warnings
    assert "read as UTC" in warning
    assert "0 when read as America/New_York: check --timezone" in warning
    right = {"timezone": "America/New_York", "instrument": "B.SIM", **said}
    assert desk.run("csv", path, definition=facts, **right).warnings == ()


@pytest.mark.parametrize(
    ("first", "label", "suspected"),
    [("10:00", "end", 1), ("10:05", "start", 1), ("10:00", "start", 0), ("10:05", "end", 0)],
)
def test_wrong_bar_label_is_suspected_from_how_sessions_start(
    desk: Desk, first: str, label: str, suspected: int
) -> None:
    times = [t for day in range(10, 25) for t in minutes(f"2022-01-{day}T{first}", 60, step=5)]
    report = desk.run("csv", bar_file(desk, bar_lines(times)), bar="5m", label=label)
    assert len(report.warnings) == suspected
    assert all("check --label" in warning for warning in report.warnings)


def test_refused_import_leaves_what_was_stored(desk: Desk) -> None:
    desk.run("csv", bar_file(desk, bar_lines(minutes("2022-01-03T10:00", 3)), "1.csv"), **AS_BARS)
    before = desk.rows("bars", "1m")
    other = bar_file(desk, bar_lines(minutes("2022-01-03T10:02", 3), price=1.2), "2.csv")
    with pytest.raises(DataError, match=r"disagrees at .*nothing was stored; add --replace"):
        desk.run("csv", other, **AS_BARS)
    assert desk.rows("bars", "1m") == before
    report = desk.run("csv", other, **AS_BARS, replace=True)
    assert (only(report).stored, only(report).removed) == (3, 1)


def test_importing_twice_changes_nothing(desk: Desk) -> None:
    path = bar_file(desk, bar_lines(minutes("2022-01-03T10:00", 3)))
    desk.run("csv", path, **AS_BARS)
    before = {file: file.stat().st_mtime_ns for file in desk.catalogue.path.rglob("*.parquet")}
    report = desk.run("csv", path, **AS_BARS, definition=None)
    assert (only(report).stored, only(report).unchanged) == (0, 3)
    after = {file: file.stat().st_mtime_ns for file in desk.catalogue.path.rglob("*.parquet")}
    assert after == before


def test_dry_run_reports_and_stores_nothing(desk: Desk) -> None:
    path = bar_file(desk, bar_lines(minutes("2022-01-03T10:00", 3)))
    report = desk.run("csv", path, **AS_BARS, dry_run=True)
    assert (report.dry_run, only(report).stored) == (True, 3)
    assert desk.catalogue.instruments() == ()


def test_progress_counts_rows(desk: Desk) -> None:
    from backtest.importers import ImportOptions, ImportRequest, import_files

    path = bar_file(desk, bar_lines(minutes("2022-01-03T10:00", 3)))
    request = ImportRequest(
        format="csv",
        files=(path,),
        instrument="A.SIM",
        definition=CENTS,
        options=ImportOptions(bar="1m", label="start"),
    )
    seen: list[int] = []
    import_files(desk.catalogue, request, seen.append)
    assert seen == [3]


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({}, "is not in the catalogue yet and has no tick; add --tick"),
        ({"tick": 0.01}, "has no currency; add --currency"),
        ({**CENTS, "tik": 1}, "there is no fact 'tik'"),
        ({**CENTS, "calendar": "mars"}, "there is no calendar 'mars'; calendars are always, fx"),
        ({**CENTS, "tick": -1.0}, "tick"),
    ],
)
def test_instrument_that_is_not_defined_is_refused(
    desk: Desk, facts: dict[str, object], message: str
) -> None:
    path = bar_file(desk, bar_lines(minutes("2022-01-03T10:00", 3)))
    with pytest.raises(DataError) as refused:
        desk.run("csv", path, **AS_BARS, definition=facts)
    assert message in str(refused.value)


def test_unknown_format_names_the_known_ones(desk: Desk) -> None:
    with pytest.raises(DataError, match="there is no format 'xls'; formats are csv, histdata"):
        desk.run("xls", desk.write("a.csv", ""))


def test_definition_may_stand_in_a_file(desk: Desk) -> None:
    from backtest.importers import ImportOptions, ImportRequest, import_files

    path = bar_file(desk, bar_lines(minutes("2022-01-03T10:00", 3)))
    toml = desk.write("i.toml", 'tick = 0.05\ncurrency = "RUB"\ncalendar = "moex-equities"\n')
    request = ImportRequest(
        format="csv",
        files=(path,),
        instrument="A.SIM",
        definition={"tick": 0.01},
        definition_file=toml,
        options=ImportOptions(bar="1m", label="start"),
    )
    import_files(desk.catalogue, request)
    stored = desk.catalogue.instrument("A.SIM")
    assert (stored.tick_at(1.0), stored.currency, stored.calendar.timezone) == (
        0.01,
        "RUB",
        "Europe/Moscow",
    )


def test_finer_tick_than_was_stored_is_refused(desk: Desk) -> None:
    path = bar_file(desk, bar_lines(minutes("2022-01-03T10:00", 3)))
    desk.run("csv", path, **AS_BARS)
    with pytest.raises(ConfigError, match="import the data again"):
        desk.run("csv", path, **AS_BARS, definition={"tick": 0.001})


def test_other_facts_than_were_stored_are_refused(desk: Desk) -> None:
    path = bar_file(desk, bar_lines(minutes("2022-01-03T10:00", 3)))
    desk.run("csv", path, **AS_BARS)
    with pytest.raises(DataError, match="currency = 'USD', the new data says 'EUR'"):
        desk.run("csv", path, **AS_BARS, definition={"currency": "EUR"})
