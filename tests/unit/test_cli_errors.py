"""Exceptions that reach the command line, and the exit codes that they stand for."""

import pytest
import typer

from engine import errors as tree
from lockstep.cli import app, errors


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (tree.UsageError("x"), 2),
        (tree.ConfigError("x"), 2),
        (tree.DataError("x"), 2),
        (tree.StrategyError("x"), 2),
        (tree.ValueRefused("x"), 2),
        (tree.VenueError("x"), 3),
        (tree.HaltedError("x"), 4),
        (tree.InvariantError("x"), 5),
        (typer.BadParameter("x"), 2),
        (ZeroDivisionError("x"), 5),
        (typer.Abort(), 130),
    ],
)
def test_every_error_has_its_exit_code(error: Exception, code: int) -> None:
    assert errors.report(error, as_json=False, debug=False) == code


def test_unexpected_error_is_one_line_that_says_where(capsys: pytest.CaptureFixture[str]) -> None:
    def fail(arguments: list[str]) -> None:
        raise ZeroDivisionError("two\nlines")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(app, "build", fail)
        assert app.run(["version"]) == 5
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("error: unexpected ZeroDivisionError: two lines at ")
    assert "test_cli_errors.py:" in printed.err
    assert printed.err.endswith("run again with --debug and report it\n")


@pytest.mark.parametrize("leaving", [SystemExit(0), SystemExit("bye"), GeneratorExit()])
def test_code_that_leaves_the_process_is_an_error_and_not_a_success(
    leaving: BaseException, capsys: pytest.CaptureFixture[str]
) -> None:
    def leave(arguments: list[str]) -> None:
        raise leaving

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(app, "build", leave)
        assert app.run(["version"]) == 5
    assert capsys.readouterr().err.startswith(f"error: unexpected {type(leaving).__name__}: ")


def test_interrupt_has_the_exit_code_that_shells_expect() -> None:
    def interrupt(arguments: list[str]) -> None:
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(app, "build", interrupt)
        assert app.run(["version"]) == 130
