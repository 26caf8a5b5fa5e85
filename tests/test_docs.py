import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
LINK = re.compile(r"\]\(([^()\s]+)\)")
FENCE = re.compile(r"^```.*?^```$|`[^`\n]*`", re.MULTILINE | re.DOTALL)
DJANGO_S_OWN = {"management", "migrations"}


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


def rooms() -> Iterator[Path]:
    """Directories of Python files, `__init__` aside, below the two packages."""
    for package in ("runners", "sessions_app"):
        for path in sorted((ROOT / package).glob("*/**/__init__.py")):
            room = path.parent.relative_to(ROOT)
            has_files = any(f.name != "__init__.py" for f in path.parent.glob("*.py"))
            if has_files and not DJANGO_S_OWN & set(room.parts):
                yield room


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_each_relative_link_leads_to_a_file_and_its_anchor(page: Path) -> None:
    broken = []
    for link in LINK.findall(FENCE.sub("", page.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert not broken


def test_each_room_stands_in_the_table_of_rooms() -> None:
    """A room has a row of its own, or the row of a room above names it."""
    overview = (ROOT / "docs/architecture/overview.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `([^`]+)/` \| (.+) \|$", overview, re.MULTILINE))
    missing = [
        str(room)
        for room in rooms()
        if str(room) not in rows
        and not any(f"`{room.name}/`" in rows.get(str(up), "") for up in room.parents)
    ]
    assert not missing
