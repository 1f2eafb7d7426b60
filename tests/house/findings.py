"""What a checker of the house rules found, and where.

It carries no rule of its own.
"""

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Finding:
    """One broken rule on one line."""

    line: int
    rule: str
