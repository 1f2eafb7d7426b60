"""The type that only the gate makes: a command that may be sent.

Decides nothing; `engine.gate.gate` is the one module that builds it, and a test says so.
"""

from typing import Generic, TypeVar

from engine.model.commands import Command

C_co = TypeVar("C_co", bound=Command, covariant=True)


class Approved(Generic[C_co]):
    """Wrap a command that passed every rule; a connector's port accepts nothing else."""

    __slots__ = ("_command",)

    def __init__(self, command: C_co) -> None:
        self._command = command

    @property
    def command(self) -> C_co:
        """Return the command to carry out."""
        return self._command
