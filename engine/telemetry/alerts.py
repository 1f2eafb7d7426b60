"""Alerts: what a person must hear of, once, wherever he is.

Never blocks and never raises into the engine: a channel that fails loses its alerts, and the loss
is counted and logged.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum
from typing import Protocol

import msgspec
import structlog

from engine.config.operation import ALERTS
from engine.telemetry.meters import Meters

WAITING_MAX = 100
"""Alerts that wait for one channel; beyond that the oldest of the least serious is dropped."""
ATTEMPTS_MAX = 3
_SECOND = 1_000_000_000


class AlertLevel(IntEnum):
    """Name how serious an alert is."""

    INFO = 0
    WARNING = 1
    CRITICAL = 2


class Alert(msgspec.Struct, frozen=True):
    """Hold one alert: what kind of event it tells of, about what, in words, and when (ns UTC).

    `repeats` counts those of the same kind and subject that were held back before it.
    """

    level: AlertLevel
    kind: str
    subject: str
    text: str
    ts: int
    repeats: int = 0

    def line(self) -> str:
        """Return the alert as one line."""
        again = f" ({self.repeats} more before it)" if self.repeats else ""
        return f"{self.level.name} {self.kind} {self.subject}: {self.text}{again}"


LEVELS: Mapping[str, AlertLevel] = {
    kind: AlertLevel[level.upper()] for kind, (level, _) in ALERTS.items()
}


class Channel(Protocol):
    """Carry alerts to a person; raises whatever it likes when it cannot."""

    name: str

    async def send(self, alert: Alert) -> None:
        """Deliver one alert, or raise."""


class _Mailbox:
    """Hold what waits for one channel."""

    def __init__(self, channel: Channel, meters: Meters) -> None:
        self.channel = channel
        self.filled = asyncio.Event()
        self._meters = meters
        self._waiting: deque[Alert] = deque()

    def put(self, alert: Alert) -> None:
        if len(self._waiting) >= WAITING_MAX:
            least = min(self._waiting, key=lambda each: each.level)
            self._waiting.remove(least)
            self.lose(least, "too many alerts wait")
        self._waiting.append(alert)
        self.filled.set()

    def take(self) -> Alert | None:
        if self._waiting:
            return self._waiting.popleft()
        self.filled.clear()
        return None

    def lose(self, alert: Alert, reason: str) -> None:
        self._meters.alerts_lost += 1
        structlog.get_logger().error(
            "alert lost", channel=self.channel.name, alert=alert.line(), reason=reason
        )


class Alerts:
    """Take alerts from the engine and bring them to every channel in the background.

    One of the same kind and subject is sent at once, and then again only `quiet_s` seconds later,
    with the number that was held back. `levels` changes the seriousness of kinds; what is below
    `least` is logged and not sent. A channel that fails is tried ATTEMPTS_MAX times, the first time
    again after `retry_s` seconds, then after twice that.
    """

    def __init__(
        self,
        channels: Sequence[Channel],
        clock: Callable[[], int],
        meters: Meters,
        levels: Mapping[str, AlertLevel] | None = None,
        least: AlertLevel = AlertLevel.WARNING,
        quiet_s: float = 300.0,
        retry_s: float = 1.0,
    ) -> None:
        self._levels = {**LEVELS, **(levels or {})}
        self._least = least
        self._clock = clock
        self._quiet_ns = round(quiet_s * _SECOND)
        self._retry_s = retry_s
        self._sent: dict[tuple[str, str], tuple[int, int]] = {}
        self._mailboxes = [_Mailbox(channel, meters) for channel in channels]
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to deliver, on the running loop."""
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(_deliver(box, self._retry_s)) for box in self._mailboxes]

    async def stop(self, wait_s: float = 5.0) -> None:
        """Deliver what waits, for at most `wait_s` seconds, and end."""
        for box in self._mailboxes:
            box.put(_LAST)
        loop = asyncio.get_running_loop()
        late = [loop.call_later(wait_s, task.cancel) for task in self._tasks]
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for each in late:
            each.cancel()

    def tell(self, kind: str, subject: str, text: str) -> None:
        """Raise an alert; raises KeyError for a kind that is not in `ALERTS`."""
        level, now = self._levels[kind], self._clock()
        structlog.get_logger().log(_LOGGED[level], text, alert=kind, subject=subject)
        if level < self._least:
            return
        sent, held = self._sent.get((kind, subject), (None, 0))
        if sent is not None and now - sent < self._quiet_ns:
            self._sent[kind, subject] = sent, held + 1
            return
        self._forget(now)
        self._sent[kind, subject] = now, 0
        alert = Alert(level, kind, subject, text, now, held)
        for box in self._mailboxes:
            box.put(alert)

    def _forget(self, now: int) -> None:
        """Drop what was sent long ago, unless something was held back since."""
        old = [
            key
            for key, (sent, held) in self._sent.items()
            if not held and now - sent >= self._quiet_ns
        ]
        for key in old:
            del self._sent[key]


_LAST = Alert(AlertLevel.CRITICAL, "", "", "", 0)
_LOGGED = {AlertLevel.INFO: 20, AlertLevel.WARNING: 30, AlertLevel.CRITICAL: 40}


async def _deliver(box: _Mailbox, retry_s: float) -> None:
    """Send one alert after the other until the last one."""
    while True:
        alert = box.take()
        if alert is None:
            await box.filled.wait()
        elif alert is _LAST:
            return
        else:
            await _attempt(box, alert, retry_s)


async def _attempt(box: _Mailbox, alert: Alert, retry_s: float) -> None:
    reason = ""
    for attempt in range(ATTEMPTS_MAX):
        if attempt:
            await _pause(retry_s * 2 ** (attempt - 1))
        try:
            await box.channel.send(alert)
        except Exception as error:  # noqa: BLE001 - a channel may fail in any way
            reason = f"{type(error).__name__}: {error}"
        else:
            return
    box.lose(alert, reason)


async def _pause(delay_s: float) -> None:
    over = asyncio.Event()
    asyncio.get_running_loop().call_later(delay_s, over.set)
    await over.wait()
