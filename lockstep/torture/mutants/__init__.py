"""Mutants: the product with one safeguard switched off, from outside, which the checkers must find.

A mutant that nothing finds is a checker that is missing, or a safeguard that others make needless.
"""

from lockstep.torture.mutants import evidence, limits, links, survival
from lockstep.torture.mutants.mutant import Mutant

MUTANTS: tuple[Mutant, ...] = (
    *evidence.MUTANTS,
    *limits.MUTANTS,
    *survival.MUTANTS,
    *links.MUTANTS,
)
"""Every mutant there is."""

__all__ = ["MUTANTS", "Mutant"]
