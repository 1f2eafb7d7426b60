"""A market that its venue froze trades again once a person has looked and says so."""

from types import SimpleNamespace

import pytest

from engine.control.desk import Action, Instruction, Scope
from engine.errors import UsageError
from engine.live.desk import LiveDesk
from engine.live.life import Phase
from engine.telemetry.meters import Meters
from tests.live.test_runner import Desk

ABC = "ABC.SIM"


def enable(scope: Scope, name: str = "", reason: str = "seen") -> tuple[str, list[tuple[str, str]]]:
    """Enable a scope; return what is told, and which (account, instrument) was released."""
    rig, asked = Desk(), []

    def release(account: str, instrument: str) -> list[str]:
        asked.append((account, instrument))
        return [ABC]

    life = SimpleNamespace(phase=Phase.RUNNING)
    desk = LiveDesk("run", "live", "1", life, rig.runner, Meters(), rig, release)  # type: ignore[arg-type] # it runs
    told = desk.instruct(Instruction(action=Action.ENABLE, scope=scope, name=name, reason=reason))
    return told, asked


@pytest.mark.parametrize(
    ("scope", "name", "released"),
    [
        (Scope.FIRM, "", ("", "")),
        (Scope.ACCOUNT, "main", ("main", "")),
        (Scope.INSTRUMENT, ABC, ("", ABC)),
    ],
)
async def test_enabling_a_scope_releases_its_frozen_markets(
    scope: Scope, name: str, released: tuple[str, str]
) -> None:
    told, asked = enable(scope, name)
    assert asked == [released]
    assert told.endswith("; ABC.SIM no longer frozen")


async def test_enabling_a_strategy_releases_no_market() -> None:
    assert enable(Scope.STRATEGY, "one")[1] == []


async def test_nothing_is_released_without_a_reason() -> None:
    with pytest.raises(UsageError, match="needs a reason"):
        enable(Scope.FIRM, reason=" ")
