"""Mutants: what is taken out comes back, and there are enough of them."""

import pytest

from engine.errors import UsageError
from engine.journal.writer import Journal
from engine.recovery.trades import SeenTrades
from lockstep.torture.mutants import MUTANTS
from lockstep.torture.mutants.mutant import around, instead, together
from lockstep.torture.mutants.score import named


def test_there_are_at_least_twenty_mutants_and_each_has_a_name_of_its_own() -> None:
    names = [mutant.name for mutant in MUTANTS]
    assert len(names) == len(dict.fromkeys(names)) >= 20
    assert len(dict.fromkeys(mutant.safeguard for mutant in MUTANTS)) == len(names)


def test_what_was_taken_out_comes_back_whatever_happens() -> None:
    before = Journal.commit, SeenTrades.add
    mutation = together(
        instead(Journal, "commit", None),
        around(SeenTrades, "add", lambda add, *arguments: not add(*arguments)),
    )

    def fail() -> None:
        with mutation():
            assert Journal.__dict__["commit"] is None
            assert SeenTrades.add is not before[1]
            raise ValueError("within")

    with pytest.raises(ValueError, match="within"):
        fail()
    assert (Journal.commit, SeenTrades.add) == before


def test_mutants_are_chosen_by_name() -> None:
    first = MUTANTS[0]
    assert named(first.name) == (first,)
    assert named("") == MUTANTS
    with pytest.raises(UsageError, match="no mutant"):
        named("typo")
