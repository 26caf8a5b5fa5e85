import msgspec
import pytest

from sessions_app.log.sweep import DELTAS, DISCARDED, FINALS
from sessions_app.protocol.encoding.codec import EVENT_TYPES
from sessions_app.protocol.events import (
    BlockEvent,
    Delta,
    Final,
    ToolEvent,
    ToolOutputDelta,
    ToolResult,
    ToolUse,
    TurnDiscarded,
)


@pytest.mark.parametrize("cls", Delta.__args__)
def test_a_delta_says_where_it_goes(cls: type[msgspec.Struct]) -> None:
    assert {"offset", "delta"} <= set(cls.__struct_fields__)
    assert issubclass(cls, BlockEvent | ToolEvent)


def test_a_tools_output_is_a_stream_of_its_own() -> None:
    use = ToolUse(block="m1.1", tool_use_id="t1", tool="bash", input={})
    delta = ToolOutputDelta(tool_use_id="t1", offset=0, delta="")
    result = ToolResult(
        tool_use_id="t1", tool="bash", output="", is_error=False, duration_ms=1
    )
    assert use.stream == "m1.1"
    assert delta.stream == result.stream == "t1"


def test_a_discarded_turn_names_its_message() -> None:
    assert TurnDiscarded(message_id="m1", reason="").stream == "m1"


def test_the_sweep_knows_all_deltas_and_finals() -> None:
    assert set(DELTAS) == {cls.wire_type() for cls in Delta.__args__}
    assert set(FINALS) - {DISCARDED} == {cls.wire_type() for cls in Final.__args__}
    assert {*DELTAS, *FINALS} <= set(EVENT_TYPES)
