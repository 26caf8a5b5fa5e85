import gzip
import json

from hatch_build import FRONTEND

DIST = FRONTEND.parent / "static" / "sessions_app" / "dist"
GZIPPED_MAX = 90_000  # bytes; the worker comes apart, when it is needed


def test_the_page_is_no_larger_than_it_may_be() -> None:
    assert len(gzip.compress((DIST / "app.js").read_bytes(), 9)) <= GZIPPED_MAX


def test_the_notices_name_what_is_in_the_page() -> None:
    notices = (DIST / "THIRD_PARTY.txt").read_text(encoding="utf-8")
    package = json.loads((FRONTEND / "package.json").read_text(encoding="utf-8"))
    for name in package["dependencies"]:
        assert f"{name} " in notices
