"""The configuration: its layers, where values come from, and what is refused in which words."""

from pathlib import Path

import pytest

from engine.config import Config, Loaded, inspect, load
from engine.errors import ConfigError

BASIC = """\
[run]
name = "cross"
start = 2022-01-01
end = 2022-12-31
seed = 7

[[accounts]]
id = "main"
venue = "SIM"
currency = "USD"
balance = 10_000

[[strategies]]
class = "strategies.moving_average_cross:MovingAverageCross"
account = "main"
[strategies.parameters]
instrument = "EURUSD.SIM"
slow = 60

[exchange]
fills = "next_open"
fees = { taker_bps = 1.0, maker_bps = 0.5 }

[risk.account.main]
max_order_value = 5_000
"""


def written(folder: Path, text: str, name: str = "cross.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def loaded(folder: Path, text: str, *overrides: str, **environ: str) -> Loaded:
    return load(written(folder, text), overrides, environ)


def config(folder: Path, text: str, *overrides: str, **environ: str) -> Config:
    return loaded(folder, text, *overrides, **environ).config


def problems(folder: Path, text: str, *overrides: str, **environ: str) -> list[str]:
    found = inspect(written(folder, text), overrides, environ)[1]
    return [line.replace(f"{folder}/", "") for line in found]


def test_the_example_of_the_surface_is_read(tmp_path: Path) -> None:
    read = config(tmp_path, BASIC)
    assert (read.run.name, read.run.seed, read.run.catalog) == ("cross", 7, "data/catalog")
    assert read.accounts[0].starting_balances() == {"USD": 10_000.0}
    assert read.strategies[0].parameters == {"instrument": "EURUSD.SIM", "slow": 60}
    assert (read.exchange.fees.taker_bps, read.exchange.fees.maker_bps) == (1.0, 0.5)
    assert read.risk.account["main"].max_order_value == 5_000.0


def test_end_date_includes_its_whole_day(tmp_path: Path) -> None:
    run = config(tmp_path, "[run]\nstart = 2022-01-01\nend = 2022-01-01").run
    assert (run.start_ns, run.end_ns) == (1_640_995_200_000_000_000, 1_641_081_600_000_000_000)


def test_moment_with_an_offset_is_exact_and_exclusive(tmp_path: Path) -> None:
    text = "[run]\nstart = 2022-01-01T03:00:00.000001+03:00\nend = 2022-01-01T00:00:01Z"
    run = config(tmp_path, text).run
    assert (run.start_ns, run.end_ns) == (1_640_995_200_000_001_000, 1_640_995_201_000_000_000)


def test_absent_moments_mean_all_of_the_data(tmp_path: Path) -> None:
    run = config(tmp_path, "").run
    assert (run.start_ns, run.end_ns) == (None, None)


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [("auto", None), ("250ms", 250_000_000), ("15m", 900_000_000_000), ("1d", 86_400_000_000_000)],
)
def test_equity_interval_is_a_span(tmp_path: Path, text: str, nanoseconds: int | None) -> None:
    run = config(tmp_path, "", f"run.equity_interval={text}").run
    assert run.equity_interval_ns == nanoseconds


def test_names_follow_from_the_file_and_the_class(tmp_path: Path) -> None:
    text = '[[accounts]]\nid = "a"\nvenue = "SIM"\n[[strategies]]\nclass = "bots/my.py:MyBot"'
    read = load(written(tmp_path, text, "my run.toml"), (), {}).config
    assert read.run.name == "my-run"
    assert (read.strategies[0].name, read.strategies[0].account) == ("MyBot", "a")


def test_strategy_has_one_account_or_one_at_each_venue(tmp_path: Path) -> None:
    text = f"{TWO_VENUES}accounts = ['b', 'a']\n[[strategies]]\nclass='m:D'\naccount = 'a'"
    assert [each.traded for each in config(tmp_path, text).strategies] == [("b", "a"), ("a",)]


def test_layers_lie_over_each_other_in_their_order(tmp_path: Path) -> None:
    written(tmp_path, '[run]\nname = "base"\nseed = 1\nout = "a"\ncatalog = "a"', "base.toml")
    written(tmp_path, '[run]\nout = "c"\ncatalog = "c"', "cross.local.toml")
    text = 'base = "base.toml"\n[run]\nseed = 2\nout = "b"\ncatalog = "b"'
    found = loaded(
        tmp_path, text, "run.seed=5", LOCKSTEP__RUN__SEED="4", LOCKSTEP__RUN__CATALOG="d"
    )
    run = found.config.run
    assert (run.name, run.out, run.catalog, run.seed) == ("base", "c", "d", 5)
    origins = [str(found.origin(f"run.{key}")) for key in ("name", "out", "catalog", "seed")]
    assert [origin.replace(f"{tmp_path}/", "") for origin in origins] == [
        "base.toml:2",
        "cross.local.toml:2",
        "LOCKSTEP__RUN__CATALOG",
        "--set",
    ]
    assert str(found.origin("run.risk_free")) == "default"


def test_tables_merge_and_lists_are_replaced(tmp_path: Path) -> None:
    written(tmp_path, BASIC, "base.toml")
    text = 'base = "base.toml"\n[exchange]\nfees = { maker_bps = -1 }\n[[accounts]]\n'
    read = config(tmp_path, text + 'id = "main"\nvenue = "OTHER"')
    assert (read.exchange.fees.taker_bps, read.exchange.fees.maker_bps) == (1.0, -1.0)
    assert [(account.venue, account.balance) for account in read.accounts] == [("OTHER", None)]


@pytest.mark.parametrize("entry", ["0", "MovingAverageCross", "movingaveragecross"])
def test_entry_of_a_list_is_set_by_number_or_name(tmp_path: Path, entry: str) -> None:
    found = loaded(tmp_path, BASIC, f"strategies.{entry}.parameters.slow=90")
    assert found.config.strategies[0].parameters["slow"] == 90
    assert str(found.origin("strategies.0.parameters.slow")) == "--set"


def test_variable_finds_keys_whatever_their_case(tmp_path: Path) -> None:
    text = BASIC + '[exchange.instruments."BTCUSDT.BINANCE"]\nfills = "quotes"'
    name = "LOCKSTEP__EXCHANGE__INSTRUMENTS__btcusdt.binance__FILLS"
    read = config(tmp_path, text, **{name: "close", "LOCKSTEP_CORE": "plain"})
    assert read.exchange.rules("BTCUSDT.BINANCE").fills == "close"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("9", 9),
        ("0.5", 0.5),
        ("true", True),
        ('"9"', "9"),
        ("EURUSD.SIM", "EURUSD.SIM"),
        ("a=b", "a=b"),
        ('["a", "b"]', ["a", "b"]),
        ("1\nother = 2", "1\nother = 2"),
        ("", ""),
    ],
)
def test_given_value_is_toml_or_else_text(tmp_path: Path, text: str, value: object) -> None:
    read = config(tmp_path, BASIC, f"strategies.0.parameters.x={text}")
    assert read.strategies[0].parameters["x"] == value


def test_instrument_has_the_rules_of_the_exchange_but_for_its_own(tmp_path: Path) -> None:
    text = BASIC + '[exchange.instruments."BTCUSDT.BINANCE"]\nfees = { taker_bps = 4 }'
    found = loaded(tmp_path, text, "exchange.latency_ms.order=20")
    own = found.config.exchange.rules("BTCUSDT.BINANCE")
    assert (own.fees.taker_bps, own.fees.maker_bps, own.fills) == (4.0, 0.5, "next_open")
    assert own.latency_ms.order == 20.0
    assert found.config.exchange.rules("EURUSD.SIM").fees.taker_bps == 1.0
    origin = found.origin('exchange.instruments."BTCUSDT.BINANCE".fees.maker_bps')
    assert origin == found.origin("exchange.fees.maker_bps")


def test_slippage_of_an_instrument_replaces_that_of_the_exchange(tmp_path: Path) -> None:
    text = "[exchange]\nslippage = { bps = 1 }\n"
    text += '[exchange.instruments."A.B"]\nslippage = { ticks = 2 }'
    slippage = config(tmp_path, text).exchange.rules("A.B").slippage
    assert (slippage.ticks, slippage.bps) == (2, 0.0)


def test_instruments_are_definitions_or_recordings(tmp_path: Path) -> None:
    text = '[instruments]\n"SBER.ALOR" = "SBER.MOEX"\n"SBER.MOEX" = { tick = 0.01 }'
    read = config(tmp_path, text)
    assert read.recordings() == {"SBER.ALOR": "SBER.MOEX"}
    assert read.definitions()["SBER.MOEX"].tick == 0.01


def test_canonical_json_is_one_spelling_of_one_meaning(tmp_path: Path) -> None:
    one = loaded(tmp_path, BASIC).canonical_json()
    lines = BASIC.replace("seed = 7", "seed = 0x7").replace("10_000", "10000.0").splitlines()
    start = lines.index("[exchange]")
    other = loaded(tmp_path, "\n".join([*lines[start:], *lines[:start]])).canonical_json()
    assert one == other
    assert one != loaded(tmp_path, BASIC, "run.seed=8").canonical_json()


TWO_VENUES = (
    "[[accounts]]\nid='a'\nvenue='S'\n[[accounts]]\nid='b'\nvenue='T'\n"
    "[[strategies]]\nclass='m:C'\n"
)
REFUSED = [
    ("[run]\nsede = 1", "cross.toml:2: unknown key run.sede; did you mean seed?"),
    ("[rnu]\nseed = 1", "cross.toml:1: unknown key rnu; did you mean run?"),
    (
        "[report]\nq = 1",
        "cross.toml:2: unknown key report.q; known here: html, standalone",
    ),
    ("[run]\nseed = 1.5", "cross.toml:2: run.seed is 1.5; give a whole number at least 0"),
    ("[run]\nseed = -1", "cross.toml:2: run.seed is -1; give a whole number at least 0"),
    ("[run]\nseed = true", "cross.toml:2: run.seed is true; give a whole number"),
    ("[run]\nout = ''", "cross.toml:2: run.out is ''; give text that is not empty"),
    ("run = 3", "cross.toml:1: run is 3; give a table"),
    ("[run]\nname = 'a/b'", "run.name is 'a/b'; give text (letters, digits, dot"),
    ("[run]\nstart = 2022-01-01T00:00:00", "no offset; write 2022-01-01T00:00:00Z for UTC"),
    ("[run]\nstart = 7", "run.start: 7 is no date; write 2022-01-31 or"),
    ("[run]\nstart = '2022-13-01'", "run.start: '2022-13-01' is no date"),
    ("[run]\nstart = 2022-02-01\nend = 2022-01-01", "cross.toml:3: run.end 2022-01-01 is not"),
    ("[run]\nequity_interval = '15 minutes'", "give text (auto, or a span such as 15m or 1d)"),
    ("[run]\nrisk_free = nan", "run.risk_free is nan; give a number"),
    (
        "[exchange.queue]\nmodel = 'log'\nform = 'complement'",
        "queue.model log has no form complement",
    ),
    ("[exchange]\nfills = 'next'", "give auto, next_open, close, ohlc_path, quotes or book"),
    ("[exchange]\nparticipation = 0", "give a number above 0 and at most 1"),
    ("[exchange]\nslippage = { ticks = 1, bps = 1 }", "exchange.slippage has both ticks and bps"),
    ("[control]\nport = 80", "control.port opens TCP, which needs a control.token; add it"),
    (
        "[alerts.levels]\nstale_feed = 'info'",
        "stale_feed is no kind of alert; did you mean stalled?",
    ),
    ("[alerts.levels]\nstalled = 'high'", "give info, warning or critical"),
    ("[control]\ntoken = 'abc'", "control.token is not by reference; give"),
    ("[exchange.instruments.'BTCUSDT']", "instrument 'BTCUSDT' is not of the form SYMBOL.VENUE"),
    (
        "[exchange]\nswap = { long = 1, short = 1, timezone = 'X' }",
        "cross.toml:2: exchange.swap: time zone 'X' is unknown",
    ),
    (
        "[exchange]\nclearing = { times = ['25:00'] }",
        "exchange.clearing.times is ['25:00']; give a list of text (HH:MM)",
    ),
    ("[exchange]\nfunding = { rate_bps = 1, interval = '5ms' }", "a span such as 30m, 8h or 1d"),
    ("[instruments]\n'A.B' = 'C'", "cross.toml:2: instrument 'C' is not of the form"),
    ("[[accounts]]\nid = 'a'", "cross.toml:1: accounts.0.venue is missing; add venue = ..."),
    ("[accounts]\nid = 'a'", "accounts is {'id': 'a'}; give a list of"),
    (
        "[[accounts]]\nid='a'\nvenue='S'\n[[accounts]]\nid='a'\nvenue='S'",
        "cross.toml:4: accounts has two of the id a; give each its own id",
    ),
    (
        "[[accounts]]\nid='a'\nvenue='S'\nbalance=1\nbalances={EUR=1}",
        "cross.toml:5: account a has both balance and balances; keep one",
    ),
    (
        "[[accounts]]\nid='main'\nvenue='S'\n[[strategies]]\nclass='m:C'\naccount='mian'",
        "cross.toml:6: strategy C trades on account mian, which is not in the configuration; did",
    ),
    ("[[strategies]]\nclass='m:C'\naccount='x'", "it may be none: add it"),
    (TWO_VENUES, "cross.toml:7: strategy C trades on no account; give it one of a, b"),
    (f"{TWO_VENUES}account='a'\naccounts=['a','b']", "trades on account and on accounts; keep one"),
    (f"{TWO_VENUES}accounts=['a','bb']", "cross.toml:9: strategy C trades on account bb, which"),
    (
        TWO_VENUES.replace("'T'", "'S'") + "accounts=['a','b']",
        "cross.toml:9: strategy C trades on two accounts at S, a and b; keep one",
    ),
    ("[[strategies]]\nclass='m.C'\naccount='x'", "give text (module:Class or path.py:Class)"),
    ("[risk.account.x]\nmax_gross = 1", "cross.toml:1: risk.account.x limits account x, which"),
    ("[risk.strategy.x]", "risk.strategy.x limits strategy x, which is not in the"),
    ("[risk.firm]\nmax_weekly_loss = 1", "unknown key risk.firm.max_weekly_loss"),
    ("[risk.firm]\nmin_price = 2\nmax_price = 1", "cross.toml:3: risk.firm: max_price 1 is below"),
    ("[risk.instrument.'A.B']\nmax_order_value = 0", "give a number above 0"),
    ("[run]\nseed = ", "cross.toml: invalid value (at end of document); mend the TOML there"),
    ("base = 3", "cross.toml: base is 3; give the path of another configuration file"),
    ("base = 'gone.toml'", "gone.toml: cannot be read (No such file or directory); check the path"),
    ("base = 'cross.toml'", "cross.toml: base leads back to itself or is over 8 deep; remove one"),
]


@pytest.mark.parametrize(("text", "line"), REFUSED)
def test_wrong_file_is_refused_in_one_line(tmp_path: Path, text: str, line: str) -> None:
    found = problems(tmp_path, text)
    assert len(found) == 1
    assert line in found[0]
    assert "\n" not in found[0]


@pytest.mark.parametrize(
    ("override", "line"),
    [
        ("run.seed", "--set run.seed: is not of the form section.key=value; write run.seed=7"),
        ("=7", "--set =7: is not of the form section.key=value"),
        ("run..seed=7", "--set run..seed=7: is not of the form"),
        ("run.sed=7", "--set: unknown key run.sed; did you mean seed?"),
        ("run.seed.x=7", "--set: run.seed.x is inside a value; run.seed is no table"),
        ("run=7", "--set: run is 7; give a table"),
        ("accounts.1.balance=7", "--set: accounts has no entry 1; it has main, or count from 0"),
        ("strategies.x.account=a", "--set: strategies has no entry x; it has movingaveragecross"),
    ],
)
def test_wrong_override_is_refused_in_one_line(tmp_path: Path, override: str, line: str) -> None:
    found = problems(tmp_path, BASIC, override)
    assert len(found) == 1
    assert found[0].startswith(line)


def test_wrong_variable_is_named(tmp_path: Path) -> None:
    assert problems(tmp_path, BASIC, LOCKSTEP__RUN__SEED="x") == [
        (
            "LOCKSTEP__RUN__SEED: run.seed is 'x'; give a whole number at least 0 "
            "and at most 9223372036854775807"
        )
    ]
    assert problems(tmp_path, BASIC, LOCKSTEP__RUN____SEED="1") == [
        "LOCKSTEP__RUN____SEED: a key is empty; name the variable like LOCKSTEP__RUN__SEED"
    ]


def test_every_problem_is_found_and_none_twice(tmp_path: Path) -> None:
    text = "[run]\nseed = 'x'\nfoo = 1\n[exchange]\nfills = 'tape'\n[exchange.instruments.'A.B']\n"
    places = [line.split(": ")[0] for line in problems(tmp_path, text)]
    assert sorted(places) == ["cross.toml:2", "cross.toml:3", "cross.toml:5"]


def test_load_raises_the_first_problem_and_counts_the_others(tmp_path: Path) -> None:
    path = written(tmp_path, "[run]\nseed = 'x'\nfoo = 1")
    with pytest.raises(ConfigError) as caught:
        load(path, (), {})
    assert str(caught.value).startswith(f"{path}:3: unknown key run.foo; known here: name, ")
    assert str(caught.value).endswith(f" (and 1 more: lockstep config check {path})")


def test_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cross.toml"
    path.write_bytes(b"\xff\xfe")
    assert inspect(path, (), {})[1] == (f"{path}: is not UTF-8 text; save it as UTF-8",)
    path.write_bytes(b"#" * 4_000_001)
    assert inspect(path, (), {})[1] == (f"{path}: is over 4000000 bytes; this is no configuration",)


def test_dates_of_a_calendar_may_be_written_bare(tmp_path: Path) -> None:
    text = '[instruments."A.B".calendar]\ntimezone = "Europe/Moscow"\nholidays = [2022-01-03]'
    calendar = config(tmp_path, text).definitions()["A.B"].calendar
    assert calendar is not None
    assert (calendar.timezone, calendar.holidays) == ("Europe/Moscow", ("2022-01-03",))


def test_scheduled_cash_is_read_with_its_defaults(tmp_path: Path) -> None:
    text = "[exchange]\nswap = { long = -5, short = 2 }\nfunding = { rate_bps = 1 }\n"
    exchange = config(tmp_path, text + 'clearing = { times = ["14:00"] }').exchange
    assert exchange.swap is not None
    assert exchange.clearing is not None
    assert exchange.funding is not None
    assert (exchange.swap.triple, len(exchange.swap.days)) == ("wed", 5)
    assert (exchange.clearing.times, len(exchange.clearing.days)) == (("14:00",), 7)
    assert exchange.funding.interval_ns == 28_800_000_000_000
