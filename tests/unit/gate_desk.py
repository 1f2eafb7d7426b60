"""A kernel whose strategy acts by words, for scenarios of the gate.

It judges nothing.
"""

from engine.gate.limits import Limits
from engine.ledger.account import AccountSpec
from engine.model.commands import Side
from engine.model.instrument import Instrument
from engine.orders.order import Order
from tests.unit.rig import ABC, XYZ, Rig

LARGE = Instrument.define("BIG.SIM", tick="1", currency="USD", quantity_min=5, quantity_max=50)
EURO = Instrument.define("DAX.SIM", tick="1", currency="EUR")
EURUSD = Instrument.define("EURUSD.SIM", tick="0.0001", currency="USD", base="EUR")
INSTRUMENTS = (ABC, XYZ, LARGE, EURO, EURUSD)
NAMED = {each.symbol: each for each in INSTRUMENTS}


class Desk:
    """A rig whose actions are words: `buy 5 @ 100`, `sell 5 stop 99 in BIG`, `long 10`."""

    def __init__(
        self, limits: str = "", balance: float = 1_000_000.0, leverage: float = 1.0
    ) -> None:
        account = AccountSpec(
            id="main",
            venue="SIM",
            currency="USD",
            balances={"USD": balance},
            leverage=leverage,
        )
        words = limits.split()
        named = {name: float(text) for name, text in zip(words[::2], words[1::2], strict=True)}
        self.rig = Rig(limits=limits_of(named), instruments=INSTRUMENTS, accounts=[account])
        self.orders: list[Order] = []

    def do(self, script: str) -> str:
        """Carry out actions, split by commas; return what became of the last: `ok` or a reason."""
        said = ""
        for action in script.split(",") if script else ():
            said = self._act(*action.split())
        return said

    def _act(self, verb: str, *words: str) -> str:
        rig, options = self.rig, dict(zip(words[1::2], words[2::2], strict=False))
        instrument = NAMED[options.get("in", "ABC")]
        if verb == "mark":
            rig.trade(float(words[0]), instrument)
            return ""
        if verb in ("long", "short"):
            rig.fill(self._send(verb == "long", words[0], options, instrument), float(words[0]),
                     float(options["@"]))  # fmt: skip
            return ""
        denied = len(rig.denials)
        if verb in ("buy", "sell"):
            self.orders.append(self._send(verb == "buy", words[0], options, instrument))
        elif verb == "accept":
            rig.accept(self.orders[-1])
        elif verb == "cancel":
            rig.do(lambda probe: probe.cancel(self.orders[-1]))
        elif verb == "gone":
            rig.cancel(self.orders[-1])
        elif verb == "fill":
            rig.fill(self.orders[-1], float(words[0]), 100.0)
        else:
            assert verb == "replace"
            price = number(options, "@")
            rig.do(lambda probe: probe.replace(self.orders[-1], float(words[0]), price))
        return rig.denials[-1] if len(rig.denials) > denied else "ok"

    def _send(self, buy: bool, size: str, options: dict[str, str], instrument: Instrument) -> Order:
        return self.rig.do(
            lambda probe: probe.submit(
                instrument.id,
                Side.BUY if buy else Side.SELL,
                float(size),
                number(options, "@"),
                stop=number(options, "stop"),
                trail=number(options, "trail"),
                reduce_only="reduce" in options,
                round="refuse" if "exact" in options else "nearest",
            )
        )


def limits_of(named: dict[str, float]) -> Limits:
    scale = 100  # prices of ABC
    return Limits(
        order_value=named.get("value", float("inf")),
        gross=named.get("gross", float("inf")),
        order_quantity=int(named.get("quantity", 1 << 62)),
        position=int(named.get("position", 1 << 62)),
        open_orders=int(named.get("open", 1 << 62)),
        price_low=int(named["low"] * scale) if "low" in named else -(1 << 62),
        price_high=int(named["high"] * scale) if "high" in named else 1 << 62,
    )


def number(options: dict[str, str], word: str) -> float | None:
    return float(options[word]) if word in options else None
