import gzip
import json

import pytest

from hatch_build import FRONTEND

DIST = FRONTEND.parent / "static" / "sessions_app" / "dist"
# Bytes, gzipped. The worker, and what looks back, come apart, when they are needed.
MOST = {"app.js": 90_000, "look_back.js": 14_000}


@pytest.mark.parametrize("name", MOST)
def test_the_page_is_no_larger_than_it_may_be(name: str) -> None:
    assert len(gzip.compress((DIST / name).read_bytes(), 9)) <= MOST[name]


def test_the_notices_name_what_is_in_the_page() -> None:
    notices = (DIST / "THIRD_PARTY.txt").read_text(encoding="utf-8")
    package = json.loads((FRONTEND / "package.json").read_text(encoding="utf-8"))
    for name in package["dependencies"]:
        assert f"{name} " in notices
