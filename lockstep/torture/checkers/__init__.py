"""The invariants of a run, one small file each: functions that read a record and find breaches.

Each takes what it needs from the record alone and shares no code with what it checks. To add one,
write `NAME(record) -> Iterator[Breach]`, whose docstring says what is demanded, and list it here.
"""

from lockstep.torture.checkers.books_agree import books_agree
from lockstep.torture.checkers.breach import Breach, Check, Finding
from lockstep.torture.checkers.doubts_end import doubts_end
from lockstep.torture.checkers.durable_first import durable_first
from lockstep.torture.checkers.ends_well import ends_well
from lockstep.torture.checkers.hears_the_market import hears_the_market
from lockstep.torture.checkers.keeps_secrets import keeps_secrets
from lockstep.torture.checkers.one_live_order import one_live_order
from lockstep.torture.checkers.recovers import recovers
from lockstep.torture.checkers.replays import replays
from lockstep.torture.checkers.sent_once import sent_once
from lockstep.torture.checkers.silent_after_kill import silent_after_kill
from lockstep.torture.checkers.within_bounds import within_bounds
from lockstep.torture.checkers.within_limits import within_limits
from lockstep.torture.record import Record

CHECKS: tuple[Check, ...] = (
    ends_well,
    durable_first,
    sent_once,
    one_live_order,
    within_limits,
    silent_after_kill,
    within_bounds,
    replays,
    recovers,
    hears_the_market,
    doubts_end,
    books_agree,
    keeps_secrets,
)
"""Every invariant. Of breaches at one moment the one that is listed first is told first."""


def judge(record: Record) -> list[Finding]:
    """Return every breach of every invariant, the earliest first."""
    found = [
        Finding(check.__name__, breach.ts, breach.what)
        for check in CHECKS
        for breach in check(record)
    ]
    return sorted(found, key=lambda finding: finding.ts)


__all__ = ["CHECKS", "Breach", "Finding", "judge"]
