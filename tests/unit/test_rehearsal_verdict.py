"""A rehearsal that sent nothing says so, even where nothing disagrees."""

from pathlib import Path

from lockstep.rehearsal import Verdict


def verdict(**summary: object) -> Verdict:
    return Verdict(
        folder=Path("runs/x"),
        summary={"orders": 0, "denials": {}, **summary},
        exit_code=0,
        decisions=3,
        differences=(),
        parity="equal",
        faults={},
    )


def test_rehearsal_without_an_order_warns_with_the_reasons() -> None:
    found = verdict(denials={"no_reference": 248, "rate_limit": 2})
    assert found.has_passed
    assert found.warning == "no order was sent; denied: no_reference 248, rate_limit 2"
    assert verdict().warning == "no order was sent; denied: none"


def test_rehearsal_with_orders_has_no_warning() -> None:
    assert verdict(orders=1, denials={"rate_limit": 2}).warning == ""
