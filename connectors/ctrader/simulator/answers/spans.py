"""The bounds of time that a question may have.

Knows no question; each has a longest span of its own.
"""

from typing import Protocol

from connectors.ctrader.simulator.refusal import Refusal

WEEK_MS = 7 * 86_400_000
PAGE = 500
"""Rows of one answer."""


class Spanned(Protocol):
    """Be a request with optional bounds of time."""

    fromTimestamp: int  # noqa: N815 - the venue's spelling
    toTimestamp: int  # noqa: N815 - the venue's spelling


def span(request: Spanned, last: int, longest_ms: int = WEEK_MS) -> tuple[int, int]:
    """Return the bounds of a request in milliseconds; raises Refusal for a span that is too long.

    Without bounds it reaches as far as it may, to the last that there is.
    """
    end = request.toTimestamp or last
    start = request.fromTimestamp or end - longest_ms
    if start > end or end - start > longest_ms:
        raise Refusal("INCORRECT_BOUNDARIES", f"The span may not exceed {longest_ms} ms")
    return start, end
