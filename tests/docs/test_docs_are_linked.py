"""Every page of docs/ is in the index, and every relative link leads somewhere.

Addresses on the network are not looked up.
"""

import re
from pathlib import Path

import pytest

from tests.house.sources import ROOT

LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)#\s]+)(?:#[^)]*)?\)")
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(ROOT.glob("docs/**/*.md"))]


def linked_from(page: Path) -> set[Path]:
    targets = LINK.findall(page.read_text(encoding="utf-8"))
    return {(page.parent / target).resolve() for target in targets if "://" not in target}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_relative_links_lead_somewhere(page: Path) -> None:
    assert sorted(str(path) for path in linked_from(page) if not path.exists()) == []


def test_index_lists_every_page() -> None:
    pages = {page.resolve() for page in ROOT.glob("docs/**/*.md")}
    index = (ROOT / "docs" / "index.md").resolve()
    missing = pages - linked_from(index) - {index}
    assert sorted(page.relative_to(ROOT).as_posix() for page in missing) == []
