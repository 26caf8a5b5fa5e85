"""A public class name stands once in the tree."""

import ast
import re
from collections import defaultdict

from tests.test_rooms import ROOT, sources

# A name that stands on both sides of a wire means the same thing on both.
MIRRORS = {
    "Command": "Django's name for a management command; a row; the wire's union",
    "DatabaseWrapper": "Django's name for a database backend, one for each database",
    "Error": "the event, and the frame that says the same to one browser",
    "Event": "the protocol's event, and the table of stored ones",
    "StartForm": "the form on the server, and in the page",
    "Throttle": "the command, and the row that carries it to runners",
}


def public_classes() -> dict[str, set[str]]:
    """The files in which each public class name stands."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in sources():
        text, name = path.read_text("utf-8"), str(path.relative_to(ROOT))
        if path.suffix == ".py":
            names = [
                node.name
                for node in ast.parse(text).body
                if isinstance(node, ast.ClassDef)
            ]
        else:
            names = re.findall(r"^export (?:abstract )?class (\w+)", text, re.M)
        for each in names:
            if not each.startswith("_"):
                found[each].add(name)
    return found


def test_a_public_class_name_stands_once_but_for_mirrors_across_the_wire() -> None:
    found = public_classes()
    doubles = {name: sorted(in_) for name, in_ in found.items() if len(in_) > 1}
    assert {name: in_ for name, in_ in doubles.items() if name not in MIRRORS} == {}
    assert MIRRORS.keys() <= doubles.keys(), "a mirror is gone: take it off the list"
