"""Tell the service manager (systemd) that the engine is ready, alive or stopping.

Does nothing where no manager asks: without NOTIFY_SOCKET in the environment.
"""

import asyncio
import socket
from collections.abc import Mapping

_MICROSECOND_S = 1e-6


class ServiceManager:
    """Send notifications by the protocol of sd_notify(3)."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        address = environ.get("NOTIFY_SOCKET", "")
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        microseconds = environ.get("WATCHDOG_USEC", "")
        self._watchdog_s = int(microseconds) * _MICROSECOND_S if microseconds.isdigit() else 0.0
        self._beat: asyncio.TimerHandle | None = None

    def ready(self) -> None:
        """Say that the engine runs, and from now on that it lives, twice in a watchdog's time."""
        self._send("READY=1")
        if self._watchdog_s:
            self._live()

    def status(self, text: str) -> None:
        """Say in one line what the engine is doing."""
        self._send(f"STATUS={text}")

    def stopping(self) -> None:
        """Say that the engine is stopping."""
        if self._beat is not None:
            self._beat.cancel()
        self._send("STOPPING=1")

    def _live(self) -> None:
        self._send("WATCHDOG=1")
        loop = asyncio.get_running_loop()
        self._beat = loop.call_later(self._watchdog_s / 2, self._live)

    def _send(self, text: str) -> None:
        if not self._address:
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.setblocking(False)
            try:
                line.sendto(text.encode(), self._address)
            except OSError:  # a manager that is gone or full must not harm the engine
                return
