"""Say how a live run ended: its summary, its figures, its report, and the exit code.

Ends nothing; the run is over when this is asked.
"""

from pathlib import Path

from engine.config.sections import Config
from engine.errors import LockstepError
from engine.kernel import Kernel
from engine.live.life import Life
from engine.model.risk import FIRM, RiskState
from lockstep.live.notices import Notices
from lockstep.live.record import LiveRecord

_STRATEGY_FAILED, _LEFT, _HALTED, _FAULT = 1, 3, 4, 5


def summary_of(kernel: Kernel, life: Life, notices: Notices) -> dict[str, object]:
    """Return what happened in a run, as its summary tells it."""
    portfolio = kernel.portfolio
    return {
        "events": notices.events,
        "orders": notices.orders,
        "fills": notices.fills,
        "denied": sum(notices.denials.values()),
        "denials": dict(sorted(notices.denials.items())),
        "open_orders": sum(order.is_open for order in kernel.orders.orders.values()),
        "equity": {each.id: portfolio.equity(each) for each in portfolio.accounts.values()},
        "left_at_venue": life.left,
        "stopped": [{"strategy": name, "error": fault} for name, fault in life.faults],
    }


def figures_of_record(
    record: LiveRecord, kernel: Kernel, folder: Path, config: Config, mode: str
) -> dict[str, object]:
    """Close a run's tables and return what its summary holds of them.

    Raises DataError where they could not be written.
    """
    from lockstep.live.results import figures_of, results_of

    digest = record.finish()
    instruments = [market.instrument for market in kernel.bus.markets.values()]
    return {**figures_of(results_of(folder, config, instruments), mode), "digest": digest}


def report(folder: Path, config: Config, notices: Notices) -> None:
    """Write the report of a run whose summary is written, where one is wanted."""
    if not config.report.html:
        return
    from backtest.results.report import write_report

    try:
        write_report(folder, standalone=config.report.standalone)
    except (LockstepError, OSError) as error:
        notices.say(f"no report: {error}")


def exit_code(kernel: Kernel, life: Life) -> int:
    """Return the exit code that tells how a run ended: the most serious there is."""
    halted = kernel.control.latches.state(FIRM) is RiskState.HALTED and not life.halted_by_stop
    codes = (
        (life.fault, _FAULT),
        (halted, _HALTED),
        (life.left, _LEFT),
        (life.faults, _STRATEGY_FAILED),
    )
    return next((code for holds, code in codes if holds), 0)
