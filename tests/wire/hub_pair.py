"""A hub client and a hub server plugged into each other in memory, over a wire that can be cut."""

from connectors.frame.session import Frame
from connectors.signalr.client import HubClient
from connectors.signalr.events import HubEvent
from connectors.signalr.peer import HubPeer
from connectors.signalr.protocol import HubProtocol
from connectors.signalr.server import HubServer

SECOND = 1_000_000_000


class Pair:
    """Both ends of one connection; what each was told is kept in order."""

    def __init__(self, protocol: HubProtocol | None = None, *, stateful: bool = False) -> None:
        self.now = 0
        self.client = HubClient(protocol, stateful=stateful)
        self.server = HubServer(stateful=stateful)
        self.client_events: list[HubEvent] = []
        self.server_events: list[HubEvent] = []

    def connect(self) -> "Pair":
        self.server.opened(self.now)
        self.client.opened(self.now)
        self.settle()
        return self

    def settle(self) -> None:
        """Carry frames until both are silent."""
        while self._carry(self.client, self.server) + self._carry(self.server, self.client):
            pass
        self.client_events += self.client.events()
        self.server_events += self.server.events()

    def cut(self) -> None:
        """Lose the socket with everything that was on its way."""
        for peer in (self.client, self.server):
            peer.frames_to_send()
            peer.lost("cut", self.now)
        self.settle()

    def wait(self, seconds: float) -> None:
        """Let time pass; both do what falls due on the way."""
        end = self.now + int(seconds * SECOND)
        while (due := self._next_deadline()) is not None and due <= end:
            self.now = due
            for peer in (self.client, self.server):
                if (deadline := peer.deadline()) is not None and deadline <= due:
                    peer.timeout(due)
            self.settle()
        self.now = end

    def _next_deadline(self) -> int | None:
        deadlines = [peer.deadline() for peer in (self.client, self.server)]
        return min((each for each in deadlines if each is not None), default=None)

    def _carry(self, sender: HubPeer, receiver: HubPeer) -> int:
        frames: list[Frame] = sender.frames_to_send()
        for frame in frames:
            receiver.receive(frame, self.now)
        return len(frames)
