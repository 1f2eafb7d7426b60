"""The gate's rules as scenarios: what is held and works already, what is asked, what is said."""

import ast

import pytest

from engine.gate.exits import is_exit
from engine.gate.limits import Limits, combine
from engine.model.commands import CancelOrder
from engine.ports import ExecutionPort
from tests.house.sources import ROOMS, sources
from tests.unit.gate_desk import Desk
from tests.unit.rig import ABC, NAN, XYZ, Probe, Rig, Wire


def scenarios(table: str) -> list[tuple[str, str, str, str]]:
    """Read rows `limits | before | asked | said`."""
    rows = [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()]
    return [(row[0], row[1], row[2], row[3]) for row in rows]


GRID = """
           | mark 100    | buy 5                        | ok
           | mark 100    | buy 5 @ 99.5                 | ok
           | mark 100    | buy 5 stop 101               | ok
           | mark 100    | buy 5 stop 101 @ 101.5       | ok
           | mark 100    | sell 5 trail 2               | ok
           | mark 100    | sell 5 trail 2 @ 99          | order_invalid
           | mark 100    | sell 5 trail 2 stop 99       | order_invalid
           | mark 100    | buy 5 @ 99.503               | ok
           | mark 100    | buy 5 @ 99.503 exact yes     | price_off_grid
           | mark 100    | buy 5 @ 99.5 exact yes       | ok
           | mark 100    | buy 5 @ nan                  | price_invalid
           | mark 100    | buy 5 stop inf               | price_invalid
           | mark 100    | buy 5 @ 1e14                 | price_invalid
           | mark 100    | sell 5 trail nan             | price_invalid
           | mark 100    | buy nan                      | order_invalid
           | mark 100    | buy -5                       | order_invalid
           | mark 100    | buy 1e300                    | order_invalid
           | mark 100    | buy 0                        | quantity_too_small
           | mark 100    | buy 0.9                      | quantity_too_small
 low 90    | mark 100    | buy 5 @ 90                   | ok
 low 90    | mark 100    | buy 5 @ 89.99                | price_invalid
 high 110  | mark 100    | sell 5 @ 110                 | ok
 high 110  | mark 100    | sell 5 @ 110.01              | price_invalid
 high 110  | mark 100    | buy 5                        | ok
 high 110  | mark 100, buy 5 @ 100, accept | replace 5 @ 111 | price_invalid
"""
SIZE = """
             | mark 100 in BIG  | buy 4 in BIG               | quantity_too_small
             | mark 100 in BIG  | buy 5 in BIG               | ok
             | mark 100 in BIG  | buy 50 in BIG              | ok
             | mark 100 in BIG  | buy 51 in BIG              | quantity_too_large
 quantity 20 | mark 100 in BIG  | buy 21 in BIG              | quantity_too_large
 quantity 20 | mark 100         | buy 20                     | ok
 quantity 20 | mark 100, buy 9 @ 100, accept | replace 20    | ok
 quantity 20 | mark 100, buy 9 @ 100, accept | replace 21    | quantity_too_large
 quantity 20 | mark 100, long 20 @ 100, long 5 @ 100 | sell 25 | quantity_too_large
             | mark 100         | sell 5 reduce yes          | nothing_to_reduce
             | mark 100, long 5 @ 100 | buy 5 reduce yes     | nothing_to_reduce
             | mark 100, long 5 @ 100 | sell 5 reduce yes    | ok
 open 2      | mark 100, buy 5 @ 90  | sell 5 @ 110          | ok
 open 2      | mark 100, buy 5 @ 90, sell 5 @ 110 | buy 1    | open_orders
 open 2      | mark 100, buy 5 @ 90, buy 5 @ 91, gone | buy 1 | ok
 open 1      | mark 100, buy 5 @ 90, accept | replace 6 @ 91 | ok
"""
VALUE = """
 value 1000 | mark 100                   | buy 10                | ok
 value 1000 | mark 100                   | buy 11                | order_value
 value 1000 | mark 100                   | sell 11               | order_value
 value 1000 | mark 100                   | buy 11 @ 90           | ok
 value 1000 | mark 100                   | buy 10 @ 101          | order_value
 value 1000 | mark 100                   | buy 10 stop 101       | order_value
 value 1000 | mark 1000 in XYZ           | buy 0.1 in XYZ        | ok
 value 1000 | mark 1000 in XYZ           | buy 0.2 in XYZ        | order_value
 value 1000 |                            | buy 1                 | no_reference
 value 1000 | mark 100, long 10 @ 100, long 10 @ 100 | sell 20   | ok
 value 1000 | mark 100, long 10 @ 100, long 10 @ 100 | sell 21   | order_value
 value 1000 | mark 100, long 9 @ 100, long 9 @ 100, sell 18 @ 110, accept | replace 17 @ 120 | ok
 value 1000 | mark 100, buy 5 @ 100, accept | replace 5 @ 201    | order_value
 value 1000 | mark 100, buy 5 @ 100, accept | replace 11 @ 90    | ok
 value 1000 | mark 100 in DAX            | buy 1 in DAX          | no_currency_rate
 value 1000 | mark 100 in DAX, mark 1.25 in EURUSD | buy 8 in DAX | ok
 value 1000 | mark 100 in DAX, mark 1.25 in EURUSD | buy 9 in DAX | order_value
"""
POSITION = """
 position 20 | mark 100                           | buy 20           | ok
 position 20 | mark 100                           | buy 21           | position_limit
 position 20 | mark 100                           | sell 20          | ok
 position 20 | mark 100                           | sell 21          | position_limit
 position 20 | mark 100, buy 15 @ 99              | buy 6 @ 98       | position_limit
 position 20 | mark 100, buy 15 @ 99              | sell 20 @ 110    | ok
 position 20 | mark 100, buy 15 @ 99, gone        | buy 20           | ok
 position 20 | mark 100, buy 15 @ 99, fill 5      | buy 5            | ok
 position 20 | mark 100, buy 15 @ 99, fill 5      | buy 6            | position_limit
 position 20 | mark 100, long 20 @ 100            | sell 40          | ok
 position 20 | mark 100, long 20 @ 100            | sell 41          | position_limit
 position 20 | mark 100, long 20 @ 100, sell 15   | sell 25          | ok
 position 20 | mark 100, long 20 @ 100, sell 15   | sell 26          | position_limit
 position 20 | mark 100, buy 15 @ 99, accept      | replace 20 @ 99  | ok
 position 20 | mark 100, buy 15 @ 99, accept      | replace 21 @ 99  | position_limit
 position 20 | mark 100, buy 15 @ 99, accept, cancel | buy 6         | position_limit
 position 0  | mark 100                           | buy 1            | position_limit
 position 20 | mark 100, short 20 @ 100, buy 40 @ 90       | buy 20            | position_limit
 position 20 | mark 100, short 20 @ 100, buy 40 @ 90       | buy 20 reduce yes | position_limit
 position 20 | mark 100, short 20 @ 100, buy 40 @ 90, gone | buy 20 reduce yes | ok
"""
MONEY = """
 gross 1000 | mark 100                              | buy 10            | ok
 gross 1000 | mark 100                              | buy 11            | gross_limit
 gross 1000 | mark 100                              | buy 10 @ 90       | ok
 gross 1000 | mark 100                              | buy 10 @ 101      | gross_limit
 gross 1000 | mark 100, sell 6 @ 110                | buy 10 @ 90       | ok
 gross 1000 | mark 100, long 5 @ 100, mark 200      | buy 1 @ 100       | gross_limit
 gross 1000 | mark 100, mark 50 in XYZ, buy 1 in XYZ | buy 5            | ok
 gross 1000 | mark 100, mark 50 in XYZ, buy 1 in XYZ | buy 6            | gross_limit
 gross 1000 | mark 100, long 10 @ 100, mark 300     | sell 10           | ok
 gross 1000 | mark 100, long 10 @ 100, mark 300     | sell 11           | gross_limit
            |                                       | buy 1             | no_reference
            |                                       | buy 1 @ 100       | ok
            | mark 100                              | buy 100000 @ 100  | ok
            | mark 100                              | buy 100001 @ 100  | buying_power
            | mark 100, long 100000 @ 100           | sell 200000 @ 100 | ok
            | mark 100, long 100000 @ 100           | sell 200001 @ 100 | buying_power
            | mark 100, long 50000 @ 100, mark 80   | buy 1             | buying_power
            | mark 100, long 50000 @ 100, mark 90   | buy 1             | ok
            | mark 100, long 100000 @ 100, mark 99  | buy 1             | buying_power
            | mark 100, long 50000 @ 100, buy 100 @ 90, accept, mark 81 | replace 50 @ 90  | ok
            | mark 100, long 50000 @ 100, buy 9 @ 90, accept, mark 81 | replace 10 | buying_power
            | mark 100, long 100000 @ 100, mark 99  | sell 100000       | ok
            | mark 100, buy 60000 @ 100             | buy 40001 @ 100   | buying_power
            | mark 100, buy 60000 @ 100, accept     | replace 100001 @ 100 | buying_power
            | mark 100, buy 60000 @ 100, accept     | replace 100000 @ 100 | ok
            | mark 100 in DAX                       | buy 1 in DAX      | no_reference
            | mark 100 in DAX, mark 1.25 in EURUSD  | buy 8000 in DAX   | ok
            | mark 100 in DAX, mark 1.25 in EURUSD  | buy 8001 in DAX   | buying_power
"""
REQUESTS = """
 | mark 100, buy 5 @ 99                          | replace 6 | request_in_flight
 | mark 100, buy 5 @ 99, accept                  | replace 6 | ok
 | mark 100, buy 5 @ 99, accept, replace 6       | replace 7 | request_in_flight
 | mark 100, buy 5 @ 99, accept, replace 6       | cancel    | ok
 | mark 100, buy 5 @ 99, accept, replace 6, cancel | cancel  | ok
 | mark 100, buy 5 @ 99, accept, replace 6, cancel | replace 7 | request_in_flight
 | mark 100, buy 5 @ 99                          | cancel    | ok
 | mark 100, buy 5 @ 99, accept, cancel          | replace 6 | request_in_flight
 | mark 100, buy 5 @ 99, accept, fill 3          | replace 3 | quantity_too_small
 | mark 100, buy 5 @ 99, accept, fill 3          | replace 4 | ok
 | mark 100, buy 5 @ 99, accept                  | replace nan | price_invalid
 | mark 100, buy 5 @ 99, accept                  | replace 5 @ nan | price_invalid
"""


@pytest.mark.parametrize(
    ("limits", "before", "asked", "said"),
    [row for table in (GRID, SIZE, VALUE, POSITION, MONEY, REQUESTS) for row in scenarios(table)],
)
def test_gate_says(limits: str, before: str, asked: str, said: str) -> None:
    desk = Desk(limits)
    desk.do(before)
    assert desk.do(asked) == said


def test_leverage_divides_the_margin() -> None:
    assert Desk(balance=1_000, leverage=1.0).do("mark 100,buy 101") == "buying_power"
    assert Desk(balance=1_000, leverage=2.0).do("mark 100,buy 200") == "ok"
    assert Desk(balance=1_000, leverage=2.0).do("mark 100,buy 201") == "buying_power"


def test_closed_order_takes_no_request() -> None:
    desk = Desk()
    desk.do("mark 100,buy 5 @ 99,accept")
    order = desk.orders[-1]

    def on_cancel(probe: Probe, _event: object) -> None:
        probe.act = lambda _probe, _event: None
        assert not probe.cancel(order)
        assert not probe.replace(order, 6)

    desk.rig.probe.act = on_cancel
    desk.do("gone")
    assert desk.rig.denials == []


def test_request_asked_for_before_the_order_closed_is_denied() -> None:
    desk = Desk()
    desk.do("mark 100,buy 5 @ 99,accept")
    order = desk.orders[-1]
    gate, leg = desk.rig.kernel.gate, order.leg
    assert leg is not None
    desk.do("gone")
    verdict = gate.cancel(order, leg, 0)
    assert isinstance(verdict, tuple)
    assert verdict == ("order_closed", "order is canceled")


@pytest.mark.parametrize(
    ("limits", "script", "message"),
    [
        ("position 20", "mark 100,buy 21", "worst case 21, limit 20"),
        ("position 20", "mark 100,long 5 @ 100,buy 16", "worst case 21, limit 20"),
        ("position 20", "mark 100,sell 0.5", "asked 0.5, the least is 1"),
        ("position 20", "mark 100,buy 51 in BIG", "asked 51, the most is 50"),
        (
            "position 20",
            "mark 100 in BIG,buy 10 @ 1 in BIG,accept,replace 60",
            "asked 60, the most is 50",
        ),
        ("low 90", "mark 100,buy 5 @ 80", "price 80 is outside the limits"),
        ("value 500", "mark 100,buy 6", "order is worth 600.00, limit 500.00"),
        ("open 1", "mark 100,buy 1 @ 9,buy 1 @ 9", "1 orders are open, the limit"),
    ],
)
def test_denial_says_the_numbers(limits: str, script: str, message: str) -> None:
    desk = Desk(limits)
    desk.do(script)
    assert desk.rig.denials
    last = desk.rig.kernel.decisions[-1]
    assert getattr(last, "message", "") == message


def test_approved_command_carries_the_order_as_it_was_put_on_the_grid() -> None:
    desk = Desk()
    desk.do("mark 100,buy 5.7 stop 101.004 @ 101.506")
    command = desk.rig.wire.orders[-1]
    assert (command.type, command.quantity, command.price, command.stop) == (
        "stop_limit",
        5.0,
        101.51,
        101.0,
    )
    order = desk.orders[-1]
    assert (order.asked_quantity, order.asked_price, order.asked_stop) == (5.7, 101.506, 101.004)


def test_denied_order_is_closed_and_reserves_nothing() -> None:
    desk = Desk("position 20")
    desk.do("mark 100,buy 21")
    order = desk.orders[-1]
    exposure = desk.rig.kernel.portfolio.exposure("main", ABC)
    assert (order.status, order.reason, order.is_open) == ("denied", "position_limit", False)
    assert (exposure.buys, exposure.open_orders, desk.rig.wire.sent) == (0, 0, [])


def test_denied_change_leaves_the_order_as_it_was() -> None:
    desk = Desk("position 20")
    desk.do("mark 100,buy 15 @ 99,accept,replace 21 @ 98")
    order = desk.orders[-1]
    assert (order.status, order.quantity, order.price) == ("new", 15.0, 99.0)
    assert desk.rig.wire.replaces == []
    assert desk.do("replace 16 @ 98") == "ok"


EXITS = """
 10 | 0  | 0  | sell | 10 | yes
 10 | 0  | 0  | sell | 11 | no
 10 | 0  | 4  | sell | 6  | yes
 10 | 0  | 4  | sell | 7  | no
 10 | 5  | 0  | sell | 10 | yes
 10 | 0  | 0  | buy  | 1  | no
 -7 | 0  | 0  | buy  | 7  | yes
 -7 | 3  | 0  | buy  | 4  | yes
 -7 | 3  | 0  | buy  | 5  | no
 -7 | 0  | 9  | buy  | 7  | yes
 -7 | 0  | 0  | sell | 1  | no
 0  | 0  | 0  | buy  | 1  | no
 0  | 0  | 0  | sell | 1  | no
 0  | 5  | 5  | sell | 5  | no
"""


@pytest.mark.parametrize(
    ("held", "buys", "sells", "side", "units", "said"),
    [[cell.strip() for cell in line.split("|")] for line in EXITS.strip().splitlines()],
)
def test_exit_only_reduces_whatever_else_fills(
    held: str, buys: str, sells: str, side: str, units: str, said: str
) -> None:
    desk = Desk()
    desk.do("mark 100")
    if held != "0":
        desk.do(f"{'short' if held[0] == '-' else 'long'} {held.strip('-')} @ 100")
    for verb, size in (("buy", buys), ("sell", sells)):
        if size != "0":
            desk.do(f"{verb} {size} @ 100")
    desk.do(f"{side} 1000000000 @ 100")  # denied: it only asks
    assert desk.orders[-1].status == "denied"
    assert is_exit(desk.orders[-1], int(units)) is (said == "yes")


def test_exit_passes_without_any_price() -> None:
    rig = Rig(limits=Limits(order_value=5000.0, position=10))
    rig.trade(100.0)
    rig.fill(rig.do(lambda probe: probe.buy(ABC.id, 10)), 10, 100.0)
    rig.quote(NAN, NAN)
    rig.kernel.bus.markets[ABC.id].trade = None
    rig.do(lambda probe: probe.sell(ABC.id, 10))
    rig.do(lambda probe: probe.sell(ABC.id, 1))
    assert rig.denials == ["no_reference"]
    assert [each.quantity for each in rig.wire.orders] == [10.0, 10.0]


def test_strategies_of_an_account_share_its_limits() -> None:
    rig = Rig(Probe(), Probe(), limits=Limits(position=10))
    rig.trade(100.0)
    rig.do(lambda probe: probe.buy(ABC.id, 7), 0)
    rig.do(lambda probe: probe.buy(ABC.id, 4), 1)
    assert rig.denials == ["position_limit"]


def test_limit_of_a_strategy_meets_its_own_position_though_the_account_gets_flatter() -> None:
    limits = {"one": Limits(own_position=10), "two": Limits()}
    rig = Rig(Probe(), Probe(), limits=limits)
    rig.trade(100.0)
    rig.fill(rig.do(lambda probe: probe.sell(ABC.id, 50), 1), 50, 100.0)
    first, second = rig.do(lambda probe: (probe.buy(ABC.id, 10), probe.buy(ABC.id, 1)), 0)
    assert (first.status, second.reason) == ("pending_new", "position_limit")
    rig.fill(first, 10, 100.0)
    close = rig.do(lambda probe: probe.close(ABC.id), 0)
    assert close is not None
    assert close.is_open


def test_port_takes_no_bare_command() -> None:
    """Mypy says so: were the call below right, strict mode would object to the unused ignore."""
    port: ExecutionPort = Wire()
    with pytest.raises(AttributeError):
        port.send(CancelOrder("t-0-1", "main", ABC.id, 0, 1))  # type: ignore[arg-type] # the point


def makers(text: str) -> list[int]:
    """Return the lines that make an `Approved`, whatever module path or brackets it is named by."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call):
            named = node.func.value if isinstance(node.func, ast.Subscript) else node.func
            name = named.attr if isinstance(named, ast.Attribute) else getattr(named, "id", "")
            if name == "Approved":
                found.append(node.lineno)
    return found


def test_only_the_gate_makes_what_can_be_sent() -> None:
    making = [str(source.path) for source in sources(*ROOMS) if makers(source.text)]
    assert making == ["engine/gate/gate.py"]


@pytest.mark.parametrize("text", ["Approved(x)", "approved.Approved(x)", "a.Approved[Cancel](x)"])
def test_every_way_to_make_one_is_found(text: str) -> None:
    assert makers(text) == [1]


def test_tightest_limit_of_all_scopes_holds() -> None:
    from engine.config.risk import LimitsConfig

    combined = combine(
        XYZ,
        [
            LimitsConfig(max_position=5.0, max_order_value=100.0, min_price=1.0),
            LimitsConfig(max_position=2.5, max_order_value=1_000.0, max_open_orders=3),
            LimitsConfig(max_order_quantity=1.5, max_gross=50.0, min_price=2.0, max_price=9.0),
        ],
    )
    assert combined == Limits(
        order_value=100.0,
        gross=50.0,
        order_quantity=15,
        position=25,
        open_orders=3,
        price_low=20,
        price_high=90,
    )
