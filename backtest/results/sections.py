"""Write the parts of a report that tell what a run made: headline, months, metrics, trades.

Draws no chart and computes nothing; every text passes through `markup`, which escapes it.
"""

from collections.abc import Iterable, Sequence

from backtest.results.definitions import DEFINITIONS, Definition, Group, Metric
from backtest.results.execution import Execution
from backtest.results.formats import (
    bps,
    count,
    duration,
    figure,
    moment,
    money,
    percent,
    price,
)
from backtest.results.markup import NOTHING, Markup, element, folded, table
from backtest.results.metrics import Result
from backtest.results.splits import Share, by_instrument, by_strategy
from backtest.results.trips import Trips

TRADES_SHOWN = 25
"""So many first and so many last trades are in the page; all are in trades.csv."""

OPEN_SHOWN = 20
ROWS_MAX = 100
"""So many strategies, instruments and kinds of fills are in the page."""

CARDS = ("pnl", "total_return", "sharpe", "max_drawdown", "win_rate", "profit_factor")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
DEEPEST_COLOUR = 0.1
"""A month of ten percent has the full colour."""

TONES = {-1: "down", 0: "", 1: "up"}


def section(id: str, title: str, *parts: str) -> Markup:  # noqa: A002 - HTML's own word
    """Return a part of the page under its heading; nothing where it has no content."""
    if not any(parts):
        return NOTHING
    return element("section", element("h2", title), *parts, id=id)


def headline(result: Result) -> Markup:
    """Return the six figures that people look for first, n/a with its reason."""
    cards = [
        _metric(definition, result.measures[definition.name], result.currency)
        for definition in DEFINITIONS
        if definition.name in CARDS
    ]
    return element("div", *cards, class_="cards")


def metric_tables(result: Result) -> Markup:
    """Return all metrics, one table a group."""
    groups: dict[Group, list[Definition]] = {}
    for definition in DEFINITIONS:
        groups.setdefault(definition.group, []).append(definition)
    tables = [
        element(
            "div",
            element("h3", group),
            *(_metric(row, result.measures[row.name], result.currency) for row in rows),
            class_="group",
        )
        for group, rows in groups.items()
    ]
    return element("div", *tables, class_="groups")


def month_table(result: Result) -> Markup:
    """Return the monthly returns as a heat map, one row a year, the year's return at its end."""
    years: dict[int, dict[int, float | None]] = {}
    for month in result.months:
        years.setdefault(month.year, {})[month.month] = month.change
    rows = [
        (str(year), *(_heat(changes, number) for number in range(1, 13)), _year(changes))
        for year, changes in sorted(years.items())
    ]
    return element("div", table(("", *MONTHS, "Year"), rows), class_="heat")


def trade_tables(trips: Trips, currency: str, *, linked: bool) -> Markup:
    """Return the first and the last closed trades and the open ones; `linked` names trades.csv."""
    closed, still_open = trips.take(trips.closed), trips.take(~trips.closed)
    size = len(closed.side)
    link = element("a", "trades.csv", href="trades.csv") if linked else Markup("trades.csv")
    whole = (
        element("p", "All trades are in ", link, " of the run folder.", class_="note")
        if size
        else NOTHING
    )
    if size <= 2 * TRADES_SHOWN:
        parts = [folded(f"All {count(size)} trades", _trades(closed, 0, currency))]
    else:
        last = closed.take(slice(size - TRADES_SHOWN, size))
        parts = [
            folded(
                f"First {TRADES_SHOWN} trades",
                _trades(closed.take(slice(TRADES_SHOWN)), 0, currency),
            ),
            folded(f"Last {TRADES_SHOWN} trades", _trades(last, size - TRADES_SHOWN, currency)),
        ]
    left = len(still_open.side)
    if left:
        shown = _trades(still_open.take(slice(OPEN_SHOWN)), size, currency)
        more = f", {OPEN_SHOWN} shown" if left > OPEN_SHOWN else ""
        parts.append(folded(f"{count(left)} open at the end{more}", shown))
    return Markup.join_all([*(parts if size or left else []), whole])


def split_tables(result: Result) -> Markup:
    """Return the result by strategy and by instrument."""
    if not result.fills.rows:
        return element("p", "There was no fill.")
    strategies = _split("Strategy", by_strategy(result))
    return element("div", strategies, _split("Instrument", by_instrument(result)), class_="pair")


def execution_tables(page: Execution, currency: str) -> Markup:
    """Return what became of the orders, slippage to arrival, and times to fill."""
    if not page.statuses:
        return element("p", "There was no order.")
    outcomes = [
        *(("became " + row.name, count(row.count)) for row in page.statuses),
        *((f"denied: {row.name}", count(row.count)) for row in page.denials),
        *((f"rejected: {row.name}", count(row.count)) for row in page.rejections),
    ]
    slippage = [
        (row.name, row.group, count(row.fills), bps(row.bps), money(row.money))
        for row in page.slippage[:ROWS_MAX]
    ]
    times = [
        (row.name, count(row.orders), duration(row.median_s), duration(row.percentile_95_s))
        for row in page.fill_times
    ]
    without = page.fills_without_arrival
    note = f"{count(without)} fills have no arrival price and are not in it. " if without else ""
    if len(page.slippage) > ROWS_MAX:
        note += f"Shown: the first {ROWS_MAX} of {count(len(page.slippage))}."
    cost = f"Cost, {currency}" if currency else "Cost"
    header = ("Slippage to arrival", "by", "Fills", "Slippage", cost)
    return element(
        "div",
        element(
            "div",
            table(("Orders", ""), outcomes),
            table(("Time to first fill", "Orders", "Median", "95 of 100 within"), times),
        ),
        element(
            "div",
            table(header, slippage, text_columns=2),
            element("p", note, class_="note") if note else NOTHING,
        ),
        class_="pair",
    )


def _value(definition: Definition, metric: Metric, currency: str) -> Markup:
    shown = figure(definition, metric, currency)
    if metric.value is None:
        return element("dd", shown, element("small", metric.reason), class_="absent")
    return element("dd", shown, class_=TONES[definition.tone(metric)])


def _metric(definition: Definition, metric: Metric, currency: str) -> Markup:
    value = _value(definition, metric, currency)
    return element("dl", element("dt", definition.title), value)


def _heat(changes: dict[int, float | None], month: int) -> Markup:
    if month not in changes:
        return NOTHING
    change = changes[month]
    if change is None:
        return Markup("n/a")
    shown = f"{100 * change:+.1f}"
    if float(shown) == 0:
        return element("span", "0.0")
    depth = min(abs(change) / DEEPEST_COLOUR, 1.0)
    tone = "up" if change > 0 else "down"
    return element("span", shown, class_=tone, style=f"--depth:{depth:.2f}")


def _year(changes: dict[int, float | None]) -> str:
    growth = 1.0
    for change in changes.values():
        if change is None:
            return "n/a"
        growth *= 1 + change
    return f"{100 * (growth - 1):+.1f}"


def _trades(trips: Trips, before: int, currency: str) -> Markup:
    header = ("#", "Strategy", "Instrument", "Side", "Opened (UTC)", "Closed (UTC)")
    figures = ("Held", "Quantity", "Entry", "Exit", f"Result {currency}".rstrip(), "Return")
    rows = _trade_rows(trips, before)
    return element("div", table((*header, *figures), rows, text_columns=6), class_="dense")


def _trade_rows(trips: Trips, before: int) -> Iterable[tuple[str, ...]]:
    strategy, instrument = trips.strategy.text(), trips.instrument.text()
    net, change = trips.net, trips.change
    for at in range(len(trips.side)):
        closed = bool(trips.closed[at])
        yield (
            count(before + at + 1),
            str(strategy[at]),
            str(instrument[at]),
            "long" if trips.side[at] > 0 else "short",
            moment(int(trips.ts_open[at])),
            moment(int(trips.ts_close[at])) if closed else "open",
            duration(float(trips.holding_ns[at]) / 1e9) if closed else "",
            price(float(trips.quantity[at])),
            price(float(trips.entry_price[at])),
            price(float(trips.exit_price[at])),
            money(float(net[at])),
            percent(float(change[at])) if closed else "",
        )


def _split(title: str, shares: tuple[Share, ...]) -> Markup:
    rows = [
        (
            share.name,
            count(share.trades),
            percent(share.wins / share.trades) if share.trades else "n/a",
            money(share.net),
            money(share.fees),
            money(share.value),
        )
        for share in shares
    ]
    header = (title, "Trades", "Win rate", "Realised", "Fees", "Traded value")
    return _capped(header, rows, f"the best {ROWS_MAX} of {count(len(rows))}")


def _capped(header: Sequence[str], rows: Sequence[Sequence[str]], rule: str) -> Markup:
    """Return a table of the first ROWS_MAX rows, and the rule by which they were chosen if any."""
    note = element("p", f"Shown: {rule}.", class_="note") if len(rows) > ROWS_MAX else NOTHING
    return element("div", table(header, rows[:ROWS_MAX]), note)
