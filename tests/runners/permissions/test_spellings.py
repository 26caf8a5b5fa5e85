import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from runners.permissions.mode import Effect, PermissionVerdict, judge
from runners.permissions.rule import Action
from runners.permissions.rules import Rules

DATA = tomllib.loads(Path(__file__).with_name("spellings.toml").read_text())
WANTED = {
    "runs": PermissionVerdict.RUN,
    "asks": PermissionVerdict.ASK,
    "refused": PermissionVerdict.REFUSE,
}


def spellings() -> Iterator[tuple[Rules, str, PermissionVerdict]]:
    for group in DATA["rules"]:
        rules = Rules.parse(group.get("allow", []), group.get("deny", []))
        for key, verdict in WANTED.items():
            for command in group.get(key, "").strip("\n").split("\n"):
                if command:
                    yield rules, command.replace("␤", "\n"), verdict


@pytest.mark.parametrize(("rules", "command", "wanted"), list(spellings()))
def test_a_spelling_gets_the_verdict_that_was_wanted(
    rules: Rules, command: str, wanted: PermissionVerdict
) -> None:
    action = Action("bash", command=command)
    ruling = judge("default", Effect.EXECUTE, action, rules)
    assert ruling.verdict is wanted, ruling.reason
