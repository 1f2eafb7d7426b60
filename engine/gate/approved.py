"""The type that only the gate makes: a command that may be sent.

Decides nothing; `engine.gate.gate` is the one module that builds it, and a test says so.
"""

from typing import Generic, TypeVar

import msgspec

from engine.model.commands import Command
from engine.model.zones import NEVER

C_co = TypeVar("C_co", bound=Command, covariant=True)


class Approved(msgspec.Struct, Generic[C_co], frozen=True, gc=False):
    """Wrap a command that passed every rule; a connector's port accepts nothing else.

    It leaves by `leave_by` (ns) or not at all: the limits of venues are proven for that delay.
    """

    command: C_co
    leave_by: int = NEVER
