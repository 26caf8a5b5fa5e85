"""A reply that breaks after any of its frames, in each of the ways there are."""

import json
from typing import Literal

import pytest

from runners.engines.claude_api.conversation.conversation import Conversation
from runners.simulator.api.canned import CannedStream
from runners.simulator.simulator import Simulator
from sessions_app.protocol.events import Retry, ToolResult, ToolUse
from sessions_app.protocol.wire import Json
from tests.runners.engines.claude_api.listed_host import ListedHost
from tests.runners.engines.claude_api.wire import body, reply, text, tool, unmarked

WHOLE = body(
    text("First this."),
    tool("a", "bash", command="echo a >> ran"),
    tool("b", "bash", command="echo b >> ran"),
    text("Then that."),
    tool("c", "bash", command="echo c >> ran"),
)
FRAMES = [frame + b"\n\n" for frame in WHOLE.split(b"\n\n")[:-1]]
OVERLOADED = {"type": "error", "error": {"type": "overloaded_error", "message": "Busy"}}
ERROR = f"event: error\ndata: {json.dumps(OVERLOADED)}\n\n".encode()
# So many frames must have come for the next block to have begun: then a call is whole
# for sure, however the reply ends.
WHOLE_AFTER = {"a": 8, "b": 11}


def sent_twice(simulator: Simulator) -> tuple[list[Json], list[Json]]:
    first, second = (json.loads(request.body) for request in simulator.requests)
    return unmarked(first["messages"]), unmarked(second["messages"])


@pytest.mark.parametrize("how", ["clean", "cut", "error"])
@pytest.mark.parametrize("count", range(len(FRAMES)))
async def test_a_broken_reply_is_kept_so_far_or_asked_for_anew(
    host: ListedHost,
    simulator: Simulator,
    count: int,
    how: Literal["clean", "cut", "error"],
) -> None:
    came = b"".join(FRAMES[:count])
    broken = (
        CannedStream(body=came + ERROR)
        if how == "error"
        else CannedStream(body=came, ending=how)
    )
    simulator.answer_next(broken, reply(text("Done.")))
    host.waiting.append("Go")
    assert (await host.agent().run()).status == "success"
    kept = [name for name, frames in WHOLE_AFTER.items() if count >= frames]
    ran = host.workdir.root / "ran"
    assert sorted(ran.read_text().split() if ran.exists() else []) == kept
    assert len(host.of(Retry)) == 1
    first, second = sent_twice(simulator)
    assert (len(second) > len(first)) == bool(kept)
    done = {e.tool_use_id for e in host.of(ToolResult) if not e.is_error}
    assert done == set(kept)
    if kept:
        called = {e.tool_use_id for e in host.of(ToolUse)}
        assert called == {e.tool_use_id for e in host.of(ToolResult)}
    folded = Conversation.from_log(host.log)
    assert folded.closing() == []
    assert folded.messages[: len(second)] == second
