"""What the gate approved and the journal does not have yet; it leaves once it does, or never.

Repeats nothing: a command is handed over once, or comes back as not sent.
"""

from collections.abc import Callable, Mapping

from engine.gate.approved import Approved
from engine.model.commands import CancelOrder, Command
from engine.model.outcome import not_sent
from engine.model.reports import OrderReport
from engine.ports import ExecutionPort

COMMANDS_MAX = 100_000
"""How many commands may wait; one event leads to far fewer, see `engine.kernel.INTENTS_MAX`."""


class Outbox:
    """Be the execution port of every account until the journal is durable.

    `ports` gives the way to the venue of an account. A command that is older than `deadline_ns`
    when its time comes, or past the moment that the gate gave it, is not sent. `sent` is told of
    each that was handed over.
    """

    def __init__(
        self,
        ports: Mapping[str, ExecutionPort],
        deadline_ns: int,
        sent: Callable[[Command, int], None],
    ) -> None:
        self._ports = ports
        self._deadline_ns = deadline_ns
        self._sent = sent
        self._waiting: list[Approved[Command]] = []

    @property
    def is_empty(self) -> bool:
        """Say whether nothing waits."""
        return not self._waiting

    def send(self, approved: Approved[Command]) -> None:
        """Take a command that the gate made."""
        self._waiting.append(approved)

    def release(self, now: int, failure: str) -> list[OrderReport]:
        """Hand over all that waits; return the reports of what was not sent.

        With a `failure` of the journal only cancels leave: nothing new may be at the venue that a
        restart would not know of.
        """
        waiting, self._waiting = self._waiting, []
        reports: list[OrderReport] = []
        for approved in waiting:
            command = approved.command
            leave_by = min(approved.leave_by, command.ts + self._deadline_ns)
            if failure and not isinstance(command, CancelOrder):
                reports += not_sent(command, failure, now)
            elif now > leave_by:
                late = f"{(now - command.ts) / 1e9:.3f} s after it was decided"
                reports += not_sent(command, late, now)
            else:
                self._ports[command.account].send(approved)
                self._sent(command, now)
        return reports
