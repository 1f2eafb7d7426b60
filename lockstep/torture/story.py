"""Tell the shortest story of a failing run: its faults, the first broken invariant, what came last.

Judges nothing and plays nothing but what it is asked to make shorter.
"""

from collections.abc import Iterator

import msgspec

from connectors.simulation.faults import Fault
from engine.journal.entries import MARKET, Kind
from engine.model.run_events import CommandSent, RunEnded, Stalled
from engine.recovery.snapshot import Snapshot
from lockstep.torture.checkers import Finding, judge
from lockstep.torture.record import Record
from lockstep.torture.scenario import Scenario
from lockstep.torture.stage import play

LAST = 20
"""How many of the last events a story tells."""
_LEFT_OUT = (*MARKET, CommandSent, Stalled, Snapshot)
_SECOND_NS = 1e9


class Story(msgspec.Struct, frozen=True):
    """Hold a failing seed: the faults that it takes, what broke first, and the events before."""

    seed: int
    faults: dict[str, int]
    finding: Finding
    at_s: float
    last: tuple[str, ...]

    def lines(self) -> list[str]:
        """Return it as a person reads it."""
        struck = ", ".join(f"{name} {count}" for name, count in sorted(self.faults.items()))
        head = f"seed {self.seed} breaks {self.finding.invariant} after {self.at_s:.3f} s"
        return [
            f"{head}: {self.finding.what}",
            f"  faults: {struck or 'none'}",
            *(f"  {line}" for line in self.last),
        ]


def tell(record: Record) -> Story | None:
    """Return the story of a record, None where nothing was broken."""
    findings = judge(record)
    if not findings:
        return None
    first = findings[0]
    told = [line for ts, line in sorted(_events(record), key=_when) if ts <= first.ts]
    return Story(
        seed=record.scenario.seed,
        faults=record.faults,
        finding=first,
        at_s=(first.ts - record.began) / _SECOND_NS,
        last=tuple(told[-LAST:]),
    )


def shortest(scenario: Scenario, invariant: str) -> Story | None:
    """Leave out one fault after another while the same invariant breaks; tell what is left."""
    story = _broken(scenario, invariant)
    for fault in sorted(scenario.chances):
        fewer = without(scenario, fault)
        found = _broken(fewer, invariant)
        if found is not None:
            scenario, story = fewer, found
    return story


def without(scenario: Scenario, fault: Fault) -> Scenario:
    """Return the scenario with one fault fewer; the others strike as they did."""
    left = {each: chance for each, chance in scenario.chances.items() if each is not fault}
    return msgspec.structs.replace(scenario, chances=left)


def _broken(scenario: Scenario, invariant: str) -> Story | None:
    story = tell(play(scenario))
    return story if story is not None and story.finding.invariant == invariant else None


def _when(told: tuple[int, str]) -> int:
    return told[0]


def _events(record: Record) -> Iterator[tuple[int, str]]:
    """Yield what happened, with when (ns): faults, commands, the venue's deeds, the journal."""
    for ts, fault, what in record.struck:
        yield ts, _line(record, ts, "fault", f"{fault} {what}".rstrip())
    for sent in record.sent:
        yield sent.ts, _line(record, sent.ts, "sent", sent.command)
    for each in record.venue:
        yield each.ts, _line(record, each.ts, "venue", each.report)
    for life in record.lives:
        yield life.began, _line(record, life.began, "life", f"{life.number} begins")
        for entry in life.entries:
            body: object = entry.body
            came = getattr(body, "ts_recv", None)
            told = entry.kind is Kind.INPUT and not isinstance(body, _LEFT_OUT)
            if came is not None and (told or isinstance(body, RunEnded)):
                yield came, _line(record, came, "engine", body)


def _line(record: Record, ts: int, who: str, what: object) -> str:
    return f"{(ts - record.began) / _SECOND_NS:9.3f} s  {who:6}  {what}"
