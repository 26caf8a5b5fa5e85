import json
import re
import shutil
import subprocess
from itertools import permutations
from pathlib import Path

import pytest

from runners.permissions.denial.synonyms import ROOT, TABLES
from runners.permissions.rule import Action, Rule

# Prints npm's own list of sub-commands and their other names.
LIST = "const c = require(process.argv[1]); console.log(JSON.stringify(c.aliases))"
_PAIR = re.compile(r"^ +(-[A-Za-z]), (--(?:\[no-\])?[a-z][a-z0-9-]*)", re.MULTILINE)
GIT = [name for name in TABLES if name.startswith("git ") and TABLES[name].options]


def denies(pattern: str, command: str) -> bool:
    return Rule.parse(f"bash({pattern})").denies(Action("bash", command=command))


def test_a_rule_that_says_one_of_several_names_holds_for_the_others() -> None:
    for name, table in TABLES.items():
        context = "" if name == ROOT else f"{name} "
        for group in table.words:
            for one, other in permutations(group, 2):
                assert denies(f"{context}{one} *", f"{context}{other} x"), (one, other)
                assert not denies(f"{context}{one} *", f"{context}without x")


def test_a_rule_that_says_one_of_several_options_holds_for_the_others() -> None:
    for name, table in TABLES.items():
        for group in table.options:
            for one, other in permutations(group, 2):
                given = other.replace("?*", "x").replace("*", "x")
                if "?" not in one:  # no rule can spell that
                    assert denies(f"{name} {one} *", f"{name} y {given} z"), one


def test_a_rule_that_says_several_words_holds_for_the_same_said_otherwise() -> None:
    for name, table in TABLES.items():
        context = "" if name == ROOT else f"{name} "
        for group in table.same:
            said = [" ".join(words) for words in group]
            for one, other in permutations(said, 2):
                assert denies(f"{context}{one} *", f"{context}{other} x"), (one, other)


def test_npm_has_no_other_names_than_the_rules_know() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    modules = Path(node).resolve().parent.parent / "lib" / "node_modules"
    listed = modules / "npm" / "lib" / "utils" / "cmd-list.js"
    if not listed.is_file():
        pytest.skip("npm is not installed beside node")
    said = subprocess.run(
        [node, "-e", LIST, str(listed)], check=True, capture_output=True, timeout=30
    )
    for alias, command in json.loads(said.stdout).items():
        assert denies(f"npm {command} *", f"npm {alias} x"), alias


@pytest.mark.parametrize("name", GIT)
def test_git_lists_no_short_option_that_the_rules_do_not_know(name: str) -> None:
    program, *words = name.split()
    path = shutil.which(program)
    assert path is not None
    said = subprocess.run(
        [path, *words, "-h"], check=False, capture_output=True, text=True, timeout=30
    )
    found = _PAIR.findall(said.stdout + said.stderr)
    assert found
    for short, long in found:
        plain = long.replace("[no-]", "")
        assert denies(f"{name} {plain} *", f"{name} {short} x"), short
        assert denies(f"{name} {short} *", f"{name} {plain} x"), plain
