"""Answers with status 200 that are no streams of events."""

import json

import pytest

from runners.simulator.api.canned import Canned
from runners.simulator.simulator import Simulator
from sessions_app.protocol.events import Error, Retry, ToolResult, TurnEnd
from tests.runners.engines.claude_api.listed_host import ListedHost
from tests.runners.engines.claude_api.wire import reply, text

PORTAL = b"""<!doctype html><html><head><title>Sign in</title>
<style>p{color:red}</style><script>location = "x"</script></head>
<body><p>Welcome to our <b>network</b></p></body>"""
HTML = {"content-type": "text/html; charset=utf-8"}


@pytest.mark.parametrize(
    ("answer", "named"),
    [
        (Canned(headers=HTML, body=PORTAL), "with text/html"),
        (Canned(headers={"content-type": "text/plain"}, body=b"Hello"), "Hello"),
        (Canned(body=b'{"choices": []}'), "application/json"),
        (Canned(body=b"[" * 100_000), "application/json"),
        (Canned(body=b""), "application/json"),
    ],
)
async def test_what_came_instead_of_a_reply_is_named(
    host: ListedHost, simulator: Simulator, answer: Canned, named: str
) -> None:
    simulator.answer_next(*[answer] * host.options.limits.attempts)
    assert (await host.run("Go")).status == "error"
    assert named in host.of(Retry)[0].error
    (error,) = host.of(Error)
    assert named in error.message
    assert "Look at ANTHROPIC_BASE_URL" in error.message


async def test_of_a_page_its_words_are_shown(
    host: ListedHost, simulator: Simulator
) -> None:
    simulator.answer_next(Canned(headers=HTML, body=PORTAL), reply(text("Hello.")))
    assert (await host.run("Go")).text == "Hello."
    (retry,) = host.of(Retry)
    assert retry.error.endswith("events: Sign in Welcome to our network")


async def test_a_reply_that_comes_whole_is_a_reply(
    host: ListedHost, simulator: Simulator
) -> None:
    call = {
        "type": "tool_use",
        "id": "a",
        "name": "bash",
        "input": {"command": "echo 1"},
    }
    usage = {"input_tokens": 5, "output_tokens": 7}
    for content, stop in (
        ([call], "tool_use"),
        ([{"type": "text", "text": "One."}], "stop"),
    ):
        message = {
            "type": "message",
            "role": "assistant",
            "content": content,
            "stop_reason": stop,
            "usage": usage,
        }
        simulator.answer_next(Canned(body=json.dumps(message).encode()))
    assert (await host.run("Go")).text == "One."
    assert [result.output for result in host.of(ToolResult)] == ["1"]
    assert [end.usage.output_tokens for end in host.of(TurnEnd)] == [7, 7]


async def test_an_error_with_status_200_is_that_error(
    host: ListedHost, simulator: Simulator
) -> None:
    error = {"type": "authentication_error", "message": "invalid x-api-key"}
    simulator.answer_next(Canned(body=json.dumps({"error": error}).encode()))
    assert (await host.run("Go")).status == "error"
    (told,) = host.of(Error)
    assert told.code == "authentication_error"
    assert "Set ANTHROPIC_API_KEY" in told.message
