"""Tokens of a simulator: issued for a while, checked, and refused before their time on purpose.

Makes no secrets: tokens are numbered, so that a run can be repeated.
"""

from connectors.simulation.faults import Fault, FaultPlan


class TokenStore:
    """Issue tokens that live `life_ns`; an `expire_token` fault ends all of them at once."""

    def __init__(self, faults: FaultPlan, life_ns: int, prefix: str = "T") -> None:
        self._faults = faults
        self._life_ns = life_ns
        self._prefix = prefix
        self._issued = 0
        self._ends: dict[str, int] = {}

    def issue(self, now: int) -> tuple[str, int]:
        """Return a new token and when it ends (ns)."""
        self._issued += 1
        token = f"{self._prefix}-{self._issued}"
        self._ends[token] = now + self._life_ns
        return token, now + self._life_ns

    def accepts(self, token: str, now: int) -> bool:
        """Say whether a token is good; whoever is refused has to log in again."""
        if self._faults.strikes(Fault.EXPIRE_TOKEN, token):
            self._ends.clear()
        return self._ends.get(token, 0) > now

    def end_of(self, token: str) -> int:
        """Return when a token ends (ns), 0 for one that is unknown."""
        return self._ends.get(token, 0)
