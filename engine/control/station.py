"""All that people see and steer of one running engine: log, alerts, control endpoint, service.

Trades nothing; an engine without it runs the same.
"""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import aiohttp
import structlog

from engine.config.operation import AlertsConfig, ControlConfig, LogConfig
from engine.config.secret import Secret, SecretReference
from engine.control.desk import Desk
from engine.control.server import ControlServer
from engine.control.service import ServiceManager
from engine.errors import ConfigError
from engine.telemetry.alerts import AlertLevel, Alerts, Channel
from engine.telemetry.channels import Telegram, Webhook
from engine.telemetry.lag import LoopLag
from engine.telemetry.log import LogFile, configure, release
from engine.telemetry.meters import Meters
from engine.telemetry.redaction import Redactor

LOG = "log.jsonl"
SOCKET = "control.sock"


class Station:
    """Open log, alerts and control endpoint of a bot in its run folder.

    Make it first: from then on everything is logged, and every secret that `secret` resolves is
    masked. `clock` gives nanoseconds UTC. Call `open` on the running loop, `close` at the end.
    """

    def __init__(
        self,
        bot: str,
        folder: Path,
        clock: Callable[[], int],
        environ: Mapping[str, str],
        log: LogConfig,
    ) -> None:
        self.meters = Meters()
        self.redactor = Redactor()
        self.service = ServiceManager(environ)
        self.alerts = Alerts((), clock, self.meters)
        self.port: int | None = None
        self._bot = bot
        self._folder = folder
        self._clock = clock
        self._environ = environ
        self._file = (folder / LOG).open("ab") if log.file else None
        self._http: aiohttp.ClientSession | None = None
        self._server: ControlServer | None = None
        self._lag: LoopLag | None = None
        configure(
            clock,
            self.redactor,
            log.level,
            None if log.console == "off" else sys.stderr,
            None if self._file is None else LogFile(self._file),
            as_json=log.console == "json",
        )

    def secret(self, reference: SecretReference) -> Secret:
        """Resolve a secret, which the log then masks; raises ConfigError when it is not there."""
        found = reference.resolve(self._environ)
        self.redactor.learn(found)
        return found

    async def open(self, desk: Desk, control: ControlConfig, alerts: AlertsConfig) -> None:
        """Start alerts and the control endpoint; raises ConfigError for what cannot be opened."""
        self._http = aiohttp.ClientSession()
        self.alerts = Alerts(
            self._channels(self._http, alerts),
            self._clock,
            self.meters,
            {kind: AlertLevel[level.upper()] for kind, level in alerts.levels.items()},
            AlertLevel[alerts.least.upper()],
            alerts.quiet_s,
        )
        self.alerts.start()
        self._lag = LoopLag(self.meters.loop_lag.observe)
        self._server = ControlServer(desk)
        if control.socket:
            await self._server.listen_unix(self._folder / SOCKET)
        if control.port is not None:
            if control.token is None:
                raise ConfigError("control.port opens TCP, which needs a control.token; add it")
            token = self.secret(control.token)
            self.port = await self._server.listen_tcp(control.host, control.port, token)
            structlog.get_logger().info("control", url=f"http://{control.host}:{self.port}/")

    async def close(self) -> None:
        """Stop listening, send the alerts that wait, and close the log."""
        if self._server is not None:
            await self._server.close()
        if self._lag is not None:
            self._lag.stop()
        await self.alerts.stop()
        if self._http is not None:
            await self._http.close()
        release()
        if self._file is not None:
            self._file.close()

    def abandon(self) -> None:
        """Let go of files and connections as the system does with a process that was killed."""
        if self._http is not None:
            self._http.detach()
        release()
        if self._file is not None:
            self._file.close()

    def _channels(self, http: aiohttp.ClientSession, alerts: AlertsConfig) -> tuple[Channel, ...]:
        channels: list[Channel] = []
        if alerts.webhook is not None:
            channels.append(Webhook(http, self.secret(alerts.webhook), self._bot))
        if alerts.telegram is not None:
            token = self.secret(alerts.telegram.token)
            channels.append(Telegram(http, token, alerts.telegram.chat, self._bot))
        return tuple(channels)
