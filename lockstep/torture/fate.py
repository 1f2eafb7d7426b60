"""When a life of the bot is cut short: at any of its callbacks, or within any of its writes.

Decides by the plan of faults alone; what is lost on the way is the disk's affair.
"""

from math import exp, log
from random import Random

from connectors.simulation.faults import Fault, FaultPlan
from engine.simulation.process import Process
from lockstep.torture.disk import LifeDisk

_STEPS_MAX = 30_000
"""How late a kill comes at the most; it is drawn so that early ones are as likely as late ones."""


class Fate:
    """Kill one life, where the faults say so: `attend` is called by its process at every step."""

    def __init__(self, process: Process, disk: LifeDisk, faults: FaultPlan, seed: str) -> None:
        self._process = process
        self._disk = disk
        self._faults = faults
        self._random = Random(f"{seed}/fate")
        self._next = self._draw()
        process.before_step = self.attend

    def attend(self) -> None:
        """Kill the process now, if its hour has come and a fault is on that does so."""
        if self._process.steps < self._next:
            return
        self._next = self._process.steps + self._draw()
        if self._faults.strikes(Fault.POWER_CUT, "callback"):
            self._disk.lose_power()
            self._process.kill("the power was cut", silently=True)
        elif self._faults.strikes(Fault.KILL, "callback"):
            self._process.kill("killed at a callback")

    def _draw(self) -> int:
        return 1 + int(exp(self._random.random() * log(_STEPS_MAX)))
