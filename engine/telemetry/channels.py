"""Where alerts go: a webhook, or a chat of Telegram.

Keeps no queue and tries nothing twice; `engine.telemetry.alerts` does.
"""

import aiohttp

from engine.config.secret import Secret
from engine.errors import VenueError
from engine.telemetry.alerts import Alert

_TIMEOUT = aiohttp.ClientTimeout(total=10)
_ACCEPTED = 300
TELEGRAM = "https://api.telegram.org"


class Webhook:
    """Post each alert as a JSON object to a URL.

    The keys are bot, level, kind, subject, text, ts (ns UTC) and repeats. The URL is a secret: it
    often holds a token.
    """

    name = "webhook"

    def __init__(self, http: aiohttp.ClientSession, url: Secret, bot: str) -> None:
        self._http = http
        self._url = url
        self._bot = bot

    async def send(self, alert: Alert) -> None:
        """Deliver one alert; raises VenueError when it is not taken."""
        body = {
            "bot": self._bot,
            "level": alert.level.name.lower(),
            "kind": alert.kind,
            "subject": alert.subject,
            "text": alert.text,
            "ts": alert.ts,
            "repeats": alert.repeats,
        }
        await _post(self._http, self._url.reveal(), body)


class Telegram:
    """Send each alert as a message to a chat, by the Bot API's sendMessage.

    `base` is the API's address, for those who run their own.
    """

    name = "telegram"

    def __init__(
        self, http: aiohttp.ClientSession, token: Secret, chat: str, bot: str, base: str = TELEGRAM
    ) -> None:
        self._http = http
        self._token = token
        self._chat = chat
        self._bot = bot
        self._base = base

    async def send(self, alert: Alert) -> None:
        """Deliver one alert; raises VenueError when it is not taken."""
        url = f"{self._base}/bot{self._token.reveal()}/sendMessage"
        await _post(self._http, url, {"chat_id": self._chat, "text": f"{self._bot} {alert.line()}"})


async def _post(http: aiohttp.ClientSession, url: str, body: dict[str, object]) -> None:
    """Post JSON; the URL is in no message, for it holds a secret."""
    try:
        async with http.post(url, json=body, timeout=_TIMEOUT, allow_redirects=False) as answer:
            if answer.status >= _ACCEPTED:
                raise VenueError(f"the alert was answered with status {answer.status}")
    except aiohttp.ClientError as error:
        raise VenueError(f"the alert was not delivered ({type(error).__name__})") from None
