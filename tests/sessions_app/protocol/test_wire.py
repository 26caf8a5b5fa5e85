import re
import typing

import msgspec
import pytest
from hypothesis import given

from sessions_app.protocol.commands import AnyCommand
from sessions_app.protocol.encoding.codec import EVENT_TYPES
from sessions_app.protocol.frames import AnyClientFrame, AnyServerFrame
from sessions_app.protocol.wire import Usage, Wire, wire_name
from tests.sessions_app.protocol import values

TYPES: list[type[Wire]] = [
    *EVENT_TYPES.values(),
    *typing.get_args(AnyCommand),
    *typing.get_args(AnyClientFrame),
    *typing.get_args(AnyServerFrame),
]
# The article's own spelling, which runners in other languages speak.
SPELLED_OTHERWISE = {("throttle", "delay_ms")}
EVENTS = """
session_started user_message turn_start turn_end turn_discarded block_start text_delta
thinking_delta tool_input_delta text thinking opaque_block tool_use tool_output_delta
tool_result agent_spawn agent_complete approval_request approval todo_update retry
throttled resumed compacted redacted status error tool_update agent_info config_options
option_chosen available_commands context_usage memory_gap workdir_changes
changes_committed files_restored branch_merged branch_rebased merge_conflicted
branch_pushed pull_request_opened
"""


@pytest.mark.parametrize(
    ("name", "wire"),
    [
        ("Text", "text"),
        ("TextDelta", "text_delta"),
        ("ToolInputDelta", "tool_input_delta"),
    ],
)
def test_a_wire_name_is_the_class_name_in_snake_case(name: str, wire: str) -> None:
    assert wire_name(name) == wire


def test_the_events_are_those_of_the_language() -> None:
    assert sorted(EVENT_TYPES) == sorted(EVENTS.split())


@pytest.mark.parametrize(
    "union", [AnyCommand, AnyClientFrame, AnyServerFrame], ids=lambda u: str(u)[:40]
)
def test_no_two_types_share_a_name(union: typing.Any) -> None:
    found = [cls.wire_type() for cls in typing.get_args(union)]
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("cls", TYPES, ids=lambda cls: f"{cls.__module__}.{cls}")
def test_fields_are_in_camel_case(cls: type[Wire]) -> None:
    for field in msgspec.structs.fields(cls):
        if (cls.wire_type(), field.encode_name) not in SPELLED_OTHERWISE:
            assert re.fullmatch(r"[a-z]+([A-Z][a-z]+)*", field.encode_name)


@pytest.mark.parametrize("cls", TYPES, ids=lambda cls: f"{cls.__module__}.{cls}")
def test_values_that_travel_do_not_change(cls: type[Wire]) -> None:
    assert cls.__struct_config__.frozen


@given(values.structs(Usage), values.structs(Usage))
def test_usages_add_up_field_by_field(one: Usage, other: Usage) -> None:
    total = one + other
    for name in Usage.__struct_fields__:
        assert getattr(total, name) == getattr(one, name) + getattr(other, name)
