"""Show a comparison of a run with its backtest: as plain values, as text, and as a page.

Computes nothing that the comparison does not hold.
"""

from collections.abc import Iterable, Sequence

from backtest.results.markup import Markup, element, table
from lockstep.parity.observed import Observed
from lockstep.parity.run import Parity

ROWS_MAX = 200
"""How many rows a table of the page shows; the JSON has all."""
_STYLE = """
body { font: 14px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem }
table { border-collapse: collapse; margin: 1rem 0 }
td, th { padding: .2rem .7rem; text-align: right }
th:first-child, td:first-child { text-align: left } tr:nth-child(even) { background: #8881 }
"""


def plain(parity: Parity) -> dict[str, object]:
    """Return everything as plain values for JSON."""
    found = parity.comparison
    return {
        "run_id": parity.run,
        "mode": parity.mode,
        "equal": found.is_equal,
        "orders": {
            "matched": len(found.pairs),
            "missing": len(found.missing),
            "extra": len(found.extra),
        },
        "fills": fill_counts(parity),
        "orders_measured": parity.orders_measured,
        "latency_ms_median": parity.latency_ms,
        "pnl": found.bridge,
        "pairs": [
            {
                "live": pair.live.order.client_order_id,
                "backtest": pair.test.order.client_order_id,
                "instrument": pair.live.order.instrument,
                "delay_ns": pair.delay_ns,
                "filled": [pair.live.filled, pair.test.filled],
                "average_price": [pair.live.average_price, pair.test.average_price],
            }
            for pair in found.pairs
        ],
        "missing": [each.order for each in found.missing],
        "extra": [each.order for each in found.extra],
        "caveats": parity.caveats,
    }


def fill_counts(parity: Parity) -> dict[str, int]:
    """Return how many matched orders filled in both, only in the run, and only in the backtest."""
    pairs = parity.comparison.pairs
    live = [bool(pair.live.fills) for pair in pairs]
    test = [bool(pair.test.fills) for pair in pairs]
    both = list(zip(live, test, strict=True))
    return {
        "matched": both.count((True, True)),
        "missing": both.count((True, False)) + _filled(parity.comparison.missing),
        "extra": both.count((False, True)) + _filled(parity.comparison.extra),
    }


def _filled(orders: Iterable[Observed]) -> int:
    return sum(bool(each.fills) for each in orders)


def summary(parity: Parity) -> list[tuple[str, str]]:
    """Return the figures that a person looks at first."""
    found, fills = parity.comparison, fill_counts(parity)
    delays = sorted(abs(pair.delay_ns) for pair in found.pairs)
    bridge = found.bridge
    rows = [
        ("orders matched", f"{len(found.pairs)}"),
        ("orders only in the run", f"{len(found.missing)}"),
        ("orders only in the backtest", f"{len(found.extra)}"),
        ("filled in both", f"{fills['matched']}"),
        ("filled only in the run", f"{fills['missing']}"),
        ("filled only in the backtest", f"{fills['extra']}"),
        ("latency, median", f"{parity.latency_ms:.3f} ms of {parity.orders_measured} orders"),
        ("time apart, median", f"{delays[len(delays) // 2] / 1e6:.3f} ms" if delays else "none"),
        ("profit of the backtest", f"{bridge.backtest:+.6g}"),
        ("  prices", f"{bridge.prices:+.6g}"),
        ("  quantities", f"{bridge.quantities:+.6g}"),
        ("  fees", f"{bridge.fees:+.6g}"),
        ("  orders only in the run", f"{bridge.only_live:+.6g}"),
        ("  orders only in the backtest", f"{-bridge.only_backtest:+.6g}"),
        ("profit of the run", f"{bridge.live:+.6g}"),
    ]
    return rows + [("not the same", caveat) for caveat in parity.caveats]


def page(parity: Parity) -> str:
    """Return one self-contained HTML page."""
    found = parity.comparison
    differing = [
        (
            pair.live.order.client_order_id,
            *_terms(pair.live),
            f"{pair.test.filled:g}",
            f"{pair.test.average_price:g}",
            f"{pair.delay_ns / 1e6:+.3f}",
        )
        for pair in found.pairs
        if not pair.filled_alike
    ]
    names = ("order", "instrument", "side", "quantity", "price", "filled", "at")
    body = Markup.join_all(
        [
            element("h1", f"Parity of {parity.run}"),
            table(("figure", "value"), summary(parity)),
            _section(
                "Matched orders that filled differently",
                differing,
                names,
                "test filled",
                "test at",
                "ms apart",
            ),
            _section("Only in the run", _alone(found.missing), names),
            _section("Only in the backtest", _alone(found.extra), names),
        ]
    )
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("title", parity.run),
        element("style", Markup(_STYLE)),
    )
    return "<!doctype html>\n" + element("html", head, element("body", body), lang="en")


def _section(title: str, rows: Sequence[Sequence[str]], names: Sequence[str], *more: str) -> Markup:
    if not rows:
        return Markup("")
    shown = f"{title} ({len(rows)}{', the first shown' if len(rows) > ROWS_MAX else ''})"
    columns = (*names, *more)
    return Markup.join_all([element("h2", shown), table(columns, rows[:ROWS_MAX])])


def _alone(orders: Iterable[Observed]) -> list[tuple[str, ...]]:
    return [(each.order.client_order_id, *_terms(each)) for each in orders]


def _terms(each: Observed) -> tuple[str, ...]:
    order = each.order
    price = order.price if order.price is not None else order.stop
    return (
        order.instrument,
        order.side.name.lower(),
        f"{order.quantity:g}",
        "market" if price is None else f"{price:g}",
        f"{each.filled:g}",
        f"{each.average_price:g}",
    )
