import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LIVES = {
    r"^\s*(import anthropic\b|from anthropic\b)": "the SDK",
    r"\.group_send\(": "sending to the channel layer",
    r"INSERT INTO sessions_app_event\b": "writing events",
    r"\bnew WebSocket\(": "opening a socket",
    r"\brequestAnimationFrame\(": "painting",
}
NOT_SOURCE = {"node_modules", "dist", "__pycache__", "static", "migrations"}


def sources() -> Iterator[Path]:
    for room in ("config", "runners", "sessions_app"):
        for path in (ROOT / room).rglob("*"):
            is_ours = not NOT_SOURCE & set(path.parts)
            is_test = path.name.endswith((".test.ts", ".spec.ts")) or (
                {"test", "tests"} & set(path.relative_to(ROOT).parts)
            )
            if path.suffix in {".py", ".ts", ".js"} and is_ours and not is_test:
                yield path


@pytest.mark.parametrize("word", LIVES, ids=list(LIVES.values()))
def test_a_word_lives_in_one_room(word: str) -> None:
    found = [
        str(path.relative_to(ROOT))
        for path in sources()
        if re.search(word, path.read_text(encoding="utf-8"), re.MULTILINE)
    ]
    assert len(found) == 1, found
