"""What the API's prompt cache can read: requests are compared as it compares them."""

import json
from collections.abc import Iterator
from typing import Any

from runners.engines.claude_api.conversation.compaction import PROMPT
from runners.simulator.api.request import SUMMARY_WORDS
from runners.simulator.simulator import Simulator
from sessions_app.protocol.encoding.codec import decode_event, encode
from sessions_app.protocol.events import Compacted
from tests.runners.engines.claude_api.listed_host import ListedHost
from tests.runners.engines.claude_api.wire import reply, text, tool

LOOKBACK = 20  # blocks before a mark in which the API looks for an entry
MARKS_MAX = 4  # of one request
FULL = {"input_tokens": 900_000}
Body = dict[str, Any]


def blocks(body: Body) -> Iterator[tuple[str, bool]]:
    """Each block of a request in its order, as JSON without its mark; and the mark."""
    for tool_ in body["tools"]:
        yield json.dumps(tool_), False
    for block in body["system"]:
        yield _unmarked(block), "cache_control" in block
    for message in body["messages"]:
        for block in message["content"]:
            yield f"{message['role']} {_unmarked(block)}", "cache_control" in block


def _unmarked(block: Body) -> str:
    return json.dumps({k: v for k, v in block.items() if k != "cache_control"})


class NaiveCache:
    """A prompt cache that keeps every prefix that ends in a mark."""

    def __init__(self) -> None:
        self._entries: set[str] = set()

    def read(self, body: Body) -> int:
        """How many blocks of a request come from the cache; then keep its own."""
        told = [*blocks(body)]
        # What changes any of these throws the entries of messages away.
        rest = {k: v for k, v in body.items() if k not in {"messages", "stream"}}
        key = json.dumps(rest | {"system": 0, "tools": 0}, sort_keys=True)
        prefixes = [
            "\n".join(
                [key if at > len(body["tools"]) else "", *(b for b, _ in told[:at])]
            )
            for at in range(len(told) + 1)
        ]
        marks = [at + 1 for at, (_, is_marked) in enumerate(told) if is_marked]
        assert len(marks) <= MARKS_MAX
        hits = [
            at
            for mark in marks
            for at in range(mark, max(0, mark - LOOKBACK), -1)
            if prefixes[at] in self._entries
        ]
        self._entries |= {prefixes[mark] for mark in marks}
        return max(hits, default=0)


def bodies(simulator: Simulator) -> list[Body]:
    return [json.loads(request.body) for request in simulator.requests]


def reads(simulator: Simulator) -> list[bool]:
    """Whether each request reads all that the one before it has written."""
    cache = NaiveCache()
    found = []
    written = 0
    for body in bodies(simulator):
        found.append(cache.read(body) >= written)
        written = len([*blocks(body)])
    return found


def calls(turn: int, count: int) -> list[list[dict[str, Any]]]:
    """Harmless calls with inputs that JSON can write in more than one way."""
    odd = {
        "pattern": "*.ü\u2028",
        "x": 1.0,
        "y": 10**17,
        "z": [1e-7, None, {"b": 1, "a": 2}],
    }
    return [tool(f"t{turn}.{n}", "glob", **odd) for n in range(count)]


async def test_each_turn_reads_all_of_the_one_before_however_many_blocks_it_adds(
    host: ListedHost, simulator: Simulator
) -> None:
    simulator.answer_next(
        *[reply(text("Look."), *calls(n, 12 * n + 1)) for n in range(4)],
        reply(text("Done.")),
    )
    await host.run("Go")
    assert len(bodies(simulator)) == 5
    assert all(reads(simulator))


async def test_a_resumed_session_reads_what_its_last_runner_has_written(
    host: ListedHost, simulator: Simulator
) -> None:
    simulator.answer_next(
        reply(text("Look."), *calls(1, 25)),
        reply(text("Done.")),
        reply(*calls(2, 30)),
        reply(text("Done again.")),
    )
    await host.run("Go")
    host.log = [decode_event(encode(event)) for event in host.log]
    await host.run("More")
    assert len(bodies(simulator)) == 4
    assert all(reads(simulator))


async def test_the_request_for_a_summary_reads_the_whole_conversation(
    host: ListedHost, simulator: Simulator
) -> None:
    simulator.answer_next(
        reply(text("Look."), *calls(1, 3)),
        reply(tool("big", "bash", command="seq 9999"), *calls(2, 30), usage=FULL),
        reply(text("The summary.")),
        reply(*calls(3, 2)),
        reply(text("Done.")),
    )
    assert (await host.run("Go")).text == "Done."
    assert len(host.of(Compacted)) == 1
    *before, summed_up, after, last = bodies(simulator)
    assert summed_up["messages"][-1]["content"][-1]["text"] == PROMPT
    assert SUMMARY_WORDS in PROMPT
    first, second, third, fourth, fifth = reads(simulator)
    assert [first, second, third, fifth] == [True] * 4
    # After it only the tools and the system prompt are the same.
    assert not fourth
    cache = NaiveCache()
    for body in (*before, summed_up):
        cache.read(body)
    assert cache.read(after) == len(after["tools"]) + len(after["system"])
    assert last["system"] == before[0]["system"]


async def test_a_second_session_in_a_place_reads_tools_and_system_prompt(
    host: ListedHost, simulator: Simulator
) -> None:
    simulator.answer_next(reply(text("One.")), reply(text("Two.")))
    await host.run("Go")
    host.log.clear()
    await host.run("Something else")
    first, second = bodies(simulator)
    cache = NaiveCache()
    cache.read(first)
    assert cache.read(second) == len(second["tools"]) + len(second["system"])
