"""Bars of the past, window by window.

Makes no bars: what the venue lacks is missing.
"""

from connectors.alor_protocol.flows.http import decoded, get
from connectors.alor_protocol.flows.reads import Reads
from connectors.alor_protocol.mapping import market
from connectors.alor_protocol.mapping.instruments import Traded
from connectors.alor_protocol.messages.market import HISTORY, Candle
from connectors.alor_protocol.messages.spelling import Format
from connectors.alor_protocol.sessions.bars import span_of
from connectors.alor_protocol.tokens import Login
from connectors.frame.flow import Flow
from engine.model.market import Bar

_SECOND_NS = 1_000_000_000
_DAY_NS = 86_400 * _SECOND_NS


def history(
    reads: Reads, login: Login, traded: Traded, spec: str, start: int, end: int, window: int
) -> Flow[tuple[Bar, ...]]:
    """Return complete bars with `start <= ts_open < end`, oldest first; times are nanoseconds.

    Daily bars are the venue's: they carry midnight UTC of the trading day and close a day later.
    Whether the venue counts the end of a window in is not known, so bars are told apart by time.
    """
    span = _DAY_NS if spec == "1d" else span_of(spec)
    length = "D" if spec == "1d" else str(span // _SECOND_NS)
    found: dict[int, Bar] = {}
    at = start
    while at < end:
        until = min(at + window, end)
        url = reads.history_url(traded.key, length, at // _SECOND_NS, -(-until // _SECOND_NS))
        response = yield from get(url, login.token)
        if response.status == 404:
            break
        page = decoded(response, HISTORY.of(Format.SLIM))
        for candle in page.history:
            if (
                _is_complete(candle, span, response.ts_recv)
                and start <= candle.time * _SECOND_NS < end
            ):
                found[candle.time] = market.bar(traded, spec, span, candle, response.ts_recv)
        if page.next is None:
            break
        at = max(until, page.next * _SECOND_NS)
    return tuple(found[time] for time in sorted(found))


def _is_complete(candle: Candle, span: int, now: int) -> bool:
    return candle.time * _SECOND_NS + span <= now
