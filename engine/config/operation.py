"""The sections that say how a running engine is seen and steered: log, control endpoint, alerts.

They change nothing of what is traded.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from engine.config.secret import SecretReference
from engine.config.values import SPAN_PATTERN, span_ns
from engine.config.words import Text, about, spelled

Severity = Literal["info", "warning", "critical"]
Span = Annotated[str, spelled(f"^{SPAN_PATTERN}$", "a span such as 30s, 5m or 1h")]
ALERTS: dict[str, tuple[Severity, str]] = {
    "started": ("info", "the engine runs, reconciled with its venues"),
    "stopped": ("info", "the engine has ended as it was asked to"),
    "left_at_venue": ("critical", "the engine has ended, and what should be gone is not"),
    "margin_call": ("critical", "an account's equity has fallen below a level of its used margin"),
    "account_changed": ("warning", "a venue has changed an account, or acted on it by itself"),
    "order_unknown": ("warning", "nobody told what became of a command"),
    "order_lost": ("critical", "a venue proved that it does not know an order that was sent"),
    "late_fill": ("warning", "an order that was closed has filled"),
    "stranger_fill": ("critical", "an order that is not ours has filled on our account"),
    "adjusted": ("critical", "books and venue differed, and the books were adjusted"),
    "disconnected": ("warning", "a connection is lost; told once until it stands again"),
    "reconnected": ("warning", "a connection stands again, and how long it was away"),
    "login_refused": ("critical", "a venue refuses the credentials; a person has to mend them"),
    "feed_stale": ("warning", "no market data comes although the market is open"),
    "strategy_stopped": ("critical", "a strategy failed and was stopped"),
    "risk_state": ("critical", "a scope was reduced or halted, or a kill switch latched"),
    "rate_limited": ("warning", "a venue says that too much was sent"),
    "journal_failed": ("critical", "the journal cannot be written: no new order is sent"),
    "stalled": ("warning", "a callback held the loop for too long"),
    "clock_skew": ("warning", "our clock and the venue's differ"),
}
"""Every kind of alert: how serious it is unless the configuration says otherwise, and of what."""

Port = Annotated[int, Meta(ge=0, le=65_535)]


class LogConfig(Struct, frozen=True, kw_only=True):
    """Say what is logged and where; the run folder's log.jsonl is always JSON."""

    level: Annotated[
        Literal["debug", "info", "warning", "error"], about("least serious entry that is kept")
    ] = "info"
    console: Annotated[
        Literal["text", "json", "off"], about("what standard error gets of the log")
    ] = "text"
    file: Annotated[bool, about("write log.jsonl into the run folder")] = True


class ControlConfig(Struct, frozen=True, kw_only=True):
    """Say who may look at a running engine and steer it.

    The owner's socket stands in the run folder. TCP listens on loopback and only with a token.
    """

    socket: Annotated[bool, about("open the control socket of the owner")] = True
    host: Annotated[Text, about("loopback address for TCP")] = "127.0.0.1"
    port: Annotated[Port | None, about("TCP port for page, metrics and control; 0 picks one")] = (
        None
    )
    token: Annotated[SecretReference | None, about("secret that opens TCP")] = None


class TelegramConfig(Struct, frozen=True, kw_only=True):
    """Name a chat of Telegram and the bot that writes there."""

    token: Annotated[SecretReference, about("token of the Telegram bot")]
    chat: Annotated[Text, about("id of the chat")]


class AlertsConfig(Struct, frozen=True, kw_only=True):
    """Say which events call a person, and where."""

    least: Annotated[Severity, about("least serious alert that is sent")] = "warning"
    quiet: Annotated[Span, about("time in which the same alert is not sent again")] = "5m"
    silence: Annotated[
        Span, about("time without market data, while the market is open, that is told")
    ] = "5m"
    levels: Annotated[dict[str, Severity], about("kind of alert -> how serious it is")] = {}
    webhook: Annotated[SecretReference | None, about("URL that gets alerts as JSON")] = None
    telegram: TelegramConfig | None = None

    @property
    def silence_ns(self) -> int:
        """Return the time without market data that is told, in nanoseconds."""
        return span_ns(self.silence)

    @property
    def quiet_s(self) -> float:
        """Return the time in which the same alert is not sent again, in seconds."""
        return span_ns(self.quiet) / 1_000_000_000
