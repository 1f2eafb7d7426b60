"""The type that only the gate makes: a command that may be sent.

Decides nothing; `engine.gate.gate` is the one module that builds it, and a test says so.
"""

from typing import Generic, TypeVar

import msgspec

from engine.model.commands import Command

C_co = TypeVar("C_co", bound=Command, covariant=True)


class Approved(msgspec.Struct, Generic[C_co], frozen=True, gc=False):
    """Wrap a command that passed every rule; a connector's port accepts nothing else."""

    command: C_co
