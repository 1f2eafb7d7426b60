"""Timers, sessions and built bars of strategies, in engine time."""

from collections.abc import Callable

import pytest

from engine.kernel import TimersDue
from engine.model.calendar import Calendar, Session
from engine.model.instrument import Instrument
from engine.model.market import Bar, QuoteTick, TradeTick
from engine.model.zones import SECOND_NS
from engine.strategy.context import SessionChange, Timer
from engine.timers import Phase
from engine.wakes import Every, MidMoved, Never, TouchChanged
from tests.unit.rig import ABC, MINUTE, START, TICKS, XYZ, Probe, Rig, fail, names, on

DAILY = Instrument.define(
    "DAY.SIM",
    tick="0.01",
    currency="USD",
    calendar=Calendar(sessions=(Session((0, 1, 2, 3, 4), "09:00", "17:00"),)),
)
HOUR = 60 * MINUTE


class Clocked(Probe):
    """A probe that keeps the name of each timer and when it fired."""

    def __init__(self, start: Callable[[Probe], object]) -> None:
        super().__init__(start)
        self.fired: list[tuple[str, float]] = []

    def on_timer(self, timer: Timer) -> None:
        self.fired.append((timer.name, (self.now - START) / SECOND_NS))


def test_every_fires_at_multiples_of_its_step_since_the_epoch() -> None:
    probe = Clocked(lambda p: p.every(0.25, "fast"))
    rig = Rig(probe, started=False)
    rig.kernel.clock.now = START + SECOND_NS // 10
    rig.start()
    rig.wait(SECOND_NS * 4 // 5)
    assert probe.fired == [("fast", 0.25), ("fast", 0.5), ("fast", 0.75)]


def test_at_fires_once_and_at_once_if_its_time_is_past() -> None:
    probe = Clocked(lambda p: (p.at(START + SECOND_NS, "soon"), p.at(START - 5, "past")))
    rig = Rig(probe)
    rig.wait(10 * SECOND_NS)
    assert probe.fired == [("past", 0.0), ("soon", 1.0)]


def test_cron_fires_at_local_times() -> None:
    probe = Clocked(lambda p: p.cron("30 9 * * mon-fri", "America/New_York", "open"))
    rig = Rig(probe)
    rig.wait(48 * HOUR)
    assert probe.fired == [("open", 14.5 * 3600), ("open", 38.5 * 3600)]


def test_timers_of_one_time_fire_in_the_order_in_which_they_were_set() -> None:
    probe = Clocked(lambda p: [p.at(START + 5, name) for name in "bca"])
    rig = Rig(probe)
    rig.wait(5)
    assert [name for name, _ in probe.fired] == ["b", "c", "a"]


def test_canceled_timer_does_not_fire_even_from_inside_another() -> None:
    def start(probe: Probe) -> None:
        first = probe.every(1, "first")
        second = probe.every(1, "second")

        def act(_probe: Probe, event: object) -> None:
            heard.append(event)
            if event is first:
                probe.cancel_timer(second)
                probe.cancel_timer(first)

        probe.act = act

    heard: list[object] = []
    rig = Rig(Probe(start))
    rig.wait(5 * SECOND_NS)
    assert [getattr(event, "name", "") for event in heard] == ["first"]


def test_timer_says_when_it_fires_next() -> None:
    rig = Rig()
    timer = rig.do(lambda probe: probe.every(10, "slow"))
    assert timer.ts == START + 10 * SECOND_NS
    rig.wait(10 * SECOND_NS)
    assert timer.ts == START + 20 * SECOND_NS


def test_timer_asked_for_in_a_timer_at_the_same_time_fires_in_the_same_round() -> None:
    def act(probe: Probe, event: object) -> None:
        names_heard.append(getattr(event, "name", ""))
        if getattr(event, "name", "") == "outer":
            probe.at(probe.now, "inner")

    names_heard: list[str] = []
    rig = Rig(Probe(lambda p: p.at(START + 5, "outer"), act))
    rig.kernel.process(TimersDue(START + 5))
    assert names_heard == ["outer", "inner"]


def test_order_from_a_timer_is_gated_at_the_timers_time() -> None:
    rig = Rig(Probe(lambda p: p.at(START + 7, "go"), on(Timer, lambda p: p.buy(ABC.id, 1))))
    rig.trade(100.0, after=0)
    rig.wait(HOUR)
    assert [each.ts for each in rig.wire.orders] == [START + 7]


def test_engine_time_does_not_go_back_when_timers_are_late() -> None:
    seen: list[int] = []
    rig = Rig(Probe(act=on(Timer, lambda p: seen.append(p.now))))
    rig.trade(100.0)
    rig.kernel.timers.schedule(START, Phase.TIMER, lambda _ts: seen.append(rig.now))
    rig.kernel.process(TimersDue(START))
    assert seen == [START + SECOND_NS]
    assert rig.now == START + SECOND_NS


def test_faults_of_a_timer_stop_the_strategy_and_its_other_timers() -> None:
    rig = Rig(Probe(lambda p: (p.every(1, "a"), p.every(1, "b")), on(Timer, fail)))
    rig.wait(3 * SECOND_NS)
    assert len(rig.probe.heard) == 1
    assert len(rig.stops) == 1


# Sessions


class Watcher(Probe):
    """A probe that trades an instrument with sessions."""

    def on_start(self) -> None:
        self.subscribe_trades(DAILY.id)
        self.subscribe_quotes(DAILY.id)


def test_openings_and_closings_are_heard_at_their_times() -> None:
    rig = Rig(Watcher(), instruments=(DAILY,))
    rig.wait(4 * 24 * HOUR + 23 * HOUR)
    changes = [((e.ts_event - START) / HOUR, e.is_open) for e in rig.probe.of(SessionChange)]
    assert changes == [
        (24 * day + hour, hour == 9) for day in range(5) for hour in (9, 17)
    ]  # fmt: skip
    rig.wait(2 * 24 * HOUR)  # over the weekend
    assert len(rig.probe.of(SessionChange)) == 10


def test_session_of_an_instrument_that_nobody_subscribed_is_not_heard() -> None:
    rig = Rig(Probe(lambda p: p.subscribe_trades(ABC.id)), instruments=(ABC, DAILY))
    rig.wait(24 * HOUR)
    assert rig.probe.heard == []


# Wakes


def quoted(rig: Rig, *quotes: tuple[float, float]) -> None:
    for bid, ask in quotes:
        rig.quote(bid, ask)


@pytest.mark.parametrize(
    ("wake", "heard"),
    [(TouchChanged(), 3), (MidMoved(2), 2), (Every(2), 3), (Never(), 0)],
)
def test_wake_limits_calls_but_never_what_can_be_read(
    wake: TouchChanged | MidMoved | Every | Never, heard: int
) -> None:
    rig = Rig(Probe(lambda p: p.subscribe_quotes(ABC.id, wake)))
    quoted(rig, (99, 99.02), (99, 99.02), (99, 99.04), (99.02, 99.04))
    assert len(rig.probe.of(QuoteTick)) == heard
    quote = rig.probe.quote(ABC.id)
    assert quote is not None
    assert (quote.bid, quote.ask, rig.probe.mark(ABC.id)) == (99.02, 99.04, 99.03)


# Bars that are built


def hear_bars(spec: str, *, trades: bool = False, timer: bool = False) -> Probe:
    def start(probe: Probe) -> None:
        if trades:
            probe.subscribe_trades(ABC.id)
        probe.subscribe_bars(ABC.id, spec)
        if timer:
            probe.every(120, "timer")

    return Probe(start)


def test_built_bar_comes_after_the_trades_and_before_the_timers_of_its_close() -> None:
    rig = Rig(hear_bars("2m", trades=True, timer=True), streams=TICKS)
    rig.trade(100.0)
    rig.trade(101.0, after=2 * MINUTE - SECOND_NS)
    rig.wait(0)
    assert names(rig.probe.heard) == ["TradeTick", "TradeTick", "Bar", "Timer"]
    bar = rig.probe.of(Bar)[0]
    assert (bar.ts_open, bar.ts_close, bar.ts_recv, bar.close) == (
        START, START + 2 * MINUTE, START + 2 * MINUTE, 100.0,
    )  # fmt: skip


@pytest.mark.parametrize("spec", ["5m", "3t", "4v", "1m@mid"])
def test_strategies_that_ask_for_the_same_built_bars_hear_each_of_them_once(spec: str) -> None:
    alone = Rig(hear_bars(spec), streams=TICKS)
    together = Rig(hear_bars(spec), hear_bars(spec), hear_bars(spec), streams=TICKS)
    for rig in (alone, together):
        for number in range(20):
            rig.trade(100.0 + number, after=20 * SECOND_NS)
            rig.quote(100.0 + number, 100.02 + number, after=20 * SECOND_NS)
        rig.wait(HOUR)
    expected = alone.probe.of(Bar)
    assert len(expected) > 1
    for probe in together.probes:
        assert probe.of(Bar) == expected


def test_strategy_that_asks_twice_for_the_same_built_bars_hears_each_of_them_twice() -> None:
    def start(probe: Probe) -> None:
        probe.subscribe_bars(ABC.id, "5m")
        probe.subscribe_bars(ABC.id, "5m")

    rig = Rig(Probe(start), streams=TICKS)
    rig.trade(100.0)
    rig.wait(HOUR)
    assert len(rig.probe.of(Bar)) == 2


def test_built_bars_go_on_for_others_when_the_strategy_that_asked_first_is_stopped() -> None:
    rig = Rig(hear_bars("5m"), hear_bars("5m"), streams=TICKS)
    rig.trade(100.0)
    rig.kernel.call(rig.contexts[0].host, lambda _event: fail(rig.probe), None)
    rig.trade(105.0)
    rig.wait(HOUR)
    rig.trade(107.0)
    rig.wait(HOUR)
    assert [bar.close for bar in rig.probes[1].of(Bar)] == [105.0, 107.0]
    assert rig.probes[0].of(Bar) == []


def test_rules_for_late_trades_of_the_same_bars_do_not_mix() -> None:
    probes = [
        Probe(lambda p: p.subscribe_bars(ABC.id, "1m@mid", late="next")),
        Probe(lambda p: p.subscribe_bars(ABC.id, "1m@mid", late="drop")),
    ]
    rig = Rig(*probes)
    rig.quote(100.0, 100.0)
    rig.wait(2 * MINUTE)
    ts = rig.now
    rig.feed(QuoteTick(ABC.id, ts - 90 * SECOND_NS, ts, 50.0, 50.0, 1.0, 1.0))  # its bar is gone
    rig.wait(HOUR)
    assert [bar.close for bar in probes[0].of(Bar)] == [100.0, 50.0]
    assert [bar.close for bar in probes[1].of(Bar)] == [100.0]


def test_bars_are_built_from_the_finer_ones_that_are_recorded() -> None:
    rig = Rig(hear_bars("3m"))
    for close in (100.0, 103.0, 99.0, 101.0):
        rig.bar(close)
    rig.wait(MINUTE)
    bar = rig.probe.of(Bar)[0]
    assert (bar.spec, bar.open, bar.high, bar.low, bar.close) == ("3m", 100.0, 103.0, 99.0, 99.0)
    assert len(rig.probe.of(Bar)) == 1


def test_bars_of_one_instrument_are_not_those_of_another() -> None:
    rig = Rig(hear_bars("2t"))
    for instrument in (XYZ, ABC, XYZ, XYZ, ABC):
        rig.trade(100.0, instrument)
    assert [bar.instrument for bar in rig.probe.of(Bar)] == [ABC.id]


def test_trades_heard_are_those_subscribed_to() -> None:
    rig = Rig(Probe(lambda p: p.subscribe_trades(XYZ.id)))
    rig.trade(100.0)
    rig.trade(50.0, XYZ)
    assert [trade.price for trade in rig.probe.of(TradeTick)] == [50.0]
