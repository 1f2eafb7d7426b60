"""When an instrument trades: weekly sessions in a named time zone, holidays and special days.

Knows no venue's status messages: an `InstrumentStatus` event overrides a calendar for as long as it lasts.
"""

import msgspec


class Session(msgspec.Struct, frozen=True):
    """Give one weekly session: days of the week it opens on (0 = Monday), local opening and closing time `HH:MM[:SS]`.

    A close at or before the open belongs to the next day.
    """

    days: tuple[int, ...]
    open: str
    close: str
    name: str = "main"


class Calendar(msgspec.Struct, frozen=True, kw_only=True):
    """Give the sessions of a week in `timezone`; no sessions at all means always open."""

    timezone: str = "UTC"
    sessions: tuple[Session, ...] = ()
    holidays: tuple[str, ...] = ()


ALWAYS_OPEN = Calendar()
"""Trade around the clock, every day."""
