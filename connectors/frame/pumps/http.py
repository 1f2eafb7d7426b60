"""Send one HTTP request and return its response, or say what is known of its fate.

Repeats nothing and follows no redirect.
"""

import aiohttp

from connectors.frame.http import Request, Response
from connectors.frame.pumps.network import Network, require_secure
from connectors.frame.timing import Clock
from engine.errors import NotSent, OutcomeUnknown

BODY_MAX = 64 * 1024 * 1024
"""The largest response that is read; a larger one is an unknown outcome."""

_SECOND_NS = 1e9


async def send_request(network: Network, clock: Clock, request: Request) -> Response:
    """Send a request and return what was answered, whatever its status.

    Raises NotSent when no connection could be made, and OutcomeUnknown when the answer did not
    come, came broken, or took longer than the request allows.
    """
    require_secure(request.url)
    timeout = aiohttp.ClientTimeout(total=request.timeout_ns / _SECOND_NS)
    try:
        async with network.http.request(
            request.method,
            request.url,
            headers=request.headers,
            data=request.body or None,
            timeout=timeout,
            allow_redirects=False,
        ) as answer:
            body = bytearray()
            async for chunk in answer.content.iter_any():
                body += chunk
                if len(body) > BODY_MAX:
                    raise OutcomeUnknown(f"{request!r}: the answer is larger than {BODY_MAX} bytes")
            return Response(
                status=answer.status,
                headers=dict(answer.headers),
                body=bytes(body),
                ts_recv=clock.now(),
            )
    except aiohttp.ClientConnectorError as error:
        raise NotSent(f"{request!r}: no connection ({_reason(error)})") from None
    except TimeoutError:
        seconds = request.timeout_ns / _SECOND_NS
        raise OutcomeUnknown(f"{request!r}: no answer within {seconds:g} s") from None
    except (aiohttp.ClientError, OSError) as error:
        raise OutcomeUnknown(f"{request!r}: the connection broke ({_reason(error)})") from None


def _reason(error: Exception) -> str:
    """Return a text without addresses and headers, which may hold what is secret."""
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    return getattr(cause, "strerror", None) or type(cause).__name__
