"""The page of a running engine in a real browser: behind its token, it shows and steers."""

from pathlib import Path

import pytest

from engine.config.secret import Secret
from engine.control.desk import Action
from engine.control.server import ControlServer
from tests.interop.browser import browser
from tests.unit.control_desk import busy_desk

pytestmark = pytest.mark.interop
TOKEN = "0123456789abcdef"
SHOWN = "!document.getElementById('main').hidden"


def enter(token: str) -> str:
    return (
        f"document.getElementById('token').value = '{token}';"
        "document.querySelector('#login button').click()"
    )


async def test_page_shows_the_engine_and_kills_it_behind_the_token(tmp_path: Path) -> None:
    desk = busy_desk()
    server = ControlServer(desk)
    port = await server.listen_tcp("127.0.0.1", 0, Secret(TOKEN))
    try:
        async with browser(tmp_path) as tab:
            page = await tab()
            await page.open(f"http://127.0.0.1:{port}/")
            await page.run(enter("a wrong token 123"))
            await page.until("document.getElementById('told').textContent.includes('token')")
            assert await page.run(SHOWN) is False
            await page.run(enter(TOKEN))
            await page.until(SHOWN)
            text = await page.run("document.body.innerText")
            for shown in ("r-1", "paper, running", "1,000,000.00", "ABC.SIM", "t-0-2", "unknown"):
                assert shown in text
            await page.run("document.getElementById('reason').value = 'news'")
            await page.run("setTimeout(() => document.querySelector('.kill').click(), 0), 0")
            await page.until("document.getElementById('told').textContent === 'kill firm'")
            assert page.dialogs == ["Really kill?"]
            assert page.errors == []
    finally:
        await server.close()
    assert [(one.action, one.reason, one.by) for one in desk.asked] == [
        (Action.KILL, "news", "token")
    ]
