"""Alerts reach their channels once, in the background, and never hold anybody up."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web

from engine.config.secret import Secret
from engine.errors import VenueError
from engine.telemetry.alerts import ATTEMPTS_MAX, WAITING_MAX, Alert, AlertLevel, Alerts, Channel
from engine.telemetry.channels import Telegram, Webhook
from engine.telemetry.meters import Meters

MINUTE = 60_000_000_000


class Pager:
    """A channel that keeps what it gets, and fails as often as it is told."""

    name = "pager"

    def __init__(self, failures: int = 0) -> None:
        self.lines: list[str] = []
        self.asked = 0
        self._failures = failures

    async def send(self, alert: Alert) -> None:
        self.asked += 1
        if self._failures:
            self._failures -= 1
            raise ConnectionError("no line")
        self.lines.append(alert.line())


class Desk:
    def __init__(self, *channels: Channel, least: AlertLevel = AlertLevel.WARNING) -> None:
        self.now = 0
        self.meters = Meters()
        self.alerts = Alerts(channels, lambda: self.now, self.meters, None, least, retry_s=0)

    async def deliver(self) -> None:
        self.alerts.start()
        await self.alerts.stop()


async def test_alert_reaches_every_channel() -> None:
    one, other = Pager(), Pager()
    desk = Desk(one, other)
    desk.alerts.tell("order_lost", "b-0-1", "the venue does not know it")
    await desk.deliver()
    assert one.lines == ["CRITICAL order_lost b-0-1: the venue does not know it"] == other.lines


async def test_same_alert_is_held_back_for_a_while_and_then_counted() -> None:
    pager = Pager()
    desk = Desk(pager)
    for minute in (0, 1, 4, 5, 6):
        desk.now = minute * MINUTE
        desk.alerts.tell("disconnected", "orders", "lost")
        desk.alerts.tell("disconnected", f"data-{minute}", "lost")
    await desk.deliver()
    again = [line for line in pager.lines if " orders" in line]
    assert again == [
        "WARNING disconnected orders: lost",
        "WARNING disconnected orders: lost (2 more before it)",
    ]
    assert len(pager.lines) == 7


async def test_what_is_not_serious_enough_is_not_sent() -> None:
    pager = Pager()
    desk = Desk(pager, least=AlertLevel.CRITICAL)
    desk.alerts.tell("disconnected", "orders", "lost")
    desk.alerts.tell("order_lost", "b-0-1", "gone")
    await desk.deliver()
    assert [line.split()[1] for line in pager.lines] == ["order_lost"]


def test_unknown_kind_is_an_error_of_the_caller() -> None:
    with pytest.raises(KeyError):
        Desk().alerts.tell("nonsense", "", "")


async def test_channel_that_fails_is_tried_again() -> None:
    pager = Pager(failures=ATTEMPTS_MAX - 1)
    desk = Desk(pager)
    desk.alerts.tell("order_lost", "b-0-1", "gone")
    await desk.deliver()
    assert len(pager.lines) == 1
    assert desk.meters.alerts_lost == 0


async def test_channel_that_stays_away_loses_alerts_and_counts_them() -> None:
    broken, good = Pager(failures=1_000), Pager()
    desk = Desk(broken, good)
    desk.alerts.tell("order_lost", "b-0-1", "gone")
    await desk.deliver()
    assert broken.asked == ATTEMPTS_MAX
    assert desk.meters.alerts_lost == 1
    assert len(good.lines) == 1


async def test_too_many_alerts_drop_the_least_serious_first() -> None:
    pager = Pager()
    desk = Desk(pager)
    desk.alerts.tell("order_lost", "b-0-1", "gone")
    for number in range(WAITING_MAX + 5):
        desk.alerts.tell("disconnected", f"link-{number}", "lost")
    await desk.deliver()
    assert pager.lines[0].startswith("CRITICAL order_lost")
    assert len(pager.lines) == WAITING_MAX - 1  # the end of the line takes a place of its own
    assert desk.meters.alerts_lost == 7


async def test_stop_does_not_wait_for_a_channel_that_hangs() -> None:
    class Hanging:
        name = "hanging"

        async def send(self, alert: Alert) -> None:
            await asyncio.Event().wait()

    desk = Desk(Hanging())
    desk.alerts.tell("order_lost", "b-0-1", "gone")
    desk.alerts.start()
    await desk.alerts.stop(wait_s=0)


class Receiver:
    """A server that takes what channels post."""

    def __init__(self) -> None:
        self.status = 200
        self.got: list[tuple[str, dict[str, object]]] = []
        self.base = ""

    async def take(self, request: web.Request) -> web.Response:
        self.got.append((request.path, await request.json()))
        return web.Response(status=self.status)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/{path:.*}", receiver.take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    receiver.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield receiver
    await runner.cleanup()


ALERT = Alert(AlertLevel.CRITICAL, "order_lost", "b-0-1", "gone", 5, 2)


async def test_webhook_posts_json(receiver: Receiver) -> None:
    async with aiohttp.ClientSession() as http:
        await Webhook(http, Secret(f"{receiver.base}/hook"), "bot-1").send(ALERT)
    ((path, body),) = receiver.got
    assert path == "/hook"
    assert body == {
        "bot": "bot-1",
        "level": "critical",
        "kind": "order_lost",
        "subject": "b-0-1",
        "text": "gone",
        "ts": 5,
        "repeats": 2,
    }


async def test_telegram_sends_a_message_to_the_chat(receiver: Receiver) -> None:
    async with aiohttp.ClientSession() as http:
        channel = Telegram(http, Secret("12:abc"), "-100", "bot-1", receiver.base)
        await channel.send(ALERT)
    ((path, body),) = receiver.got
    assert path == "/bot12:abc/sendMessage"
    text = "bot-1 CRITICAL order_lost b-0-1: gone (2 more before it)"
    assert body == {"chat_id": "-100", "text": text}


async def test_refusal_and_silence_are_errors_without_the_secret(receiver: Receiver) -> None:
    receiver.status = 302
    async with aiohttp.ClientSession() as http:
        with pytest.raises(VenueError, match="status 302"):
            await Telegram(http, Secret("12:abc"), "-100", "b", receiver.base).send(ALERT)
        with pytest.raises(VenueError, match="not delivered") as refused:
            await Webhook(http, Secret("http://127.0.0.1:1/token-abc"), "b").send(ALERT)
    assert "token-abc" not in str(refused.value)
