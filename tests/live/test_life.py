"""The life of a run asked to stop while a venue leaves a question unanswered."""

import asyncio
from pathlib import Path

from engine.config.live import LiveConfig
from engine.gate.approved import Approved
from engine.gate.latch_file import LatchFile
from engine.live.answers import LiveAnswers
from engine.live.life import Life, Phase
from engine.model.commands import Command
from engine.model.instrument import Instrument
from engine.model.market import Bar
from engine.model.subscription import Subscription
from engine.recovery.policy import ReconcilePolicy
from engine.recovery.reconcile import Reconciler
from engine.recovery.trades import SeenTrades
from tests.live.test_runner import Desk


class MuteConnection:
    """A venue that is connected, and answers nothing for ever."""

    is_ready = True

    def __init__(self) -> None:
        self.asked = self.given_up = 0

    async def open(self, names: tuple[str, ...]) -> tuple[Instrument, ...]:
        return ()

    async def close(self) -> None:
        """There is nothing to close."""

    def send(self, approved: Approved[Command]) -> None:
        """Take a command and say nothing."""

    def subscribe(self, subscription: Subscription) -> None:
        """Take a subscription and say nothing."""

    def unsubscribe(self, subscription: Subscription) -> None:
        """Take it back and say nothing."""

    async def history(self, instrument: str, spec: str, start: int, end: int) -> tuple[Bar, ...]:
        return ()

    async def resync(self) -> None:
        self.asked += 1
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            self.given_up += 1


async def test_a_stop_does_not_wait_for_an_answer(tmp_path: Path) -> None:
    desk, venue = Desk(), MuteConnection()
    told: list[str] = []
    life = Life(
        desk.runner,
        {"SIM": venue},
        {"main": Reconciler(desk.kernel, "main", ReconcilePolicy(), SeenTrades())},
        LiveAnswers(lambda _instrument: venue, desk, desk.runner.feed),
        LatchFile(desk.disk, tmp_path / "latches.json"),
        LiveConfig(),
        desk,
        told.append,
    )
    running = asyncio.get_running_loop().create_task(life.run())
    while not venue.asked:
        await turn()
    assert life.phase is Phase.RECONCILING
    life.ask_stop("enough")
    assert await asyncio.wait_for(running, 5) == "enough"
    assert (venue.asked, venue.given_up) == (1, 1)


async def turn() -> None:
    waiting = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(waiting.set_result, None)
    await waiting
