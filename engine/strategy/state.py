"""Where a strategy is in its run.

Knows neither strategies nor what runs them, so that everything may import it.
"""

from enum import StrEnum


class HostState(StrEnum):
    """Name where a strategy is in its run."""

    STARTING = "starting"
    WARMING_UP = "warming_up"
    RUNNING = "running"
    STOPPED = "stopped"


RUNNING = HostState.RUNNING
STOPPED = HostState.STOPPED
"""Members that every event or order needs: slow to reach through their class."""
