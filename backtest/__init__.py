"""Recorded data, the replay connector, the simulated exchange, runs and their reports.

It runs the engine's own kernel; there is no second engine for simulation.
"""

import engine as _engine  # noqa: F401 - it chooses the compiled core before this room loads any
