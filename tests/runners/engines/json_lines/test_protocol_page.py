import re
from pathlib import Path
from typing import Any, get_args

import msgspec

from sessions_app.protocol.commands import AnyCommand
from sessions_app.protocol.encoding.codec import EVENT_TYPES
from sessions_app.protocol.events import Event

PAGE = (Path(__file__).parents[4] / "docs" / "protocol.md").read_text("utf-8")
STAMP = {field.name for field in msgspec.structs.fields(Event)}


def rows(heading: str) -> dict[str, set[str]]:
    """Read a table of the page: the fields of each name."""
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    found = re.findall(r"^\| `(\w+)` \|(.*?)\|", section, re.MULTILINE)
    return {name: set(re.findall(r"`([\w?]+)`", fields)) for name, fields in found}


def fields_of(cls: type[Any], without: set[str]) -> set[str]:
    return {
        field.encode_name if field.required else f"{field.encode_name}?"
        for field in msgspec.structs.fields(cls)
        if field.name not in without
    }


def test_the_page_names_every_event_with_its_fields() -> None:
    known = {name: fields_of(cls, STAMP) for name, cls in EVENT_TYPES.items()}
    assert rows("Events") == known


def test_the_page_names_every_command_with_its_fields() -> None:
    known = {cls.wire_type(): fields_of(cls, set()) for cls in get_args(AnyCommand)}
    assert rows("Commands") == known
