"""A run that never begins says why, and leaves nothing behind."""

from pathlib import Path

import pytest

from engine.errors import DataError
from engine.journal.memory import MemoryDisk
from engine.live.beginning import last_run
from engine.recovery.state_folder import Identity
from tests.cli.program import lockstep

CONFIG = """
[run]
name = "early"
[[accounts]]
id = "main"
venue = "DEMO"
balance = 1_000
[[strategies]]
class = "strategies.quote_maker:QuoteMaker"
[strategies.parameters]
instrument = "ACME.DEMO"
[connectors.demo]
http = "http://127.0.0.1:9"
websocket = "ws://127.0.0.1:9"
key = { env = "LOCKSTEP_DEMO_KEY" }
"""


@pytest.mark.parametrize(
    ("command", "word"),
    [
        (("run", "bot.toml", "--paper"), "LOCKSTEP_DEMO_KEY"),
        (("record", "bot.toml"), "LOCKSTEP_DEMO_KEY"),
        (("rehearse", "bot.toml", "--set", "strategies.QuoteMaker.parameters.hope=1"), "hope"),
    ],
)
def test_no_run_is_left_of_a_start_that_failed(
    command: tuple[str, ...], word: str, tmp_path: Path
) -> None:
    (tmp_path / "bot.toml").write_text(CONFIG)
    done = lockstep(*command, folder=tmp_path)
    assert done.code == 2, done.err
    assert word in done.err
    assert list((tmp_path / "runs").iterdir()) == []


def test_a_bot_whose_last_journal_is_gone_is_told_how_to_go_on() -> None:
    with pytest.raises(DataError, match="put it back, or remove the bot's state folder"):
        last_run(MemoryDisk(), Identity("bot1", 3, "/runs/gone"))
