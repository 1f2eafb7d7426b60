"""The commands that look at a running engine and steer it, from `status` to `enable`.

They speak to its control socket; nothing here touches a venue.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from lockstep.cli.output import Json, Quiet, answer, answer_json, columns

Socket = Annotated[Path | None, typer.Option("--socket", help="The engine's control socket.")]
Runs = Annotated[Path, typer.Option("--runs", help="The folder that holds the run folders.")]
Account = Annotated[str | None, typer.Option("--account", help="Only this account.")]
Strategy = Annotated[str | None, typer.Option("--strategy", help="Only this strategy.")]
Instrument = Annotated[str | None, typer.Option("--instrument", help="Only this instrument.")]
Rule = Annotated[str, typer.Argument(help="The rule: the reason of its denials.")]
Minutes = Annotated[float, typer.Option("--minutes", help="For how long.", min=0.01)]
Reason = Annotated[str, typer.Option("--reason", help="Why; it stands in the journal.")]
RUNS = Path("runs")

_HELP = {
    "pause": "Let nothing increase risk; exits and cancels still go.",
    "resume": "Take a pause back.",
    "flatten": "Cancel all orders and close all positions.",
    "cancel-all": "Cancel all orders; strategies go on.",
    "stop": "Stop the engine as its configuration says.",
    "kill": "Latch the kill switch: nothing but cancels goes out, over restarts too.",
    "enable": "Clear a kill switch, a throttle or a frozen market; give --reason.",
}


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("status")(status)
    app.command("orders")(orders)
    app.command("positions")(positions)
    app.command("balances")(balances)
    for action, text in _HELP.items():
        app.command(action, help=text)(_instructs(action))
    app.command("override")(override)


def status(
    *, socket: Socket = None, runs: Runs = RUNS, as_json: Json = False, quiet: Quiet = False
) -> None:
    """Show the state of the running engine; exit code 1 unless it is running and not halted."""
    found = _asked(socket, runs, "status")
    healthy = found["state"] == "running" and not found["risk"]
    if as_json:
        answer_json(found)
    elif quiet:
        answer(found["state"])
    else:
        answer(_summary(found))
    if not healthy:
        raise typer.Exit(1)


def orders(
    *, socket: Socket = None, runs: Runs = RUNS, as_json: Json = False, quiet: Quiet = False
) -> None:
    """List the open orders."""
    heads = "id", "strategy", "instrument", "side", "type", "quantity", "filled", "price", "status"
    _list("orders", heads, socket, runs, as_json=as_json, quiet=quiet)


def positions(
    *, socket: Socket = None, runs: Runs = RUNS, as_json: Json = False, quiet: Quiet = False
) -> None:
    """List the positions: of accounts, and of strategies."""
    heads = "account", "strategy", "instrument", "position_id", "quantity", "average_price"
    money = "unrealised", "currency"
    _list("positions", (*heads, *money), socket, runs, as_json=as_json, quiet=quiet)


def balances(
    *, socket: Socket = None, runs: Runs = RUNS, as_json: Json = False, quiet: Quiet = False
) -> None:
    """List what the accounts are worth."""
    heads = "id", "currency", "equity", "unrealised", "balances"
    _list("balances", heads, socket, runs, as_json=as_json, quiet=quiet)


def override(  # noqa: PLR0913 - each is an option of the command line
    rule: Rule,
    *,
    minutes: Minutes = 10.0,
    account: Account = None,
    strategy: Strategy = None,
    instrument: Instrument = None,
    reason: Reason = "",
    socket: Socket = None,
    runs: Runs = RUNS,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Let one rule be passed for a time; give --reason."""
    about = {"rule": rule, "minutes": f"{minutes:g}", "reason": reason}
    about |= _scope(account, strategy, instrument)
    _told(_asked(socket, runs, "override", about), as_json=as_json, quiet=quiet)


def _instructs(action: str) -> Any:  # noqa: ANN401 - typer reads the signature, whatever it is
    def instruct(
        *,
        account: Account = None,
        strategy: Strategy = None,
        instrument: Instrument = None,
        reason: Reason = "",
        socket: Socket = None,
        runs: Runs = RUNS,
        as_json: Json = False,
        quiet: Quiet = False,
    ) -> None:
        instruction = {**_scope(account, strategy, instrument), "reason": reason}
        _told(_asked(socket, runs, action, instruction), as_json=as_json, quiet=quiet)

    return instruct


def _scope(account: str | None, strategy: str | None, instrument: str | None) -> dict[str, str]:
    chosen = {"account": account, "strategy": strategy, "instrument": instrument}
    given = [(scope, name) for scope, name in chosen.items() if name is not None]
    if len(given) > 1:
        raise typer.BadParameter("give one of --account, --strategy and --instrument")
    scope, name = given[0] if given else ("firm", "")
    return {"scope": scope, "name": name}


def _told(done: Mapping[str, str], *, as_json: bool, quiet: bool) -> None:
    if as_json:
        answer_json(done)
    elif not quiet:
        answer(done["done"])


def _asked(
    socket: Path | None, runs: Path, route: str, instruction: Mapping[str, str] | None = None
) -> Any:  # noqa: ANN401 - whatever the engine answers
    from lockstep.operating import ask, only

    return ask(socket or only(runs), route, instruction)


def _list(
    route: str,
    heads: Sequence[str],
    socket: Path | None,
    runs: Path,
    *,
    as_json: bool,
    quiet: bool,
) -> None:
    rows = _asked(socket, runs, route)
    if as_json:
        answer_json({route: rows})
    elif rows:
        top = [] if quiet else [[head.replace("_", " ") for head in heads]]
        answer(columns([*top, *([_cell(row[head]) for head in heads] for row in rows)]))
    elif not quiet:
        answer(f"no {route}")


def _cell(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{_cell(entry)} {name}" for name, entry in value.items())
    if isinstance(value, list):
        return ", ".join(map(_cell, value))
    if isinstance(value, float):
        return f"{value:.10g}"
    return "-" if value in (None, "") else str(value)


def _summary(found: Mapping[str, Any]) -> str:
    now = found["now"]
    unknown, waiting = found["unknown_orders"], found["inbox_depth"]
    lines = [
        f"{found['run_id']}: {found['mode']}, {found['state']} since {_time(found['started'])}",
        f"orders: {found['open_orders']} open, {unknown} unknown; inbox: {waiting}",
    ]
    lines += [f"{r['state']} {r['scope']} {r['name']}: {r['reason']}" for r in found["risk"]]
    parts = (
        ("strategies", ("name", "accounts", "state", "fault")),
        ("accounts", ("id", "equity", "currency", "balances")),
        ("links", ("name", "state")),
    )
    for part, keys in parts:
        if found[part]:
            rows = [[_cell(entry[key]) for key in keys] for entry in found[part]]
            lines += [part, columns(rows, "  ")]
    if found["feeds"]:
        rows = [[f["instrument"], _cell(f["price"]), _age(now, f["ts"])] for f in found["feeds"]]
        lines += ["feeds", columns(rows, "  ")]
    return "\n".join(lines)


def _time(ns: int) -> str:
    return datetime.fromtimestamp(ns / 1e9, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _age(now: int, ts: int | None) -> str:
    return "nothing yet" if ts is None else f"{(now - ts) / 1e9:.1f} s ago"
