"""How long to stay away after a failure: longer each time, never all clients at once.

Waits for nothing itself.
"""

from random import Random

import msgspec


class Backoff(msgspec.Struct, frozen=True, kw_only=True):
    """Double the wait from `first_ns` up to `most_ns` with each failure in a row.

    The wait drawn lies between half and the whole of that, so that many clients that lost a venue
    at one moment do not come back at one moment.
    """

    first_ns: int = 500_000_000
    most_ns: int = 60_000_000_000

    def wait(self, failures: int, random: Random) -> int:
        """Return the wait (ns) after the given number of failures in a row, 1 at least."""
        full = min(self.most_ns, self.first_ns << min(failures - 1, 40))
        return full // 2 + random.randrange(full // 2 + 1)
