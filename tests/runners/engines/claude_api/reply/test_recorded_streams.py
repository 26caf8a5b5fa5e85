import os
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from random import Random

import pytest
import pytest_asyncio

from runners.engines.claude_api.agent import Agent
from runners.engines.claude_api.api.client import Claude
from runners.engines.claude_api.options import Options
from runners.engines.claude_api.reply.turn import Turn
from runners.sandbox.workdir import Workdir
from runners.simulator.api.canned import CannedStream
from runners.simulator.options import SimulatorOptions
from runners.simulator.simulator import Simulator
from sessions_app.protocol.encoding.codec import decode_event, encode
from sessions_app.protocol.encoding.utf16 import utf16_len
from sessions_app.protocol.events import (
    BlockStart,
    Delta,
    Event,
    OpaqueBlock,
    Text,
    Thinking,
    ToolUse,
    TurnEnd,
)
from sessions_app.protocol.wire import Json
from tests.runners.engines.claude_api import naive
from tests.runners.engines.claude_api.listed_host import ListedHost

REPOSITORY = Path(__file__).parents[5]
FOLDER = Path(
    os.environ.get("CLAUDE_STREAMS", REPOSITORY.parent / "shared/claude-streams")
)
FILES = sorted(FOLDER.rglob("*.sse"))
MANY = 150  # of a longer stream so many cuts are tried
Whole = Text | Thinking | ToolUse | OpaqueBlock  # the final of a block
pytestmark = pytest.mark.skipif(
    not FILES, reason=f"no recorded streams in {FOLDER}; set CLAUDE_STREAMS"
)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def simulator() -> AsyncIterator[Simulator]:
    async with Simulator(SimulatorOptions(rate=0)) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def claude(simulator: Simulator) -> AsyncIterator[Claude]:
    claude = Claude(api_key="any", base_url=simulator.url)
    yield claude
    await claude.close()


@pytest.fixture
def host(claude: Claude, workdir: Workdir, options: Options) -> ListedHost:
    return ListedHost(claude, workdir, options, turns=1)


def replies(path: Path) -> Iterator[bytes]:
    """Split a recording, which may hold several replies, after each message_stop."""
    body = path.read_bytes().replace(b"\r\n", b"\n")
    whole = []
    for frame in body.split(b"\n\n"):
        whole.append(frame + b"\n\n")
        if b"event: message_stop" in frame:
            yield b"".join(whole)
            whole = []
    assert not b"".join(whole).strip()


ALL = [
    pytest.param(reply, id=f"{path.stem}-{number}")
    for path in FILES
    for number, reply in enumerate(replies(path))
]


def expected_event(event: Whole) -> Json:
    """Say what a block of the naive reading must look like."""
    match event:
        case Text(text=text, citations=citations):
            return {"type": "text", "text": text} | _some(citations=citations)
        case Thinking(text=text, signature=signature):
            return {"type": "thinking", "thinking": text, "signature": signature}
        case ToolUse(tool_use_id=call, tool=tool, input=arguments):
            return {"type": "tool_use", "id": call, "name": tool, "input": arguments}
        case OpaqueBlock(raw=raw):
            return raw


def _some(**fields: object) -> Json:
    return {name: value for name, value in fields.items() if value}


def plain(block: Json) -> Json:
    """A naive block without what only the wire has."""
    if block["type"] == "thinking":
        return {"signature": "", **block}
    return {k: v for k, v in block.items() if k != "citations" or v}


def finals(log: list[Event]) -> list[Whole]:
    whole = [event for event in log if isinstance(event, Whole)]
    return sorted(whole, key=lambda event: int(event.block.partition(".")[2]))


@pytest.mark.asyncio(loop_scope="module")  # one client for them all
@pytest.mark.parametrize("body", ALL)
async def test_a_recorded_stream_is_kept_whole(
    host: ListedHost, simulator: Simulator, body: bytes
) -> None:
    chance = Random(len(body))  # noqa: S311 - seeded, to be repeatable
    cuts = tuple(chance.randrange(len(body)) for _ in range(30))
    simulator.answer_next(CannedStream(body=body, cuts=cuts))
    host.waiting.append("Go")
    agent = host.agent()
    await agent.run()

    reply = naive.read(naive.frames(body))
    log = [decode_event(encode(event)) for event in host.log]
    blocks = finals(log)
    assert [e.block for e in blocks] == [f"m1.{n}" for n in range(len(reply.content))]
    for event, block in zip(blocks, reply.content, strict=True):
        assert expected_event(event) | event.more.get("api", {}) == plain(block)
    check_end(log, reply)
    check_deltas(log)
    check_sent_back(agent, reply)


def check_end(log: list[Event], reply: naive.Reply) -> None:
    (end,) = [event for event in log if isinstance(event, TurnEnd)]
    assert end.stop_reason == (reply.stop_reason or "none")
    usage = reply.usage
    assert end.usage.input_tokens == usage.get("input_tokens", 0)
    assert end.usage.output_tokens == usage.get("output_tokens", 0)
    assert end.usage.cache_read_tokens == (usage.get("cache_read_input_tokens") or 0)
    written = usage.get("cache_creation_input_tokens") or 0
    assert end.usage.cache_creation_tokens == written


def check_deltas(log: list[Event]) -> None:
    """Deltas join without a hole, and paces add up, to what the finals say."""
    shown = {event.block: "" for event in log if isinstance(event, BlockStart)}
    for event in log:
        if isinstance(event, Delta) and event.stream in shown:
            assert event.offset == utf16_len(shown[event.stream])
            shown[event.stream] += event.delta
    for event in log:
        if isinstance(event, Text | Thinking):
            assert event.text == shown[event.block]
            assert sum(units for units, _ in event.pace) == utf16_len(event.text)


def check_sent_back(agent: Agent, reply: naive.Reply) -> None:
    if reply.stop_reason == "refusal":
        return
    said = [m["content"] for m in agent.conversation.messages if m["role"] != "user"]
    assert [block for content in said for block in content] == [
        plain(block) for block in reply.content if accepted(block)
    ]


def accepted(block: Json) -> bool:
    if block["type"] == "text":
        return bool(block["text"].strip())
    return block["type"] != "thinking" or bool(block.get("signature"))


@pytest.mark.parametrize("body", ALL)
def test_a_recorded_stream_cut_after_any_event_leaves_nothing_open(body: bytes) -> None:
    events = naive.frames(body)
    whole = Turn(1, "m1", "any", lambda: 0.0)
    grown = [event for raw in events for event in whole.feed(raw)]
    assert whole.complete
    ends: Sequence[int] = range(len(events))
    if len(ends) > MANY:
        ends = Random(MANY).sample(ends, MANY)  # noqa: S311 - likewise
    for end in ends:
        turn = Turn(1, "m1", "any", lambda: 0.0)
        log = [event for raw in events[:end] for event in turn.feed(raw)]
        assert log == grown[: len(log)]
        assert not turn.complete
        log += turn.close()
        opened = [e.block for e in log if isinstance(e, BlockStart)]
        closed = [e.block for e in log if isinstance(e, Text | Thinking | ToolUse)]
        assert sorted(opened) == sorted(closed)
        assert turn.close() == []
