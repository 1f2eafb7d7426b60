"""Drive a real Chromium over its DevTools protocol, for pages that people use.

Judges nothing. Skips where no Chromium is installed.
"""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--remote-debugging-port=0",
)
WAIT_S = 20.0


class Page:
    """One tab: `run` evaluates a script in it, `until` waits for one to be true."""

    def __init__(self, line: aiohttp.ClientWebSocketResponse) -> None:
        self._line = line
        self._sent = 0
        self.dialogs: list[str] = []
        self.errors: list[str] = []

    async def open(self, url: str) -> None:
        for method in ("Page.enable", "Runtime.enable"):
            await self._ask(method)
        await self._ask("Page.navigate", url=url)
        await self.until("document.readyState === 'complete'")

    async def run(self, script: str) -> Any:  # noqa: ANN401 - whatever the script gives
        options = {"expression": script, "returnByValue": True, "awaitPromise": True}
        found = await self._ask("Runtime.evaluate", **options)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    async def until(self, script: str) -> None:
        async with asyncio.timeout(WAIT_S):
            while not await self.run(script):
                pass

    async def _ask(self, method: str, **parameters: object) -> Any:  # noqa: ANN401 - as above
        self._sent += 1
        number = self._sent
        await self._line.send_json({"id": number, "method": method, "params": parameters})
        while True:
            heard = await self._line.receive_json(timeout=WAIT_S)
            if heard.get("id") == number:
                return heard["result"]
            await self._note(heard)

    async def _note(self, heard: dict[str, Any]) -> None:
        """Accept dialogs and keep what went wrong in the page."""
        if heard.get("method") == "Page.javascriptDialogOpening":
            self.dialogs.append(heard["params"]["message"])
            self._sent += 1
            accept = {"id": self._sent, "method": "Page.handleJavaScriptDialog"}
            await self._line.send_json({**accept, "params": {"accept": True}})
        elif heard.get("method") == "Runtime.exceptionThrown":
            self.errors.append(json.dumps(heard["params"]["exceptionDetails"]))


@asynccontextmanager
async def browser(folder: Path) -> AsyncIterator[Callable[[], Any]]:
    """Start a Chromium that keeps its things in `folder`; yields the function that opens a tab."""
    program = next((path for name in NAMES if (path := shutil.which(name))), None)
    if program is None:
        pytest.skip(f"none of {', '.join(NAMES)} is installed")
    process = await asyncio.create_subprocess_exec(
        program,
        *FLAGS,
        f"--user-data-dir={folder}",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    try:
        address = await _address(process.stderr)
        async with aiohttp.ClientSession() as http:

            async def tab() -> Page:
                async with http.put(f"http://{address}/json/new?about:blank") as answer:
                    found = await answer.json()
                return Page(await http.ws_connect(found["webSocketDebuggerUrl"]))

            yield tab
    finally:
        process.terminate()
        await process.wait()


async def _address(stderr: asyncio.StreamReader) -> str:
    async with asyncio.timeout(WAIT_S):
        async for line in stderr:
            text = line.decode(errors="replace")
            if "DevTools listening on" in text:
                return text.split("ws://")[1].split("/")[0]
    raise AssertionError("the browser does not say where it listens")
