"""Drive the vendor's own Python client through a session: run by the interpreter that has it.

Usage: `python ctrader_client.py HOST PORT TOKEN_URL ACCOUNT`. Prints a line for each step that was
done, and ends with 1 at the first that fails. A test starts it; it imports nothing of ours.
"""

import sys
from collections.abc import Callable, Generator
from typing import Any

from ctrader_open_api import Auth, Client, Protobuf, TcpProtocol
from ctrader_open_api.messages import OpenApiMessages_pb2 as messages
from twisted.internet import defer, reactor, task

TIMEOUT_S = 60
SECRET = "simulated"
FILLED, CANCELLED, ACCEPTED = 3, 5, 2

Asked = Generator[defer.Deferred, Any, None]


class Conversation:
    """Hold the client, and wait for events that no request announces."""

    def __init__(self, client: Client, account: int) -> None:
        self.client = client
        self.account = account
        self._waiting: list[tuple[Callable[[Any], bool], defer.Deferred]] = []
        client.setMessageReceivedCallback(self._received)

    def until(self, condition: Callable[[Any], bool]) -> defer.Deferred:
        """Return what fires with the first message that meets a condition."""
        waiting = defer.Deferred()
        self._waiting.append((condition, waiting))
        return waiting

    def ask(self, name: str, **fields: object) -> defer.Deferred:
        """Send a request of this name and return what fires with the decoded answer."""
        request = getattr(messages, name)(**fields)
        return self.client.send(request, responseTimeoutInSeconds=20).addCallback(Protobuf.extract)

    def ask_account(self, name: str, **fields: object) -> defer.Deferred:
        """Send a request about the account."""
        return self.ask(name, ctidTraderAccountId=self.account, **fields)

    def _received(self, _client: Client, raw: object) -> None:
        message = Protobuf.extract(raw)
        for entry in list(self._waiting):
            condition, waiting = entry
            if condition(message):
                self._waiting.remove(entry)
                waiting.callback(message)


def executed(kind: int) -> Callable[[Any], bool]:
    """Return a condition: an execution event of this kind."""
    return lambda message: getattr(message, "executionType", None) == kind


def done(step: str, *, holds: bool) -> None:
    """Print a step that was done, or fail."""
    if not holds:
        raise SystemExit(f"step failed: {step}")
    sys.stdout.write(f"{step}\n")


def session(talk: Conversation, token: str) -> Asked:
    """Log in, list, subscribe, trade, cancel and reconcile."""
    yield talk.ask("ProtoOAApplicationAuthReq", clientId="x", clientSecret=SECRET)
    done("application", holds=True)
    granted = yield talk.ask("ProtoOAGetAccountListByAccessTokenReq", accessToken=token)
    ids = [each.ctidTraderAccountId for each in granted.ctidTraderAccount]
    done("accounts", holds=talk.account in ids)
    yield talk.ask_account("ProtoOAAccountAuthReq", accessToken=token)
    done("account", holds=True)
    listed = yield talk.ask_account("ProtoOASymbolsListReq")
    symbol = next(each.symbolId for each in listed.symbol if each.symbolName == "EURUSD")
    full = yield talk.ask_account("ProtoOASymbolByIdReq", symbolId=[symbol])
    done("symbols", holds=full.symbol[0].digits == 5)
    spot = talk.until(lambda message: hasattr(message, "bid"))
    yield talk.ask_account("ProtoOASubscribeSpotsReq", symbolId=[symbol])
    yield spot
    done("spots", holds=True)
    yield from trade(talk, symbol)
    held = yield talk.ask_account("ProtoOAReconcileReq")
    done("reconcile", holds=len(held.position) == 1 and not held.order)


def trade(talk: Conversation, symbol: int) -> Asked:
    """Fill a market order; place a limit order and cancel it."""
    order = {"symbolId": symbol, "tradeSide": "BUY", "volume": 100_000}
    filled = talk.until(executed(FILLED))
    yield talk.ask_account("ProtoOANewOrderReq", orderType="MARKET", **order)
    event = yield filled
    done("market order", holds=event.position.tradeData.volume == 100_000)
    accepted = talk.until(executed(ACCEPTED))
    yield talk.ask_account("ProtoOANewOrderReq", orderType="LIMIT", limitPrice=0.001, **order)
    event = yield accepted
    done("limit order", holds=event.order.limitPrice == 0.001)
    cancelled = talk.until(executed(CANCELLED))
    yield talk.ask_account("ProtoOACancelOrderReq", orderId=event.order.orderId)
    yield cancelled
    done("cancel", holds=True)


def main() -> None:
    """Run one session and end."""
    host, port, token_url, account = sys.argv[1:]
    answer = Auth("x", SECRET, "http://localhost").refreshToken(SECRET, baseUri=token_url)
    done("token", holds=bool(answer["accessToken"]))
    client = Client(host, int(port), TcpProtocol)
    talk = Conversation(client, int(account))

    def begin(_client: Client) -> None:
        ended = defer.inlineCallbacks(session)(talk, answer["accessToken"])
        ended.addTimeout(TIMEOUT_S, reactor)
        ended.addErrback(lambda failure: failure.printBriefTraceback(sys.stdout))
        ended.addBoth(lambda _: reactor.stop())

    client.setConnectedCallback(begin)
    task.deferLater(reactor, 0, client.startService)
    reactor.run()


if __name__ == "__main__":
    main()
