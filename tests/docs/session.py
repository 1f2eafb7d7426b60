"""Run the blocks of one page from top to bottom, the way a reader would.

Python blocks share one namespace and run in this process; commands run in processes of their own.
Nothing is written outside the folder that the session is given.
"""

import contextlib
import os
import re
import subprocess
import sys
import types
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from tests.docs.pages import Block, Command, PageError, blocks, commands, shows
from tests.house.sources import ROOT

COMMAND_TIMEOUT_S = 100
PROGRAM = re.compile(r"(?:[A-Z_0-9]+=\S* )*(?:lockstep|python|cat)(?: |$)")
MAKE_TARGET = re.compile(r"^([a-z]+):", re.MULTILINE)
# What stands behind a target whose output a page may show.
MADE = {"demo": "lockstep demo"}


class Session:
    """The working directory, the namespace and the last exit code of one page."""

    def __init__(self, page: str, text: str, folder: Path) -> None:
        """Prepare to run `text` in `folder`, which is empty and belongs to this session alone."""
        self._page = page
        self._blocks = list(blocks(page, text))
        self._root = self._working = folder / "work"
        self._home = folder / "home"
        self._source = folder / f"{re.sub(r'[^a-z0-9]', '_', page.lower())}.py"
        self._exit_code = 0
        for made in (self._root, self._home):
            made.mkdir()

    def run(self) -> None:
        """Run every block; raise PageError, or what a Python block raised, at the first failure."""
        self._source.write_text(self._python_text(), encoding="utf-8")
        with self._module() as module:
            for block in self._blocks:
                self._run_block(block, module)

    def _run_block(self, block: Block, module: types.ModuleType) -> None:
        if block.file:
            path = self._working / block.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
        if block.is_run and block.language == "python":
            with contextlib.chdir(self._working):
                code = compile("\n" * (block.line - 1) + block.text, str(self._source), "exec")
                exec(code, module.__dict__)
        elif block.is_run:
            self._run_console(block)

    def _python_text(self) -> str:
        """Return the page with everything blank but its Python, so that line numbers agree."""
        lines: list[str] = []
        for block in self._blocks:
            if block.is_run and block.language == "python":
                lines.extend([""] * (block.line - 1 - len(lines)))
                lines.extend(block.text.splitlines())
        return "\n".join(lines) + "\n"

    @contextlib.contextmanager
    def _module(self) -> Iterator[types.ModuleType]:
        """Give a module that Python can find by its name while the page runs."""
        module = types.ModuleType(self._source.stem)
        module.__file__ = str(self._source)
        before = set(sys.modules)
        sys.modules[module.__name__] = module
        sys.path.insert(0, str(self._root))
        try:
            yield module
        finally:
            sys.path.remove(str(self._root))
            for name in sorted(set(sys.modules) - before):
                if self._is_of_page(sys.modules[name]):
                    del sys.modules[name]

    def _is_of_page(self, module: types.ModuleType) -> bool:
        return str(getattr(module, "__file__", None) or "").startswith(str(self._root.parent))

    def _run_console(self, block: Block) -> None:
        found = list(commands(self._page, block))
        for command, following in pairwise([*found, None]):
            assert command is not None
            asks_for_code = following is not None and following.text == "echo $?"
            self._run_command(command, may_fail=asks_for_code)

    def _run_command(self, command: Command, *, may_fail: bool) -> None:
        program, _, rest = command.text.partition(" ")
        if command.text == "echo $?":
            self._compare(command, str(self._exit_code))
        elif program == "cd":
            self._change_directory(command, rest)
        elif program == "make":
            self._run_make(command, rest.split())
        elif PROGRAM.match(command.text):
            self._execute(command, command.text, may_fail=may_fail)
        else:
            raise self._error(command, f"`{program}` is not run here: `console norun REASON`")

    def _change_directory(self, command: Command, name: str) -> None:
        working = (self._working / name).resolve()
        if not working.is_dir() or not working.is_relative_to(self._root.resolve()):
            raise self._error(command, f"no folder `{name}` in the page's working directory")
        self._working = working

    def _run_make(self, command: Command, words: list[str]) -> None:
        known = MAKE_TARGET.findall((ROOT / "Makefile").read_text(encoding="utf-8"))
        targets = [word for word in words if "=" not in word]
        unknown = [target for target in targets if target not in known]
        if unknown or not targets:
            raise self._error(command, f"the Makefile has no target {' '.join(unknown)}".rstrip())
        if command.output is not None:
            if targets != words or len(targets) > 1 or targets[0] not in MADE:
                raise self._error(command, "the output of this target is not checked: leave it out")
            self._execute(command, MADE[targets[0]], may_fail=False)

    def _execute(self, command: Command, line: str, *, may_fail: bool) -> None:
        try:
            done = subprocess.run(
                ["/bin/sh", "-c", line],
                cwd=self._working,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                timeout=COMMAND_TIMEOUT_S,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise self._error(command, f"no end after {COMMAND_TIMEOUT_S} s") from error
        self._exit_code = done.returncode
        if done.returncode and not may_fail:
            raise self._error(command, f"exit code {done.returncode}\n{done.stdout}")
        self._compare(command, done.stdout)

    def _compare(self, command: Command, actual: str) -> None:
        if command.output is not None and not shows(command.output, actual):
            problem = f"the page shows\n{command.output}\nbut the command printed\n{actual}"
            raise self._error(command, problem)

    def _environment(self) -> dict[str, str]:
        """Return the caller's environment, with our programs first and a plain terminal."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("LOCKSTEP", "XDG_"))}
        programs = Path(sys.executable).parent
        return kept | {
            "COLUMNS": "100",
            "HOME": str(self._home),
            "LC_ALL": "C.UTF-8",
            "NO_COLOR": "1",
            "PATH": f"{programs}{os.pathsep}{kept.get('PATH', '')}",
            "PYTHONUTF8": "1",
            "TERM": "dumb",
        }

    def _error(self, command: Command, problem: str) -> PageError:
        return PageError(self._page, command.line, f"$ {command.text}: {problem}")
