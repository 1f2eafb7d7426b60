"""Build HTML in which every text is escaped unless it is markup already.

Knows no page: it makes elements and tables.
"""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Self

VOID = frozenset({"br", "col", "hr", "meta", "path"})
"""Elements without content; `path` is SVG, where a closing slash is needed."""


class Markup(str):
    """Be text that is HTML already: the only kind that `element` does not escape."""

    __slots__ = ()

    @classmethod
    def join_all(cls, parts: Iterable[Self]) -> "Markup":
        """Return parts of markup one after another."""
        return Markup("".join(parts))


NOTHING = Markup("")


def element(name: str, *children: str, **attributes: str) -> Markup:
    """Return `<name attributes>children</name>`; children that are not Markup are escaped.

    An underscore in an attribute's name becomes a dash, and one at its end is dropped (`class_`);
    an empty attribute is left out.
    """
    inside = "".join(text(child) for child in children)
    named = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(value, quote=True)}"'
        for key, value in attributes.items()
        if value
    )
    if name in VOID:
        return Markup(f"<{name}{named}/>")
    return Markup(f"<{name}{named}>{inside}</{name}>")


def text(value: str) -> Markup:
    """Return `value` as markup, escaped unless it is markup already."""
    return value if isinstance(value, Markup) else Markup(escape(value, quote=False))


def table(
    header: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    text_columns: int = 1,
) -> Markup:
    """Return a table whose first `text_columns` columns are text and whose others are figures.

    The first cell of each row is its heading. Where there are no rows, there is no table.
    """
    body = [_row(row, text_columns) for row in rows]
    if not body:
        return NOTHING
    titles = [
        element("th", title, scope="col", class_="" if place < text_columns else "n")
        for place, title in enumerate(header)
    ]
    parts = [element("thead", element("tr", *titles)), element("tbody", *body)]
    return element("div", element("table", *parts), class_="wide", tabindex="0")


def definitions(rows: Iterable[tuple[str, str]]) -> Markup:
    """Return names and their values as a table of two columns of text."""
    body = [
        element("tr", element("th", name, scope="row"), element("td", value))
        for name, value in rows
    ]
    if not body:
        return NOTHING
    return element("div", element("table", element("tbody", *body), class_="facts"), class_="wide")


def folded(title: str, *children: str) -> Markup:
    """Return a part of the page that is closed until somebody opens it."""
    return element("details", element("summary", title), *children)


def _row(cells: Sequence[str], text_columns: int) -> Markup:
    first = element("th", cells[0], scope="row")
    rest = [
        element("td", cell, class_="" if place < text_columns else "n")
        for place, cell in enumerate(cells[1:], start=1)
    ]
    return element("tr", first, *rest)
