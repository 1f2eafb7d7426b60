"""Feed a journal to an automaton again and compare what it decides, one decision after another.

Sends nothing anywhere.
"""

from collections.abc import Iterable, Iterator

import msgspec

from engine.journal.entries import Entry, Kind, encode
from engine.live.automaton import Automaton
from engine.model.run_events import RunEnded


class Difference(msgspec.Struct, frozen=True):
    """Hold the first decision that differs: the input that led to it, what stood, what came.

    `recorded` is None for a decision that only the replay made, `replayed` for one that it missed.
    """

    sequence: int
    cause: object
    recorded: object | None
    replayed: object | None


class Replayed(msgspec.Struct, frozen=True):
    """Hold what a replay came to; `difference` is None when every decision was the same."""

    inputs: int
    decisions: int
    complete: bool
    difference: Difference | None


def replay(entries: Iterable[Entry], automaton: Automaton) -> Replayed:
    """Replay entries in their order up to the first difference.

    Of a journal that ends in a crash the last input may lack decisions; `complete` is then False,
    and what the journal does have is compared all the same. Where entries are missing, as of market
    data that a loss of power took, the comparison ends.
    """
    comparison = _Comparison(automaton)
    for entry in entries:
        if not comparison.take(entry):
            break
    return comparison.result()


class _Comparison:
    def __init__(self, automaton: Automaton) -> None:
        self._automaton = automaton
        self._inputs = self._decisions = 0
        self._cause: Entry | None = None
        self._waiting: Iterator[object] = iter(())
        self._complete = False
        self._sequence: int | None = None
        self._difference: Difference | None = None

    def take(self, entry: Entry) -> bool:
        """Take the next entry; return False once a difference was found, or entries are missing."""
        before, self._sequence = self._sequence, entry.sequence
        if before is not None and entry.sequence != before + 1:
            return False
        if entry.kind is Kind.DECISION:
            self._decisions += 1
            self._compare(entry.sequence, entry.body)
        elif entry.kind is Kind.INPUT:
            self._compare_end(entry.sequence)
            if self._difference is None:
                self._inputs += 1
                self._cause = entry
                self._waiting = iter(self._automaton.take(entry.body))
        elif isinstance(entry.body, RunEnded):
            self._complete = True
            self._compare_end(entry.sequence)
        return self._difference is None

    def result(self) -> Replayed:
        return Replayed(self._inputs, self._decisions, self._complete, self._difference)

    def _compare(self, sequence: int, recorded: object) -> None:
        replayed = next(self._waiting, None)
        if replayed is None or encode(replayed) != encode(recorded):
            self._differ(sequence, recorded, replayed)

    def _compare_end(self, sequence: int) -> None:
        """Find a decision that the replay made and the journal does not have."""
        replayed = next(self._waiting, None)
        if replayed is not None:
            self._differ(sequence, None, replayed)

    def _differ(self, sequence: int, recorded: object, replayed: object) -> None:
        cause = None if self._cause is None else self._cause.body
        self._difference = Difference(sequence, cause, recorded, replayed)
