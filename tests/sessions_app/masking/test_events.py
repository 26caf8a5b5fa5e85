import json

import msgspec
import pytest

from sessions_app.masking.events import UNMASKED, EventMask, masked_event
from sessions_app.protocol import events
from sessions_app.protocol.encoding.codec import (
    EVENT_TYPES,
    decode_event,
    encode,
    read_event,
)
from sessions_app.protocol.events import Event
from tests.sessions_app.masking.filled_event import filled
from tests.sessions_app.masking.keys import GITHUB, GITHUB_COVERED, KEYS

SAYS = f"says {GITHUB}!"
COVERED = f"says {GITHUB_COVERED}!"
WHOLE = [kind for name, kind in EVENT_TYPES.items() if not name.endswith("_delta")]


def test_a_name_with_a_secret_gets_another_that_is_the_same_everywhere() -> None:
    mask = EventMask()
    said = [
        events.ToolUse(block=GITHUB, tool_use_id=GITHUB, tool="t", input={}),
        events.ToolOutputDelta(tool_use_id=GITHUB, offset=0, delta="x"),
        events.ToolUse(block="b", tool_use_id=f"{GITHUB}2", tool="t", input={}),
    ]
    first, delta, other = (mask(event) for event in said)
    assert isinstance(first, events.ToolUse)
    assert isinstance(delta, events.ToolOutputDelta)
    assert isinstance(other, events.ToolUse)
    assert first.tool_use_id == delta.tool_use_id == first.block
    assert GITHUB not in encode(first) + encode(delta) + encode(other)
    assert other.tool_use_id != first.tool_use_id


@pytest.mark.parametrize("kind", WHOLE, ids=lambda kind: kind.wire_type())
def test_a_secret_is_covered_in_every_field_of_every_event(kind: type[Event]) -> None:
    event = filled(kind, SAYS)
    masked = masked_event(event)
    assert masked.masked
    for field in msgspec.structs.fields(kind):
        if field.name not in UNMASKED:
            assert GITHUB not in str(getattr(masked, field.name)), field.name
    assert decode_event(encode(masked)).masked


@pytest.mark.parametrize(
    "kind",
    [k for k in EVENT_TYPES.values() if k not in WHOLE],
    ids=lambda k: k.wire_type(),
)
def test_a_secret_is_covered_beside_the_text_of_every_delta(kind: type[Event]) -> None:
    line = json.loads(encode(filled(kind, "text"))) | {"offset": 0, "novel": [GITHUB]}
    shown = EventMask()(read_event(line))
    assert shown is not None
    assert GITHUB not in encode(shown)
    assert shown.masked


def test_a_secret_is_covered_in_events_that_this_version_does_not_know() -> None:
    line = f'{{"type":"novel","words":{{"{GITHUB}":["{GITHUB}"]}},"n":1}}'
    masked = masked_event(decode_event(line))
    assert encode(masked).count(GITHUB_COVERED) == 2
    assert GITHUB not in encode(masked)


def test_the_task_of_a_sub_agent_is_covered() -> None:
    spawned = events.AgentSpawn(child_id="s_1", task=SAYS, tool_use_id="t")
    masked = EventMask()(spawned)
    assert isinstance(masked, events.AgentSpawn)
    assert masked.task == COVERED


def test_an_input_that_a_person_has_edited_is_covered() -> None:
    approval = events.Approval(
        tool_use_id="t", decision="approved", input={"a": {"b": [SAYS]}}
    )
    masked = EventMask()(approval)
    assert isinstance(masked, events.Approval)
    assert masked.input == {"a": {"b": [COVERED]}}


def test_an_event_without_a_secret_stays_the_same() -> None:
    for event in (
        events.Approval(tool_use_id="t", decision="approved", input=None),
        events.Text(block="b", text="nothing"),
        events.TextDelta(block="b", offset=0, delta="nothing"),
    ):
        assert EventMask()(event) is event


@pytest.mark.parametrize(
    "kind", [events.TextDelta, events.ThinkingDelta, events.ToolInputDelta]
)
def test_a_secret_streamed_character_by_character_is_covered(
    kind: type[events.TextDelta],
) -> None:
    for prefix, key in KEYS:
        mask, text, shown = EventMask(), f"é {prefix}{key}| end", ""
        for offset, char in enumerate(text):
            said = mask(kind(block="m1.0", offset=offset, delta=char))
            if said is None:
                continue
            assert isinstance(said, kind)
            assert said.offset == len(shown)  # no hole, and nothing twice
            assert said.masked == ("*" in said.delta)
            shown += said.delta
        assert shown == f"é {prefix}{'*' * len(key)}| end"


def test_a_secret_that_json_spells_with_escapes_is_covered_in_a_streamed_input() -> (
    None
):
    """Between two escapes nothing is long enough to be a secret."""
    key = r"AbCdEf12\/" * 6
    mask, shown = EventMask(), ""
    for offset, char in enumerate(f'{{"header":"Bearer {key}"}}'):
        said = mask(events.ToolInputDelta(block="m1.0", offset=offset, delta=char))
        if isinstance(said, events.ToolInputDelta):
            shown += said.delta
    assert shown == f'{{"header":"Bearer {"*" * len(key)}"}}'


def test_streams_do_not_mix() -> None:
    mask = EventMask()
    prefix, key = KEYS[6]
    for tool_use_id, delta in (("a", prefix), ("b", key)):
        event = events.ToolOutputDelta(tool_use_id=tool_use_id, offset=0, delta=delta)
        assert mask(event) == event


def test_a_stream_begins_anew_after_its_final_and_a_discarded_turn() -> None:
    prefix, key = KEYS[6]
    ends: list[Event] = [
        events.ToolUse(block="m1.0", tool_use_id="t", tool="bash", input={}),
        events.TurnDiscarded(message_id="m1", reason="broken"),
    ]
    for end in ends:
        mask = EventMask()
        mask(events.ToolInputDelta(block="m1.0", offset=0, delta=prefix))
        mask(end)
        again = events.ToolInputDelta(block="m1.0", offset=0, delta=key)
        assert mask(again) == again
