"""What a venue tells of an account that moves no book, and that a person should hear.

Decides nothing; the live runtime turns each into an alert, or into a line of the log.
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


class NewsReceived(
    msgspec.Struct, frozen=True, kw_only=True, gc=False, tag=True, tag_field="event"
):
    """Pass on a headline that a venue has sent, and the instruments it names, as far as known.

    `ts_event` is when it was published (ns UTC). The body may be empty, plain text or HTML.
    """

    venue: str
    headline: str
    body: str
    instruments: tuple[str, ...]
    ts_event: int
    ts_recv: int
