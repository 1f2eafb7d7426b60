"""Flows: what a generator of steps is sent, and what is raised in it."""

import pytest

from connectors.frame.flow import Answer, Call, Flow, Keep, Reply, Step, ask, done, drive, fetch
from connectors.frame.http import Request, Response
from engine.errors import InvariantError, NotSent, OutcomeUnknown

PING = Request(method="GET", url="https://venue.example/ping?key=hidden", headers={"Token": "x"})


def twice() -> Flow[tuple[int, object]]:
    first = yield from fetch(PING)
    yield Keep("refresh_token", "rotated")
    second = yield from ask(Call(link="orders", message="hello"))
    return first.status, second.message


def test_flow_is_sent_what_each_step_brought_and_returns_its_value() -> None:
    asked: list[Step] = []

    def answer(step: Step) -> Reply:
        asked.append(step)
        if isinstance(step, Request):
            return Response(status=200)
        return Answer("welcome", 5) if isinstance(step, Call) else None

    assert drive(twice(), answer) == (200, "welcome")
    assert [type(step) for step in asked] == [Request, Keep, Call]


@pytest.mark.parametrize("fault", [NotSent("closed"), OutcomeUnknown("no answer within 10 s")])
def test_fault_of_a_step_is_raised_in_the_flow(fault: Exception) -> None:
    def careful() -> Flow[str]:
        try:
            yield from fetch(PING)
        except (NotSent, OutcomeUnknown) as caught:
            return type(caught).__name__
        return "answered"

    def answer(step: Step) -> Reply:
        raise fault

    assert drive(careful(), answer) == type(fault).__name__


def test_flow_without_steps_returns_at_once() -> None:
    def answer(step: Step) -> Reply:
        raise AssertionError(step)

    assert drive(done("here"), answer) == "here"


def test_reply_of_the_wrong_kind_is_a_defect_of_ours() -> None:
    with pytest.raises(InvariantError, match="GET"):
        drive(fetch(PING), lambda _step: Answer("surprise", 0))


def test_requests_and_secrets_print_nothing_that_may_be_secret() -> None:
    printed = repr((PING, Keep("token", "hidden"), Response(status=200, body=b"hidden")))
    assert "hidden" not in printed
    assert "venue.example/ping" in printed


def test_headers_are_found_whatever_their_case() -> None:
    assert Response(status=429, headers={"retry-AFTER": "3"}).header("Retry-After") == "3"
    assert PING.header("accept") == ""
