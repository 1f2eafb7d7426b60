"""The control paths of every simulator: its faults, its truth, rows and cash by hand, a restart.

Serves people and tests on loopback; no venue has such paths.
"""

from collections.abc import Callable

import msgspec

from connectors.frame.http import Request, Response
from connectors.simulation.faults import AT_THE_BOT, Chance, Fault
from connectors.simulation.playback import restamped
from connectors.simulation.simulator import Simulator
from engine.errors import UsageError
from engine.model.market import QuoteTick, TradeTick

CONTROL = "/_control/"

_Answer = Callable[[Simulator, bytes, int], object]


def control(simulator: Simulator, request: Request, now: int) -> Response:
    """Answer a request under `/_control/`, all bodies being JSON.

    GET `faults` gives chances and counts; POST `faults` takes `{"delay": {"times": 2}, ...}`, where
    null switches a fault off. GET `truth` gives orders, fills, positions and balance by account.
    POST `row` takes a quote or trade as the engine writes it and lets it happen now, POST `cash`
    `{"account": "main", "amount": -50.0, "reason": "withdrawal"}`.
    """
    answer = _ANSWERS.get((request.method, request.path.removeprefix(CONTROL)))
    if answer is None:
        return _json(404, {"error": "no such control; see the simulator's documentation"})
    try:
        return _json(200, answer(simulator, request.body, now))
    except (msgspec.DecodeError, msgspec.ValidationError, KeyError, UsageError) as error:
        return _json(400, {"error": str(error)})


def _faults(simulator: Simulator, _body: bytes, _now: int) -> object:
    plan = simulator.faults
    return {"chances": plan.chances, "counts": dict(plan.counts)}


def _set_faults(simulator: Simulator, body: bytes, now: int) -> object:
    wanted = msgspec.json.decode(body, type=dict[Fault, Chance | None])
    for fault in wanted:
        if fault in AT_THE_BOT:
            raise UsageError(f"fault {fault} befalls a bot; no simulator can play it")
    for fault, chance in wanted.items():
        simulator.faults.set(fault, chance or Chance(probability=0.0))
    return _faults(simulator, body, now)


def _truth(simulator: Simulator, _body: bytes, _now: int) -> object:
    broker = simulator.broker
    return {
        name: {
            "orders": [order.record() for order in broker.orders(name)],
            "fills": broker.fills(name),
            "positions": broker.positions(name),
            "balance": broker.balance(name),
        }
        for name in broker.accounts
    }


def _row(simulator: Simulator, body: bytes, now: int) -> object:
    row = msgspec.json.decode(body, type=QuoteTick | TradeTick)
    simulator.broker.row(restamped(row, now))
    return {}


class _Cash(msgspec.Struct, forbid_unknown_fields=True):
    """Hold money that is moved by hand."""

    account: str
    amount: float
    reason: str = "deposit"


def _cash(simulator: Simulator, body: bytes, now: int) -> object:
    moved = msgspec.json.decode(body, type=_Cash)
    simulator.broker.advance(now)
    if problem := simulator.broker.adjust(moved.account, moved.amount, moved.reason):
        raise msgspec.ValidationError(problem)
    return {}


def _json(status: int, content: object) -> Response:
    headers = {"Content-Type": "application/json"}
    return Response(status=status, headers=headers, body=msgspec.json.encode(content))


_ANSWERS: dict[tuple[str, str], _Answer] = {
    ("GET", "faults"): _faults,
    ("POST", "faults"): _set_faults,
    ("GET", "truth"): _truth,
    ("POST", "row"): _row,
    ("POST", "cash"): _cash,
}
