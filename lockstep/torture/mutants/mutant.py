"""One safeguard switched off: what it is, how it is taken out, and where its absence should show.

Plays nothing; `score` does.
"""

# ruff: noqa: ANN401 - what is swapped has as many types as the product has functions

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any

import msgspec

from connectors.simulation.faults import Chance, Fault

Mutation = Callable[[], AbstractContextManager[object]]


class Mutant(msgspec.Struct, frozen=True, kw_only=True):
    """Name a safeguard and take it out for as long as the context of `mutation` is open.

    `faults` are those under which it matters, at `venue`, and by `tightness` its limits are divided
    there. Nothing of the product knows of this.
    """

    name: str
    safeguard: str
    mutation: Mutation
    faults: Mapping[Fault, Chance]
    venue: str = "DEMO"
    tightness: float = 1.0


@contextmanager
def swapped(owner: Any, name: str, value: object) -> Iterator[None]:
    """Put something else in the place of a function or attribute, and the old one back."""
    before = owner.__dict__[name]
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, before)


def instead(owner: Any, name: str, value: object) -> Mutation:
    """Return the mutation that puts something in the place of a function or attribute."""
    return lambda: swapped(owner, name, value)


def around(owner: Any, name: str, work: Callable[..., Any]) -> Mutation:
    """Return the mutation that calls `work` with the original and what it was called with."""

    @contextmanager
    def wrapped() -> Iterator[None]:
        original = owner.__dict__[name]

        def both(*arguments: Any, **named: Any) -> Any:
            return work(original, *arguments, **named)

        with swapped(owner, name, both):
            yield

    return wrapped


def together(*mutations: Mutation) -> Mutation:
    """Return the mutation that is several at once, where one safeguard has several layers."""

    @contextmanager
    def every() -> Iterator[None]:
        with ExitStack() as stack:
            for mutation in mutations:
                stack.enter_context(mutation())
            yield

    return every


def strikes(
    *faults: Fault, probability: float = 0.2, times: int | None = None, span_ms: float = 1_000.0
) -> dict[Fault, Chance]:
    """Return faults that strike with a probability, so many times and for so long."""
    chance = Chance(probability=probability, times=times, span_ms=span_ms)
    return dict.fromkeys(faults, chance)


DEATHS = {
    **strikes(Fault.KILL, probability=1.0, times=3),
    **strikes(Fault.KILL_AT_WRITE, probability=0.05, times=3),
}
"""Deaths of the process, a few in each run."""
LOST_ANSWERS = strikes(
    Fault.CUT_AFTER, Fault.CUT_BEFORE, Fault.LOSE_REPLY, probability=0.05, times=6
)
"""Answers that never come, a few in each run."""
