"""The person behind the bot: kills its trading at times, and lets it go on a while later.

Restarts nothing; the stage does.
"""

from connectors.frame.timing import Clock
from connectors.simulation.faults import Fault, FaultPlan
from engine.control.desk import Action, Instruction
from engine.errors import UsageError
from engine.simulation.loop import SeededLoop
from engine.simulation.process import Process
from lockstep.live.session import Bot

_LOOK_S = 1.0
_KILLED_NS = 8_000_000_000
"""How long trading stays killed, over as many lives as there are meanwhile."""


class Operator:
    """Look every second, and press the kill switch when the fault `kill_switch` strikes."""

    def __init__(self, loop: SeededLoop, clock: Clock, faults: FaultPlan) -> None:
        self._loop = loop
        self._clock = clock
        self._faults = faults
        self._bot: tuple[Process, Bot] | None = None
        self._enable_at: int | None = None

    def attend(self, process: Process, bot: Bot) -> None:
        """Look after the bot that lives now."""
        self._bot = process, bot

    def look(self) -> None:
        """Look at the bot, now and every second from now on."""
        self._loop.call_later(_LOOK_S, self.look)
        if self._bot is None:
            return
        process, bot = self._bot
        if process.is_dead or bot.desk is None or not bot.desk.is_running:
            return
        if self._enable_at is None:
            if self._faults.strikes(Fault.KILL_SWITCH, "firm"):
                self._enable_at = self._clock.now() + _KILLED_NS
                process.call(lambda: self._instruct(bot, Action.KILL))
        elif self._clock.now() >= self._enable_at:
            self._enable_at = None
            process.call(lambda: self._instruct(bot, Action.ENABLE))

    def relent(self) -> None:
        """Let trading go on at the next look."""
        if self._enable_at is not None:
            self._enable_at = 0

    def _instruct(self, bot: Bot, action: Action) -> None:
        assert bot.desk is not None
        try:
            bot.desk.instruct(Instruction(action=action, reason="as rehearsed", by="torture"))
        except UsageError:  # it has stopped to run since
            self._enable_at = 0 if action is Action.ENABLE else None
