"""Make frames as no venue should send them: begun and never ended, or longer than anyone reads.

Sends nothing; the channel does.
"""

from connectors.frame.session import Frame

HUGE_BYTES = 17 * 1024 * 1024
"""More than the 16 MiB that clients take of a WebSocket's message."""

_TEXT, _BINARY = 0x81, 0x82
_SHORT, _LONG = 126, 127
_SHORT_MAX = 1 << 16


def huge(frame: Frame) -> Frame:
    """Return a frame that is too long: text is filled with spaces, and stays readable otherwise.

    Of bytes only the length is too large, as the four bytes before a frame of a TCP stream tell it.
    """
    return frame + " " * HUGE_BYTES if isinstance(frame, str) else b"\x7f\xff\xff\xff" + frame


def begun(frame: Frame) -> bytes:
    """Return the first half of a WebSocket's frame from a server (RFC 6455, 5.2), header first."""
    payload = frame.encode() if isinstance(frame, str) else frame
    size = len(payload)
    head = bytes([_TEXT if isinstance(frame, str) else _BINARY])
    if size < _SHORT:
        head += bytes([size])
    elif size < _SHORT_MAX:
        head += bytes([_SHORT]) + size.to_bytes(2)
    else:
        head += bytes([_LONG]) + size.to_bytes(8)
    return head + payload[: size // 2]
