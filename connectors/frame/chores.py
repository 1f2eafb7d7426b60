"""What a connector does by itself while it is connected: renew, compare, measure.

Decides nothing about orders; what it finds out becomes events.
"""

from collections.abc import Awaitable, Callable
from random import Random

import structlog

from connectors.frame.backoff import Backoff
from connectors.frame.login import Login
from connectors.frame.timing import Alarm, Clock, pause
from engine.errors import LoginRefused, VenueError

_log = structlog.get_logger("connector")

Work = Callable[[], Awaitable[None]]


async def keep_renewing(
    venue: str, login: Login, renewed: Callable[[], None], clock: Clock, alarm: Alarm
) -> None:
    """Renew the login before its token ends and tell of it; `alarm` rings after other logins.

    Returns when the venue refuses the credentials: the links end by that in their own time.
    """
    backoff, random, failures = Backoff(), Random(venue), 0
    while True:
        due = login.due
        if due is None or clock.now() < due:
            await alarm.wait(due)
            continue
        try:
            await login.ensure()
        except LoginRefused as error:
            _log.error("login refused", venue=venue, reason=str(error))
            return
        except VenueError as error:
            failures += 1
            _log.warning("login not renewed", venue=venue, reason=str(error))
            await pause(clock, clock.now() + backoff.wait(failures, random))
        else:
            failures = 0
            renewed()


async def keep_doing(
    what: str,
    work: Work,
    *,
    every_ns: int,
    backoff: Backoff,
    random: Random,
    clock: Clock,
    alarm: Alarm,
) -> None:
    """Do a piece of work whenever rung and at least every so often; sooner after a failure.

    Refused credentials are no reason to ask sooner: a person has to act.
    """
    failures = 0
    await alarm.wait()
    while True:
        try:
            await work()
        except LoginRefused as error:
            wait = every_ns
            _log.error("login refused", chore=what, reason=str(error))
        except VenueError as error:
            failures += 1
            wait = min(every_ns, backoff.wait(failures, random))
            _log.warning("chore failed", chore=what, reason=str(error))
        else:
            failures, wait = 0, every_ns
        await alarm.wait(clock.now() + wait)
