"""The official JavaScript client talks to our hub over a real socket, in both encodings.

It needs node, and takes the client from npm's registry.
"""

import asyncio
import json
import shutil
import time
from itertools import count
from pathlib import Path

import pytest

from connectors.demo.package import PACKAGE
from connectors.frame.http import Request, Response
from connectors.signalr.admission import Admission, bearer
from connectors.signalr.messages import Completion, Invocation, StreamInvocation, StreamItem
from connectors.signalr.served import ServedHub
from connectors.simulation.faults import FaultPlan
from connectors.simulation.server import SimulatorServer
from connectors.simulation.simulator import Kind, Peer
from engine.errors import InvariantError
from engine.live.clock import AnchoredClock
from lockstep.simulators import make_broker

pytestmark = pytest.mark.interop
SCRIPT = Path(__file__).parent / "signalr_client.mjs"
PACKAGES = ("@microsoft/signalr", "@microsoft/signalr-protocol-msgpack")
WAIT_S = 90.0


class TalkingHub(ServedHub):
    """Answer what the script asks."""

    def __init__(self) -> None:
        super().__init__()
        self._asked: dict[str, str] = {}
        self._sums: dict[str, tuple[str, list[int]]] = {}

    def receive(self, frame: bytes | str, now: int) -> None:
        super().receive(frame, now)
        self._say(Kind.REPLY)

    def _called(self, call: Invocation | StreamInvocation, now: int) -> None:
        values = [self.hub.protocol.payload(raw, object) for raw in call.arguments]
        match call.target.lower(), values:
            case "add", [int(a), int(b)]:
                self.hub.complete(call.invocation_id or "", a + b)
            case "void", []:
                self.hub.complete(call.invocation_id or "")
            case "counter", [int(end)]:
                for value in range(end):
                    self.hub.item(call.invocation_id or "", value)
                self.hub.complete(call.invocation_id or "")
            case "callme", [value]:
                self.hub.notify("tick", value)
                self.hub.complete(call.invocation_id or "")
            case "askme", [question]:
                self._asked[self.hub.invoke("Confirm", question)] = call.invocation_id or ""
            case "sum", []:
                self._sums[call.stream_ids[0]] = call.invocation_id or "", []
            case "bye", []:
                self.end("enough", allow_reconnect=False)
            case _:
                self._refuse_unknown(call)

    def _told(self, message: StreamItem | Completion) -> None:
        if isinstance(message, StreamItem):
            value = self.hub.protocol.payload(message.item, int)
            self._sums[message.invocation_id][1].append(value)
        elif message.invocation_id in self._asked:
            answer = self.hub.protocol.payload(message.result, str)
            self.hub.complete(self._asked[message.invocation_id], answer)
        else:
            call, values = self._sums.pop(message.invocation_id)
            self.hub.complete(call, sum(values))


class TalkingVenue:
    """A simulator with nothing but a hub."""

    has_streams = False

    def __init__(self) -> None:
        self.broker = make_broker(PACKAGE)
        self.faults = FaultPlan()
        numbers = count(1)
        self._admission = Admission(lambda: f"c{next(numbers)}")

    def answer(self, request: Request, now: int) -> Response:
        if bearer(request) != "good-token":
            return Response(status=401)
        return self._admission.negotiate(request)

    def connect(self, request: Request, now: int) -> Peer | Response:
        admitted = self._admission.admit(request)
        return admitted if isinstance(admitted, Response) else TalkingHub()

    def accept(self, now: int) -> Peer:
        raise InvariantError("there is no raw TCP")


async def output_of(*command: str, folder: Path) -> str:
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(WAIT_S):
        told, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    return told.decode()


@pytest.mark.parametrize("protocol", ["json", "messagepack"])
async def test_official_client_completes_everything(tmp_path: Path, protocol: str) -> None:
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        pytest.skip("needs node and npm")
    script = shutil.copy(SCRIPT, tmp_path)
    await output_of(npm, "install", "--no-audit", "--no-fund", *PACKAGES, folder=tmp_path)
    clock = AnchoredClock(time.time_ns, time.monotonic_ns)
    async with SimulatorServer(TalkingVenue(), clock) as served:
        told = await output_of(node, str(script), f"{served.http}/hub", protocol, folder=tmp_path)
    assert json.loads(told) == {
        "ticks": [5],
        "add": 42,
        "void": True,
        "error": "Unknown hub method 'Nothing'",
        "counter": [0, 1, 2],
        "confirmed": "sure? yes",
        "sum": 6,
        "closed": "Server returned an error on close: enough",
    }
