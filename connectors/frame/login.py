"""Keep one login fresh: one renewal at a time, whoever needs it, and before the token ends.

Knows no venue's tokens; the venue's own flow obtains them.
"""

import asyncio
from collections.abc import Awaitable, Callable

from connectors.frame.timing import Clock


class Login:
    """Share a venue's login among all who need it.

    `perform` runs the venue's login flow; `renew_at` says when it is due again. A failure is
    raised to everybody who waited for that one attempt; the next one who asks tries again.
    """

    def __init__(
        self,
        perform: Callable[[], Awaitable[None]],
        renew_at: Callable[[], int | None],
        clock: Clock,
    ) -> None:
        self._perform = perform
        self._renew_at = renew_at
        self._clock = clock
        self._is_valid = False
        self._attempt: asyncio.Task[None] | None = None

    @property
    def due(self) -> int | None:
        """Return when the token should be renewed (ns); None while there is none, or no end."""
        return self._renew_at() if self._is_valid else None

    @property
    def is_fresh(self) -> bool:
        """Say whether there is a token that is not yet due."""
        due = self._renew_at()
        return self._is_valid and (due is None or self._clock.now() < due)

    def invalidate(self) -> None:
        """Take note that the venue refused the token."""
        self._is_valid = False

    async def ensure(self) -> None:
        """Return once there is a fresh token; raises what the venue's flow raises."""
        if self.is_fresh and self._attempt is None:
            return
        if self._attempt is None:
            self._attempt = asyncio.get_running_loop().create_task(self._log_in())
            self._attempt.add_done_callback(_noted)
        await asyncio.shield(self._attempt)

    async def _log_in(self) -> None:
        try:
            await self._perform()
            self._is_valid = True
        finally:
            self._attempt = None


def _noted(attempt: "asyncio.Task[None]") -> None:
    """Look at how an attempt ended, even when all who waited for it have gone."""
    if not attempt.cancelled():
        attempt.exception()
