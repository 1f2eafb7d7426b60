"""Safeguards of survival: what is on the disk before anything is sent, and what a restart knows."""

# ruff: noqa: ANN401 - what is swapped has as many types as the product has functions

from collections.abc import Callable
from typing import Any

from connectors.simulation.faults import Fault
from engine.gate.latch_file import LatchFile
from engine.journal.entries import Kind
from engine.journal.writer import Journal
from engine.model.reports import OrderAccepted
from engine.recovery.books import Books
from engine.recovery.snapshot import Snapshot
from engine.recovery.state_folder import Identity, StateFolder
from lockstep.torture.mutants.mutant import DEATHS, Mutant, around, instead, strikes

Original = Callable[..., Any]


def _later(journal: Any) -> bool:
    return not journal.failure


def _same_epoch(state: Any) -> Any:
    found = state.identity
    return state._write(Identity(found.bot, max(1, found.epoch), found.run))  # noqa: SLF001


def _without_tail(bring_up: Original, books: Any, entries: Any) -> Any:
    kept = []
    for entry in entries:
        kept.append(entry)
        if isinstance(entry.body, Snapshot):
            break
    return bring_up(books, kept)


def _nothing(_file: Any) -> None:
    """Write nothing."""


def _without_acceptances(append: Original, journal: Any, kind: Any, body: Any) -> None:
    if kind is Kind.INPUT and isinstance(body, OrderAccepted):
        return
    append(journal, kind, body)


def _unsynced(flush: Original, journal: Any, *, sync: bool = False) -> Any:
    del sync
    return flush(journal)


MUTANTS = (
    Mutant(
        name="sent_before_written",
        safeguard="an order is in the journal before it is sent",
        mutation=instead(Journal, "commit", _later),
        faults={},
    ),
    Mutant(
        name="sent_before_synced",
        safeguard="with durability power an order is on the disk before it is sent",
        mutation=around(Journal, "flush", _unsynced),
        faults={},
    ),
    Mutant(
        name="epoch_not_increased",
        safeguard="every start begins a new epoch of order ids",
        mutation=instead(StateFolder, "next_epoch", _same_epoch),
        faults=DEATHS,
    ),
    Mutant(
        name="journal_tail_not_read",
        safeguard="the books of a restart are the last snapshot and all that came after it",
        mutation=around(Books, "bring_up", _without_tail),
        faults=DEATHS,
    ),
    Mutant(
        name="latches_not_kept",
        safeguard="a kill holds over restarts",
        mutation=instead(LatchFile, "_write", _nothing),
        faults=DEATHS | strikes(Fault.KILL_SWITCH, probability=0.8, times=3),
    ),
    Mutant(
        name="input_not_journaled",
        safeguard="every input is journaled before it is processed",
        mutation=around(Journal, "append", _without_acceptances),
        faults={},
    ),
)
"""Mutants of the journal, the state folder and recovery."""
