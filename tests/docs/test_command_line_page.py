"""The page about the command line holds every command, its options and every exit code."""

import re
from collections.abc import Iterator

import pytest

from engine import errors as tree
from lockstep.cli import app, errors
from tests.house.sources import ROOT

PAGE = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
EVERYWHERE = {"--json", "--quiet", "--help"}
ON_THEIR_OWN_PAGE = {"data import"}


def commands() -> Iterator[tuple[str, set[str]]]:
    """Yield every command as it is typed, and the options of its own."""
    for name, command in app.build(["--help"]).commands.items():
        below = getattr(command, "commands", None) or {"": command}
        for inner, leaf in below.items():
            options = {text for param in leaf.params for text in param.opts if text[0] == "-"}
            yield f"{name} {inner}".strip(), options - EVERYWHERE


COMMANDS = list(commands())


def section(title: str) -> str:
    found = re.search(rf"^### `lockstep {title}\b.*?(?=^#|\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found, f"no section `lockstep {title} ...`"
    return found[0]


@pytest.mark.parametrize(("name", "options"), COMMANDS, ids=[name for name, _ in COMMANDS])
def test_every_command_has_its_section_with_its_options(name: str, options: set[str]) -> None:
    text = section(name)
    if name in ON_THEIR_OWN_PAGE:
        options = {f"lockstep {name} --help"}
    assert {option for option in options if f"`{option}" not in text} == set()


def test_no_section_is_of_a_command_that_is_not_there() -> None:
    names = {name for name, _ in COMMANDS}
    titles = re.findall(r"^### `lockstep ([a-z -]+?)(?: [A-Z\[].*)?`$", PAGE, re.MULTILINE)
    assert set(titles) == names


def test_exit_codes_are_those_of_the_errors() -> None:
    codes = {int(code) for code in re.findall(r"^\| (\d+) \|", PAGE, re.MULTILINE)}
    branches = [kind for kind in vars(tree).values() if isinstance(kind, type)]
    raised = {kind.exit_code for kind in branches if issubclass(kind, tree.LockstepError)}
    assert codes == {0, 1, errors.INTERRUPTED} | raised
