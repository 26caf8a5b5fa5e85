import gzip
import json
from pathlib import Path

from hatch_build import FRONTEND

DIST = FRONTEND.parent / "static" / "sessions_app" / "dist"
MOST = 122_000  # bytes, gzipped: all bundles together, save those apart
FIRST = 67_500  # of these: what every page waits for
SESSION = 98_500  # what a session's page waits for
# No scripts of the page, or rarely needed.
APART = {
    "agent.js",
    "worker.js",
    "math.js",
    "drawing.js",
    "diagram.js",
    "writing.js",
    "palette.js",
    "wall.js",
    "push.js",
}


def gzipped(path: Path) -> int:
    return len(gzip.compress(path.read_bytes(), 9))


def test_the_page_is_no_larger_than_it_may_be() -> None:
    bundles = {path.name: gzipped(path) for path in DIST.glob("*.js")}
    for name in APART:
        assert bundles.pop(name) > 0
    assert bundles.keys() == {"app.js", "markdown.js", "look_back.js"}
    assert sum(bundles.values()) <= MOST
    assert bundles["app.js"] <= FIRST
    assert bundles["app.js"] + bundles["markdown.js"] <= SESSION


def test_the_notices_name_what_is_in_the_page() -> None:
    notices = (DIST / "THIRD_PARTY.txt").read_text(encoding="utf-8")
    package = json.loads((FRONTEND / "package.json").read_text(encoding="utf-8"))
    for name in package["dependencies"]:
        assert f"{name} " in notices
