import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.sessions_app.api.v1.breakage import breakages, described, promised

COMMANDS = "/api/v1/sessions/{session_id}/commands"
Break = Callable[[dict[str, Any]], object]


def test_nothing_that_was_promised_is_gone() -> None:
    assert list(breakages(promised(), described())) == []


def test_whatever_is_described_is_promised() -> None:
    """Write it down with `python -m tests.sessions_app.api.v1.breakage`."""
    assert operations(described()) == operations(promised())


def operations(description: dict[str, Any]) -> set[str]:
    return {
        one["operationId"]
        for path in description["paths"].values()
        for one in path.values()
    }


@pytest.mark.parametrize(
    ("told", "change"),
    [
        ("/me is gone", lambda d: d["paths"].pop("/api/v1/me")),
        (
            "/409 is gone",
            lambda d: d["paths"][COMMANDS]["post"]["responses"].pop("409"),
        ),
        ("/head is gone", lambda d: schema(d, "SessionOut")["properties"].pop("head")),
        (
            "title is no longer required",
            lambda d: schema(d, "SessionOut")["required"].remove("title"),
        ),
        (
            "model is newly required",
            lambda d: schema(d, "StartIn")["required"].append("model"),
        ),
        (
            "'idle' is gone",
            lambda d: schema(d, "SessionStatus")["enum"].remove("idle"),
        ),
        (
            "has become 'string'",
            lambda d: schema(d, "SessionOut")["properties"]["head"].update(
                type="string"
            ),
        ),
    ],
)
def test_what_breaks_a_client_is_told(told: str, change: Break) -> None:
    changed = copy.deepcopy(described())
    change(changed)
    (found,) = breakages(described(), changed)
    assert told in found


def test_what_is_new_breaks_nobody() -> None:
    changed = copy.deepcopy(described())
    changed["paths"]["/api/v1/new"] = {}
    schema(changed, "SessionOut")["properties"]["new"] = {"type": "string"}
    schema(changed, "SessionOut")["required"].append("new")
    schema(changed, "StartIn")["required"].clear()
    assert list(breakages(described(), changed)) == []


def schema(description: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = description["components"]["schemas"][name]
    return found
