import json
from random import Random
from typing import Literal

import pytest

from runners.engines.claude_api.conversation.conversation import (
    INTERRUPTION,
    Conversation,
)
from runners.engines.claude_api.conversation.pending_call import LOST
from runners.simulator.api.request import MessagesRequest
from runners.simulator.api.review import review
from runners.simulator.simulator import Simulator
from sessions_app.protocol.events import (
    Approval,
    ApprovalRequest,
    BlockStart,
    Delta,
    Event,
    OpaqueBlock,
    Text,
    TextDelta,
    Thinking,
    ThinkingDelta,
    ToolInputDelta,
    ToolOutputDelta,
    ToolResult,
    ToolUse,
    TurnDiscarded,
    TurnEnd,
    TurnStart,
    UserMessage,
)
from sessions_app.protocol.wire import Usage
from tests.runners.engines.claude_api.listed_host import ListedHost
from tests.runners.engines.claude_api.wire import unmarked

KILLS = 80  # of each scenario's run


def start(message: str = "m1", turn: int = 1) -> TurnStart:
    return TurnStart(turn=turn, message_id=message, model="any")


def end(reason: str = "end_turn", message: str = "m1", turn: int = 1) -> TurnEnd:
    return TurnEnd(turn=turn, message_id=message, stop_reason=reason, usage=Usage())


def use(name: str, block: str = "m1.0") -> ToolUse:
    return ToolUse(block=block, tool_use_id=name, tool="bash", input={})


def answer(name: str, output: str = "ok", *, is_error: bool = False) -> ToolResult:
    return ToolResult(
        tool_use_id=name, tool="bash", output=output, is_error=is_error, duration_ms=1
    )


def said(text: str) -> UserMessage:
    return UserMessage(text=text)


def folded(*events: Event) -> Conversation:
    return Conversation.from_log(events)


def accepted(conversation: Conversation) -> None:
    """Have the simulator judge what the API would be sent."""
    tools = [{"name": "bash", "input_schema": {"type": "object"}}]
    body = {
        "model": "any",
        "max_tokens": 1,
        "messages": conversation.messages,
        "tools": tools,
    }
    review(MessagesRequest.read(json.dumps(body).encode()))


@pytest.mark.parametrize(
    "scenario", ["parallel", "pause", "max_tokens", "cut", "garbled", "refusal"]
)
async def test_a_run_killed_anywhere_can_go_on(host: ListedHost, scenario: str) -> None:
    host.waiting.append(f"[scenario: {scenario}]")
    await host.agent().run()
    ends = range(1, len(host.log) + 1)
    chance = Random(scenario)  # noqa: S311 - seeded, to be repeatable
    for count in chance.sample(ends, min(KILLS, len(ends))):
        log = host.log[:count]
        finished = {e.stream for e in log if not isinstance(e, Delta | BlockStart)}
        swept = [e for e in log if not isinstance(e, Delta) or e.stream not in finished]
        closings = [folded(*events).closing() for events in (log, swept)]
        assert closings[0] == closings[1]
        resumed = folded(*log, *closings[0])
        assert resumed.closing() == []
        assert resumed.messages == folded(*swept, *closings[0]).messages
        for call in resumed.unfinished:
            resumed.apply(answer(call.tool_use_id))
        resumed.apply(said("Go on"))
        assert resumed.awaits_claude
        accepted(resumed)


async def test_what_is_sent_next_is_the_fold_of_the_log_so_far(
    host: ListedHost, simulator: Simulator
) -> None:
    host.waiting.append("[scenario: parallel]")
    await host.agent().run()
    starts = [n for n, e in enumerate(host.log) if isinstance(e, TurnStart)]
    sent = [json.loads(request.body)["messages"] for request in simulator.requests]
    assert len(starts) == len(sent)
    for count, messages in zip(starts, sent, strict=True):
        assert folded(*host.log[:count]).messages == unmarked(messages)


def test_results_are_in_call_order_and_before_what_people_said() -> None:
    conversation = folded(
        said("Go"),
        start(),
        use("a", "m1.0"),
        use("b", "m1.1"),
        end("tool_use"),
        answer("b", "second"),
        said("Hurry"),
        answer("a", "first", is_error=True),
    )
    assert conversation.messages[-1] == {
        "role": "user",
        "content": [
            {
                "type": "tool_result",
                "tool_use_id": "a",
                "content": "first",
                "is_error": True,
            },
            {"type": "tool_result", "tool_use_id": "b", "content": "second"},
            {"type": "text", "text": "Hurry"},
        ],
    }


def test_blocks_are_in_the_order_of_their_names() -> None:
    raw = {"type": "redacted_thinking", "data": "x"}
    conversation = folded(
        said("Go"),
        start(),
        BlockStart(block="m1.1", kind="text"),
        Text(block="m1.1", text="b"),
        OpaqueBlock(block="m1.0", raw=raw),
        *[Text(block=f"m1.{n}", text="x") for n in range(2, 12)],
        end(),
    )
    content = conversation.messages[-1]["content"]
    assert content[:2] == [raw, {"type": "text", "text": "b"}]


def test_what_the_api_does_not_take_back_is_left_out() -> None:
    conversation = folded(
        said("Go"),
        start(),
        Thinking(block="m1.0", text="unsigned"),
        Thinking(block="m1.1", text="signed", signature="s"),
        Text(block="m1.2", text=" \n"),
        OpaqueBlock(block="m1.3", raw={"type": "hologram", "_deltas": [{}]}),
        Text(block="m1.4", text="said", more={"api": {"colour": "red"}}),
        end(),
    )
    assert conversation.messages[-1]["content"] == [
        {"type": "thinking", "thinking": "signed", "signature": "s"},
        {"type": "hologram"},
        {"type": "text", "text": "said", "colour": "red"},
    ]


def test_a_call_whose_id_was_none_is_not_said_again() -> None:
    # Nothing can answer it, and the API wants an answer to each.
    nameless = {"type": "tool_use", "id": ["call"], "name": "bash", "input": {}}
    conversation = folded(
        said("Go"), start(), OpaqueBlock(block="m1.0", raw=nameless), end("tool_use")
    )
    assert [message["role"] for message in conversation.messages] == ["user"]
    assert conversation.closing() == []


def test_a_discarded_turn_was_never_said() -> None:
    conversation = folded(
        said("Go"),
        start("m1"),
        Text(block="m1.0", text="half", partial=True),
        TurnDiscarded(message_id="m1", reason="cut"),
        start("m2"),
        Text(block="m2.0", text="whole"),
        end(message="m2"),
    )
    assert conversation.messages[1]["content"] == [{"type": "text", "text": "whole"}]
    assert (conversation.next_message, conversation.next_turn) == (3, 2)


def test_an_empty_reply_is_no_message() -> None:
    conversation = folded(said("Go"), start(), end())
    assert not conversation.awaits_claude
    conversation.apply(said("Well?"))
    assert conversation.awaits_claude
    assert [message["role"] for message in conversation.messages] == ["user"]
    assert len(conversation.messages[0]["content"]) == 2


def test_open_blocks_are_closed_from_their_deltas() -> None:
    conversation = folded(
        said("Go"),
        start(),
        BlockStart(block="m1.0", kind="thinking"),
        ThinkingDelta(block="m1.0", offset=0, delta="Hm"),
        BlockStart(block="m1.1", kind="text"),
        TextDelta(block="m1.1", offset=0, delta="Half "),
        TextDelta(block="m1.1", offset=5, delta="a word"),
        BlockStart(block="m1.2", kind="tool_input", tool="bash", tool_use_id="t"),
        ToolInputDelta(block="m1.2", offset=0, delta='{"a'),
    )
    unparsed = {"_unparsed": '{"a'}
    assert conversation.closing() == [
        Thinking(block="m1.0", text="Hm", partial=True),
        Text(block="m1.1", text="Half a word", partial=True),
        ToolUse(
            block="m1.2", tool_use_id="t", tool="bash", input=unparsed, partial=True
        ),
        TurnDiscarded(message_id="m1", reason="the runner stopped"),
    ]


def test_calls_without_a_result_are_answered_with_what_they_had_shown() -> None:
    conversation = folded(
        said("Go"),
        start(),
        use("a", "m1.0"),
        use("b", "m1.1"),
        end("tool_use"),
        ToolOutputDelta(tool_use_id="a", offset=0, delta="so "),
        ToolOutputDelta(tool_use_id="a", offset=3, delta="far\n"),
        answer("b"),
    )
    (lost,) = conversation.closing()
    assert isinstance(lost, ToolResult)
    assert (lost.tool_use_id, lost.output) == ("a", f"so far\n{LOST}")
    assert not conversation.awaits_claude
    conversation.apply(lost)
    assert conversation.awaits_claude


def call(
    name: str, tool: str = "read_file", block: str = "m1.0", *, partial: bool = False
) -> ToolUse:
    return ToolUse(block=block, tool_use_id=name, tool=tool, input={}, partial=partial)


def asked(name: str, tool: str = "bash") -> ApprovalRequest:
    return ApprovalRequest(tool_use_id=name, tool=tool, input={}, reason="")


def approval(
    name: str, decision: Literal["approved", "denied"] = "approved"
) -> Approval:
    return Approval(tool_use_id=name, decision=decision)


@pytest.mark.parametrize(
    ("log", "goes_on"),
    [
        ([call("a", "read_file"), end("tool_use")], True),
        ([call("a", "spawn_agent"), end("tool_use")], True),
        ([call("a", "write_file"), end("tool_use")], False),
        ([call("a", "bash"), end("tool_use")], False),
        ([call("a", "bash"), end("tool_use"), asked("a")], True),
        ([call("a", "bash"), end("tool_use"), asked("a"), approval("a")], False),
        (
            [call("a", "bash"), end("tool_use"), asked("a"), approval("a", "denied")],
            True,
        ),
        ([call("a", "read_file", partial=True), end("tool_use")], False),
        ([call("a", "read_file"), end("max_tokens")], False),
    ],
)
def test_a_call_goes_on_after_a_crash_where_that_does_no_harm(
    log: list[Event], goes_on: bool
) -> None:
    conversation = folded(said("Go"), start(), *log)
    calls = [call.tool_use_id for call in conversation.unfinished]
    lost = [result.stream for result in conversation.closing()]
    assert (calls, lost) == (["a"], []) if goes_on else ([], ["a"])
    assert not conversation.awaits_claude


def test_what_a_person_had_said_before_a_crash_is_known() -> None:
    log = [said("Go"), start(), use("a"), end("tool_use"), asked("a")]
    assert folded(*log).answer_to("a") is None
    denied = approval("a", "denied")
    assert folded(*log, denied).answer_to("a") == denied


def test_the_last_words_are_those_nobody_has_answered() -> None:
    log = [
        said("Go"),
        start(),
        Thinking(block="m1.0", text="Hm", signature="s"),
        Text(block="m1.1", text="Done"),
        Text(block="m1.2", text=" so."),
        end(),
    ]
    assert folded(*log).last_words == "Done so."
    assert folded(*log, said("And?")).last_words == ""


def test_a_paused_turn_goes_on_unless_somebody_speaks() -> None:
    call = {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}}
    log = [
        said("Go"),
        start(),
        Text(block="m1.0", text="Looking."),
        OpaqueBlock(block="m1.1", raw=call),
        end("pause_turn"),
    ]
    paused = folded(*log)
    assert paused.awaits_claude
    assert paused.messages[-1]["content"][-1] == call
    paused.apply(said("Stop looking"))
    assert paused.messages[-2]["content"] == [{"type": "text", "text": "Looking."}]


def test_an_interrupted_turn_keeps_what_can_go_back() -> None:
    call = {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}}
    conversation = folded(
        said("Go"),
        start(),
        Text(block="m1.0", text="Half", partial=True),
        OpaqueBlock(block="m1.1", raw=call),
        Thinking(block="m1.2", text="Hm", signature="s"),
        end("interrupted"),
        said("No"),
    )
    assert conversation.messages[1]["content"] == [{"type": "text", "text": "Half"}]
    texts = [block["text"] for block in conversation.messages[2]["content"]]
    assert texts == [INTERRUPTION, "No"]


def test_a_refused_turn_is_forgotten() -> None:
    conversation = folded(
        said("Go"),
        start(),
        Text(block="m1.0", text="I"),
        use("a", "m1.1"),
        end("refusal"),
        answer("a", is_error=True),
    )
    assert [message["role"] for message in conversation.messages] == ["user"]
    assert conversation.closing() == []


def test_what_was_read_is_remembered() -> None:
    read = answer("a")
    log = [said("Go"), start(), use("a"), end("tool_use")]
    seen = ToolResult(
        tool_use_id="a",
        tool="read_file",
        output="",
        is_error=False,
        duration_ms=1,
        seen={"a.py": "1.2.3"},
    )
    assert folded(*log, read).seen == {}
    assert folded(*log, seen).seen == {"a.py": "1.2.3"}
