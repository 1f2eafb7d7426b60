"""Read the fenced blocks of a Markdown page and the commands inside them.

It runs nothing.

A fence opens with a language and at most one of these:

    file=NAME       the block is also written to NAME in the page's working directory
    norun REASON    the block is not run, because of REASON
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

FENCE = re.compile(r"^(?P<indent> *)(?P<ticks>`{3,})(?P<info>[^`]*)$")
RUN = {"python", "console"}
UNCHECKED = {"bash", "py", "pycon", "sh", "shell", "shell-session", "zsh"}
PROMPT = "$ "


class PageError(Exception):
    """Say what is wrong with a page, and on which line."""

    def __init__(self, page: str, line: int, problem: str) -> None:
        super().__init__(f"{page}:{line}: {problem}")


@dataclass(frozen=True)
class Block:
    """One fenced block; `line` is the line of the page on which its text begins."""

    language: str
    line: int
    text: str
    file: str = ""
    reason: str = ""

    @property
    def is_run(self) -> bool:
        return self.language in RUN and not self.reason


@dataclass(frozen=True)
class Command:
    """What follows a `$`, and the output that the page shows below it; None if it shows none."""

    line: int
    text: str
    output: str | None


def blocks(page: str, text: str) -> Iterator[Block]:
    """Yield the fenced blocks of a page from top to bottom; raise PageError for a bad fence."""
    lines = text.splitlines()
    number = 0
    while number < len(lines):
        fence = FENCE.match(lines[number])
        number += 1
        if not fence:
            continue
        first = number
        while number < len(lines) and not _closes(lines[number], fence):
            number += 1
        if number == len(lines):
            raise PageError(page, first, "the fence is never closed")
        body = [line.removeprefix(fence["indent"]) for line in lines[first:number]]
        yield _block(page, first, fence["info"].split(), "".join(f"{line}\n" for line in body))
        number += 1


def commands(page: str, block: Block) -> Iterator[Command]:
    """Yield the commands of a console block; a trailing backslash continues a command."""
    lines = block.text.splitlines()
    number = 0
    while number < len(lines):
        first = number
        if not lines[first].startswith(PROMPT):
            raise PageError(page, block.line + first, "a console block begins with `$ `")
        text = lines[first].removeprefix(PROMPT)
        while text.endswith("\\") and number + 1 < len(lines):
            number += 1
            text = text.removesuffix("\\") + lines[number].strip()
        number += 1
        shown = number
        while number < len(lines) and not lines[number].startswith(PROMPT):
            number += 1
        output = "\n".join(lines[shown:number]).strip("\n")
        yield Command(block.line + first, text.strip(), output or None)


def shows(expected: str, actual: str) -> bool:
    """Tell whether `actual` is what the page shows.

    `...` stands for any part of a line, and alone on a line for any number of lines. Space at the
    end of lines and empty lines at both ends do not count.
    """
    pattern = ""
    for line in _trimmed(expected).splitlines():
        if line.strip() == "...":
            pattern += r"(?:[^\n]*\n)*?"
        else:
            pattern += r"[^\n]*".join(re.escape(part) for part in line.split("...")) + r"\n"
    return re.fullmatch(pattern, _trimmed(actual) + "\n") is not None


def _trimmed(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.splitlines()).strip("\n")


def _closes(line: str, fence: re.Match[str]) -> bool:
    mark = line.strip()
    return mark.startswith(fence["ticks"]) and not mark.strip("`")


def _block(page: str, line: int, info: list[str], text: str) -> Block:
    language, *rest = info or [""]
    if language in UNCHECKED:
        raise PageError(page, line, f"`{language}` is not run: write `console` or `python`")
    match rest:
        case []:
            return Block(language, line + 1, text)
        case [option] if option.startswith("file="):
            return Block(language, line + 1, text, file=_inside(page, line, option[5:]))
        case ["norun", *reason] if reason and language in RUN:
            return Block(language, line + 1, text, reason=" ".join(reason))
        case ["norun"]:
            raise PageError(page, line, "`norun` needs a reason")
    raise PageError(page, line, f"unknown words after the language: {' '.join(rest)}")


def _inside(page: str, line: int, name: str) -> str:
    path = PurePosixPath(name)
    if not name or path.is_absolute() or ".." in path.parts:
        raise PageError(page, line, f"`file={name}` is not inside the working directory")
    return name
