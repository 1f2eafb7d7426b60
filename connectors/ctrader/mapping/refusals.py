"""What the venue's error codes mean for whoever asked.

The codes come as text; one that is not in the table leaves an order's outcome open.
"""

from enum import StrEnum

from google.protobuf.message import Message

from connectors.ctrader.schema.envelope_pb2 import ProtoErrorRes, ProtoOAErrorRes
from engine.errors import LockstepError, LoginRefused, OutcomeUnknown, TokenRefused, VenueError

_SECOND_NS = 1_000_000_000

Error = ProtoErrorRes | ProtoOAErrorRes
"""The two messages that say in general that something is refused."""


class Verdict(StrEnum):
    """Name what an error says about the request that it answers."""

    REFUSED = "refused"
    """Nothing was done; the same request would be refused again."""
    RATE = "rate"
    """Nothing was done, for too much was asked at once."""
    TOKEN = "token"  # noqa: S105 - a word, not a secret
    """Nothing was done; the access token is not taken any more."""
    SESSION = "session"
    """Nothing was done; the connection or the account on it has to be authorised anew."""
    LOGIN = "login"
    """Nothing was done; a person has to mend credentials or rights."""
    DONE = "done"
    """It had been done before."""
    UNKNOWN = "unknown"
    """It may have been done."""


def _table(rows: dict[Verdict, str]) -> dict[str, Verdict]:
    return {code: verdict for verdict, codes in rows.items() for code in codes.split()}


VERDICTS = _table(
    {
        Verdict.REFUSED: (
            "UNSUPPORTED_MESSAGE INVALID_REQUEST ENTITY_NOT_FOUND FRAME_TOO_LONG MARKET_CLOSED "
            "CONCURRENT_MODIFICATION INCORRECT_BOUNDARIES WORSE_GSL_NOT_ALLOWED SYMBOL_HAS_HOLIDAY "
            "NOT_SUBSCRIBED_TO_SPOTS SYMBOL_NOT_FOUND UNKNOWN_SYMBOL NO_QUOTES NOT_ENOUGH_MONEY "
            "MAX_EXPOSURE_REACHED POSITION_NOT_FOUND ORDER_NOT_FOUND POSITION_NOT_OPEN "
            "POSITION_LOCKED TOO_MANY_POSITIONS TRADING_BAD_VOLUME TRADING_BAD_STOPS "
            "TRADING_BAD_PRICES TRADING_BAD_STAKE PROTECTION_IS_TOO_CLOSE_TO_MARKET "
            "TRADING_BAD_EXPIRATION_DATE PENDING_EXECUTION TRADING_DISABLED TRADING_NOT_ALLOWED "
            "UNABLE_TO_CANCEL_ORDER UNABLE_TO_AMEND_ORDER SHORT_SELLING_NOT_ALLOWED "
            "CANT_ROUTE_REQUEST SERVER_IS_UNDER_MAINTENANCE CHANNEL_IS_BLOCKED"
        ),
        Verdict.RATE: "BLOCKED_PAYLOAD_TYPE REQUEST_FREQUENCY_EXCEEDED CONNECTIONS_LIMIT_EXCEEDED",
        Verdict.TOKEN: "OA_AUTH_TOKEN_EXPIRED CH_ACCESS_TOKEN_INVALID",
        Verdict.SESSION: "ACCOUNT_NOT_AUTHORIZED CH_CLIENT_NOT_AUTHENTICATED",
        Verdict.LOGIN: (
            "CH_CLIENT_AUTH_FAILURE CH_OA_CLIENT_NOT_FOUND CH_CTID_TRADER_ACCOUNT_NOT_FOUND "
            "RET_NO_SUCH_LOGIN RET_ACCOUNT_DISABLED"
        ),
        Verdict.DONE: "ALREADY_LOGGED_IN CH_CLIENT_ALREADY_AUTHENTICATED ALREADY_SUBSCRIBED",
        Verdict.UNKNOWN: "UNKNOWN_ERROR TIMEOUT_ERROR CH_SERVER_NOT_REACHABLE",
    }
)
"""The verdict by code. That a timed-out execution was rejected is the vendor's word; whether all of
it was is not told, so it stays open until the account is asked.
"""

_FAULTS: dict[Verdict, type[LockstepError]] = {
    Verdict.TOKEN: TokenRefused,
    Verdict.LOGIN: LoginRefused,
    Verdict.UNKNOWN: OutcomeUnknown,
}


def verdict(code: str) -> Verdict:
    """Return what a code means; one that nobody knows means nothing certain."""
    return VERDICTS.get(code, Verdict.UNKNOWN)


def reason(code: str, description: str) -> str:
    """Return the venue's words in one line."""
    return f"{code}: {' '.join(description.split())}" if description else code


def fault(code: str, description: str) -> LockstepError:
    """Return the fault that a refused question is, for a flow to raise."""
    return _FAULTS.get(verdict(code), VenueError)(f"cTrader refused: {reason(code, description)}")


def said(error: Error) -> str:
    """Return an error in one line."""
    return reason(error.errorCode, error.description)


def is_done(message: Message, kind: type[Message] | None = None) -> bool:
    """Say whether an answer is the one hoped for, or says that it had been done before."""
    if isinstance(message, Error):
        return verdict(message.errorCode) is Verdict.DONE
    return kind is None or isinstance(message, kind)


def retry_after_ns(error: Error) -> int | None:
    """Return how long the venue asks to send nothing of a kind, None where it does not say."""
    seconds = error.retryAfter if isinstance(error, ProtoOAErrorRes) else 0
    return seconds * _SECOND_NS or None


def stay_away_ns(error: Error, now: int) -> int | None:
    """Return how long the venue asks to stay away, None where it does not say.

    The end of maintenance is in seconds in one message, and in milliseconds in the other.
    """
    if not error.maintenanceEndTimestamp:
        return retry_after_ns(error)
    unit = _SECOND_NS if isinstance(error, ProtoOAErrorRes) else _SECOND_NS // 1000
    return max(0, error.maintenanceEndTimestamp * unit - now)
