"""Whatever is covered, an event can still be read, by pages and by agents."""

from hypothesis import given
from hypothesis import strategies as st

from sessions_app.history.retention.tombstone import erased, redacted
from sessions_app.masking.covering import Covering
from sessions_app.protocol.encoding.codec import decode_event, encode
from sessions_app.protocol.encoding.numbers import decode_json, encode_json
from sessions_app.protocol.events import ApprovalRequest, Event, ToolUse
from sessions_app.protocol.fields.question import ApprovalOption
from sessions_app.protocol.fields.tool_details import FileDiff, FileLocation
from tests.sessions_app.protocol.values import events

# Words of the wire itself, which a person may want covered in what was said.
words = st.sampled_from(
    ["type", "kind", "path", "id", "text", "edit", "allow_once", "line", "e", "1"]
)


@given(events, words)
def test_a_tombstone_is_an_event_of_its_type(event: Event, word: str) -> None:
    fields = decode_json(encode(event))
    for tombstone in (redacted(fields, Covering(word)), erased(fields)):
        if tombstone is not None:
            read = decode_event(encode_json(tombstone))
            assert type(read) is type(event)
            assert read.seq == event.seq


def test_texts_of_typed_values_are_covered_and_their_fields_stay() -> None:
    call = ToolUse(
        block="b",
        tool_use_id="t",
        tool="Edit",
        input={"path": "path"},
        kind="edit",
        locations=[FileLocation(path="path/edit", line=12)],
        diffs=[FileDiff(path="edit", new_text="edit it")],
    )
    covered = redacted(decode_json(encode(call)), Covering("edit")) or {}
    assert covered["kind"] == "edit"
    assert covered["locations"] == [{"path": "path/****", "line": 12}]
    assert covered["diffs"] == [{"path": "****", "newText": "**** it"}]


def test_of_an_erased_question_no_word_is_left() -> None:
    request = ApprovalRequest(
        tool_use_id="t",
        tool="Bash",
        input={},
        reason="why",
        plan="plan",
        options=[ApprovalOption(id="ok", name="Allow", kind="allow_once")],
    )
    covered = erased(decode_json(encode(request)))
    assert covered["plan"] == "****"
    assert covered["options"] == [{"id": "**", "name": "*****", "kind": "allow_once"}]
