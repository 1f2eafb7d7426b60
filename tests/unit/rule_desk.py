"""Two strategies of one account that act by words, for scenarios of rules that watch the market.

It judges nothing.
"""

import msgspec

from engine.config.risk import LimitsConfig, RiskConfig
from engine.gate.limits import Limits, limits_of
from engine.model.calendar import Calendar, Session
from engine.model.connection import FeedChanged, FeedState
from engine.model.instrument import Instrument
from engine.model.market import InstrumentStatus, TradingState
from engine.model.subscription import DataKind
from engine.model.zones import SECOND_NS
from engine.orders.order import Order
from tests.unit.rig import ABC, XYZ, Probe, Rig, flat_bar

MORNING = Instrument.define(
    "DAY.SIM",
    tick="0.01",
    currency="USD",
    calendar=Calendar(sessions=(Session(days=(0, 1, 2, 3, 4), open="00:00", close="12:00"),)),
)
SHORT = {
    "collar": "collar_percent",
    "net": "max_net",
    "working": "max_open_value",
    "window": "duplicate_window",
    "executions": "max_executions",
    "within": "executions_window",
    "daily": "max_daily_loss",
    "drawdown": "max_drawdown",
    "separate": "prevent_self_match",
}
"""Words for settings in scenarios, which have little room."""
EURO = Instrument.define("DAX.SIM", tick="1", currency="EUR")
EURUSD = Instrument.define("EURUSD.SIM", tick="0.0001", currency="USD", base="EUR")
NAMED = {each.symbol: each for each in (ABC, XYZ, MORNING, EURO, EURUSD)}


class RuleDesk:
    """Carry out scripts such as `quote 99 101, buy 5, fill, wait 10, other sell 5 @ 101`.

    `limits` are settings of the account (`collar_percent=1 quote_age=5s`), or of the strategy
    `one` after a colon.
    """

    def __init__(self, limits: str) -> None:
        shared, _, own = limits.partition(":")
        self.risk = RiskConfig(account={"main": spec(shared)}, strategy={"one": spec(own)})
        self.rig = Rig(Probe(), Probe(), instruments=tuple(NAMED.values()))
        self.rig.kernel._limits = self._limits
        self.orders: list[Order] = []

    def _limits(self, strategy: str, account: str, instrument: Instrument) -> Limits:
        return limits_of(self.risk, strategy, account, instrument)

    def do(self, script: str) -> str:
        """Return what became of the last action: `ok`, a reason, or `sent N` after a list."""
        said = ""
        for action in script.split(","):
            said = self._act(action.split())
        return said

    def _act(self, words: list[str]) -> str:
        number = 1 if words[0] == "other" else 0
        verb, *rest = words[1:] if number else words
        if verb in ("buy", "sell", "replace", "cancel"):
            return self._order(number, verb, rest)
        if verb in ("fill", "accept", "gone"):
            self._answer(verb, rest)
        else:
            self._happen(verb, rest)
        return ""

    def _happen(self, verb: str, rest: list[str]) -> None:
        rig = self.rig
        name = NAMED[rest[rest.index("in") + 1]] if "in" in rest else ABC
        if verb == "quote":
            rig.quote(float(rest[0]), float(rest[1]), name, after=0)
        elif verb == "trade":
            rig.trade(float(rest[0]), name, after=0)
        elif verb == "bar":
            bar = flat_bar(name, rig.now)
            price = float(rest[0])
            rig.feed(msgspec.structs.replace(bar, open=price, high=price, low=price, close=price))
        elif verb == "day":
            rig.wait(86_400 * SECOND_NS)
        elif verb == "wait":
            rig.wait(round(float(rest[0]) * SECOND_NS))
        elif verb == "status":
            rig.feed(InstrumentStatus(name.id, rig.now, rig.now, TradingState(rest[0])))
        else:
            assert verb == "feed"
            kind, state = DataKind(rest[0]), FeedState(rest[1])
            rig.kernel.process(FeedChanged(name.id, kind, state, rig.now))

    def _answer(self, verb: str, rest: list[str]) -> None:
        order = self.orders[-1]
        if verb == "fill":
            size = float(rest[0]) if rest and rest[0] != "@" else order.leaves
            price = float(rest[rest.index("@") + 1]) if "@" in rest else 100.0
            self.rig.fill(order, size, price, ts_recv=self.rig.now)
        elif verb == "accept":
            self.rig.accept(order)
        else:
            self.rig.cancel(order)

    def _order(self, number: int, verb: str, rest: list[str]) -> str:
        rig, denied = self.rig, len(self.rig.denials)
        options = dict(zip(rest[1::2], rest[2::2], strict=False))
        price = float(options["@"]) if "@" in options else None
        stop = float(options["stop"]) if "stop" in options else None
        if verb == "cancel":
            rig.do(lambda probe: probe.cancel(self.orders[-1]), number)
        elif verb == "replace":
            rig.do(lambda probe: probe.replace(self.orders[-1], float(rest[0]), price), number)
        else:
            name = NAMED[options.get("in", "ABC")].id
            reducing = "reduce" in options
            made = rig.do(
                lambda probe: probe.submit(
                    name, verb, float(rest[0]), price, stop=stop, reduce_only=reducing
                ),
                number,
            )
            self.orders.append(made)
        return rig.denials[-1] if len(rig.denials) > denied else "ok"


def spec(text: str) -> LimitsConfig:
    """Read `name=value` pairs: numbers, true, and lists with bars between their words."""
    pairs = (pair.split("=") for pair in text.split())
    return msgspec.convert(
        {SHORT.get(name, name): value(written) for name, written in pairs}, LimitsConfig
    )


def value(text: str) -> object:
    if text == "true":
        return True
    if text.startswith("["):
        return [word for word in text.strip("[]").split("|") if word]
    try:
        return int(text) if text.isdecimal() else float(text)
    except ValueError:
        return text
