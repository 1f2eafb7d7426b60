"""The one tree of faults; outcomes of orders are events and are not in it.

    LockstepError           exit code 5: our fault, unless a branch below says otherwise
    ├── UsageError          exit code 2: a command, argument or file that cannot be used as given
    │   ├── ConfigError     a configuration that names something wrong
    │   ├── DataError       recorded data that cannot be read or would be imported wrong
    │   └── StrategyError   a strategy that cannot be loaded or asks for what does not exist
    ├── ValueRefused        a price, quantity or identifier that the engine will not carry
    ├── VenueError          exit code 3: a venue or a login that does not answer as it must
    │   ├── NotSent         a command or request that surely never left us
    │   ├── OutcomeUnknown  one that may have been carried out, without an answer that says so
    │   ├── TokenRefused    a venue that does not take our token: log in anew
    │   └── LoginRefused    credentials that are wrong: no repetition helps
    ├── HaltedError         exit code 4: risk has halted the run
    └── InvariantError      a promise of the engine that did not hold

A message is one line and says what is wrong, where, and how to mend it.
"""


class LockstepError(Exception):
    """Be the root of every fault Lockstep raises; `exit_code` is what the command line returns."""

    exit_code = 5


class UsageError(LockstepError):
    """Say that a command, an argument or a file cannot be used as given."""

    exit_code = 2


class ConfigError(UsageError):
    """Say that a configuration names something wrong, and where."""


class DataError(UsageError):
    """Say that recorded data cannot be read, or that importing it would store something wrong."""


class StrategyError(UsageError):
    """Say that a strategy cannot be loaded, or asked the engine for what does not exist."""


class ValueRefused(LockstepError, ValueError):
    """Say that a price, quantity or identifier is outside what the engine can carry exactly."""

    exit_code = 2


class VenueError(LockstepError):
    """Say that a venue or a login did not answer as it must."""

    exit_code = 3


class NotSent(VenueError):
    """Say that something was not sent, and surely did not reach the venue."""


class OutcomeUnknown(VenueError):
    """Say that something was sent, and nobody told whether the venue acted on it."""


class TokenRefused(VenueError):
    """Say that the venue refused a request for its token, before acting on it."""


class LoginRefused(VenueError):
    """Say that the venue refused the credentials; a person has to mend them."""


class HaltedError(LockstepError):
    """Say that risk has halted the run."""

    exit_code = 4


class InvariantError(LockstepError):
    """Say that a promise of the engine did not hold; always a defect of ours."""
