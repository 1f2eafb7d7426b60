"""Number the messages of a connection that may be resumed, and repeat those not acknowledged.

It decides neither when acknowledgements are sent nor when a connection counts as lost. The meaning
of the numbers follows the official JavaScript client, which differs from the written specification:
a Sequence names the first message that will now be sent.
"""

from collections import deque

from connectors.frame.session import Frame
from connectors.signalr.errors import HubProtocolError

BYTES_MAX = 100_000
"""How much may wait for an acknowledgement; beyond it the connection is given up."""


class ResendBuffer:
    """Keep what was sent until it is acknowledged, and tell repeated messages from new ones."""

    def __init__(self, bytes_max: int = BYTES_MAX) -> None:
        self._bytes_max = bytes_max
        self._waiting: deque[Frame] = deque()
        self._waiting_bytes = 0
        self._last_sent = 0
        self._next_received = 1
        self._awaits_sequence = False
        self.last_received = 0

    def keep(self, frame: Frame) -> None:
        """Give a frame that is being sent its number, and keep it.

        Raises HubProtocolError when more than the maximum waits for an acknowledgement.
        """
        self._last_sent += 1
        self._waiting.append(frame)
        self._waiting_bytes += len(frame)
        if self._waiting_bytes > self._bytes_max:
            raise HubProtocolError(
                f"the peer left more than {self._bytes_max} bytes unacknowledged; connect anew"
            )

    def acknowledged(self, sequence_id: int) -> None:
        """Forget the frames up to the one of this number."""
        if sequence_id > self._last_sent:
            raise HubProtocolError(f"message {sequence_id} was acknowledged before it was sent")
        while self._waiting and self.first_waiting <= sequence_id:
            self._waiting_bytes -= len(self._waiting.popleft())

    @property
    def first_waiting(self) -> int:
        """Return the number of the first frame that would be repeated, else of the next new one."""
        return self._last_sent + 1 - len(self._waiting)

    def waiting(self) -> tuple[Frame, ...]:
        """Return the frames to repeat after a reconnect, oldest first."""
        return tuple(self._waiting)

    def expect_sequence(self) -> None:
        """Ignore what arrives until the peer has said which number comes next."""
        self._awaits_sequence = True

    def sequence(self, sequence_id: int) -> None:
        """Take the number of the peer's next message."""
        if sequence_id > self._next_received:
            raise HubProtocolError(
                f"the peer goes on with message {sequence_id}, but {self._next_received} is next"
            )
        self._next_received = sequence_id
        self._awaits_sequence = False

    @property
    def awaits_sequence(self) -> bool:
        """Return whether everything but a Sequence is to be ignored."""
        return self._awaits_sequence

    def is_new(self) -> bool:
        """Count one received message; return False when it was received before."""
        number = self._next_received
        self._next_received += 1
        if number <= self.last_received:
            return False
        self.last_received = number
        return True
