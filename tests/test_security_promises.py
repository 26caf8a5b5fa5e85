import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
LISTED = ROOT / "docs" / "security-tests.md"
DEFINED = re.compile(r"^(?:async )?def test_(\w+)", re.MULTILINE)


def test_each_test_that_holds_a_promise_is_there() -> None:
    rows = [line for line in LISTED.read_text().splitlines() if line.startswith("| ")]
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    sources = [path.read_text() for path in (ROOT / "tests").rglob("*.py")]
    defined = {name for source in sources for name in DEFINED.findall(source)}
    assert len(named) > 50
    assert named - defined == set()
