"""What a venue tells of an account that moves no book, and that a person should hear.

Decides nothing; the live runtime turns each into an alert.
"""

import msgspec


class MarginCalled(
    msgspec.Struct, frozen=True, kw_only=True, gc=False, tag=True, tag_field="event"
):
    """Say that an account's equity, in percent of its used margin, has fallen below `level`.

    A venue that closes positions by itself begins with the next levels below.
    """

    account: str
    level: float
    ts_recv: int


class AccountChanged(
    msgspec.Struct, frozen=True, kw_only=True, gc=False, tag=True, tag_field="event"
):
    """Say what a venue has changed of an account beside its money, or done with it by itself.

    Rights, leverage, thresholds of margin calls, a bonus, positions that it closed.
    """

    account: str
    text: str
    ts_recv: int
