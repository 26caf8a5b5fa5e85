import json
import os
from pathlib import Path

import pytest

from runners.engines.claude_api.api.client import Claude
from runners.engines.claude_api.api.errors import (
    ClaudeFailure,
    ContextOverflow,
    Fatal,
    Retryable,
)
from runners.simulator.api.canned import PING, Canned, CannedStream
from runners.simulator.simulator import Simulator

REQUEST = {
    "model": "claude-opus-5-5",
    "max_tokens": 100,
    "messages": [{"role": "user", "content": "Hi"}],
}
START = b'event: message_start\ndata: {"type":"message_start","message":{}}\n\n'


async def failure(claude: Claude) -> ClaudeFailure:
    with pytest.raises((Retryable, Fatal)) as caught:
        async for _ in claude.stream(REQUEST):
            pass
    return caught.value


async def types(claude: Claude) -> list[str]:
    stream = claude.stream(REQUEST)
    return [event["type"] async for events in stream for event in events]


def canned(
    status: int, kind: str = "some_error", message: str = "No.", **headers: str
) -> Canned:
    error = {"type": "error", "error": {"type": kind, "message": message}}
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return Canned(status=status, headers=headers, body=json.dumps(error).encode())


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 504, 529])
async def test_a_passing_fault_is_retryable(
    claude: Claude, simulator: Simulator, status: int
) -> None:
    simulator.answer_next(canned(status))
    assert isinstance(await failure(claude), Retryable)
    assert len(simulator.requests) == 1


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 422])
async def test_a_refused_request_is_fatal_and_says_why(
    claude: Claude, simulator: Simulator, status: int
) -> None:
    simulator.answer_next(canned(status, "no_error", "Because."))
    caught = await failure(claude)
    assert isinstance(caught, Fatal)
    assert (caught.code, str(caught)) == ("no_error", f"{status}: Because.")


async def test_the_server_has_the_last_word_on_retrying(
    claude: Claude, simulator: Simulator
) -> None:
    simulator.answer_next(canned(529, x_should_retry="false"))
    assert isinstance(await failure(claude), Fatal)
    simulator.answer_next(canned(400, x_should_retry="true"))
    assert isinstance(await failure(claude), Retryable)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry_after": "7"}, 7.0),
        ({"retry_after_ms": "250", "retry_after": "7"}, 0.25),
        ({"retry_after": "Wed, 21 Oct 2026 07:28:00 GMT"}, None),
        ({"retry_after": "nan"}, None),
        ({"retry_after": "-3"}, None),
        ({}, None),
    ],
)
async def test_a_hint_is_read(
    claude: Claude, simulator: Simulator, headers: dict[str, str], seconds: float | None
) -> None:
    simulator.answer_next(canned(429, **headers))
    caught = await failure(claude)
    assert isinstance(caught, Retryable)
    assert caught.delay_s == seconds


async def test_a_prompt_that_is_too_long_is_an_overflow(
    claude: Claude, simulator: Simulator
) -> None:
    message = "prompt is too long: 3333404 tokens > 200000 maximum"
    simulator.answer_next(canned(400, "invalid_request_error", message))
    assert isinstance(await failure(claude), ContextOverflow)


@pytest.mark.parametrize(
    ("kind", "family"),
    [
        ("overloaded_error", Retryable),
        ("api_error", Retryable),
        ("rate_limit_error", Retryable),
        ("newer_error", Retryable),
        ("invalid_request_error", Fatal),
        ("authentication_error", Fatal),
    ],
)
async def test_an_error_inside_a_stream_is_known_by_its_type(
    claude: Claude, simulator: Simulator, kind: str, family: type[ClaudeFailure]
) -> None:
    error = {"type": "error", "error": {"type": kind, "message": "Well."}}
    frame = f"event: error\ndata: {json.dumps(error)}\n\n".encode()
    simulator.answer_next(CannedStream(body=START + frame))
    caught = await failure(claude)
    assert isinstance(caught, family)
    assert caught.code == kind
    assert str(caught).startswith("Well.")


MENDED_BY_PEOPLE = {
    (401, "authentication_error", "invalid x-api-key"): "ANTHROPIC_API_KEY",
    (403, "permission_error", "Your key may not."): "another key",
    (404, "not_found_error", "model: claude-none"): "--model",
    (402, "billing_error", "Pay."): "credit",
    (
        400,
        "invalid_request_error",
        "Your credit balance is too low to access the Anthropic API.",
    ): "credit",
}


@pytest.mark.parametrize(("told", "remedy"), MENDED_BY_PEOPLE.items())
async def test_what_a_person_can_mend_is_fatal_and_says_how(
    claude: Claude, simulator: Simulator, told: tuple[int, str, str], remedy: str
) -> None:
    simulator.answer_next(canned(*told))
    caught = await failure(claude)
    assert isinstance(caught, Fatal)
    assert told[2] in str(caught)
    assert remedy in str(caught)


async def test_a_refusal_by_what_stands_before_the_api_says_how_to_mend_it(
    claude: Claude, simulator: Simulator
) -> None:
    simulator.answer_next(Canned(status=401, body=b"<html>Unauthorized</html>"))
    caught = await failure(claude)
    assert isinstance(caught, Fatal)
    assert "ANTHROPIC_API_KEY" in str(caught)


@pytest.mark.parametrize("key", ["sk-se\ncret", "sk-se\rcret", "sk-se\0cret"])
async def test_a_key_that_no_header_holds_is_fatal_and_never_told(
    simulator: Simulator, key: str
) -> None:
    claude = Claude(api_key=key, base_url=simulator.url)
    caught = await failure(claude)
    assert isinstance(caught, Fatal)
    assert caught.code == "authentication_error"
    assert "ANTHROPIC_API_KEY" in str(caught)
    assert "sk-se" not in str(caught)
    await claude.close()


@pytest.mark.parametrize(
    "frame",
    [
        b"event: message_delta\ndata: {oops\n\n",
        b"event: message_delta\ndata: 7\n\n",
        b'event: message_delta\ndata: "\xff"\n\n',
        b"event: message_delta\ndata: " + b"[" * 100_000 + b"\n\n",
        b'event: x\ndata: {"input":' + b'{"a":' * 500 + b"1" + b"}" * 501 + b"\n\n",
    ],
)
async def test_a_garbled_frame_is_retryable(
    claude: Claude, simulator: Simulator, frame: bytes
) -> None:
    simulator.answer_next(CannedStream(body=START + frame))
    assert (await failure(claude)).code == "bad_stream"


async def test_a_cut_connection_is_retryable(
    claude: Claude, simulator: Simulator
) -> None:
    simulator.answer_next(CannedStream(body=START, ending="cut"))
    assert (await failure(claude)).code == "connection_error"


async def test_what_no_decompressor_reads_is_retryable(
    claude: Claude, simulator: Simulator
) -> None:
    for status in (200, 500):
        headers = {"content-encoding": "gzip", "content-type": "text/event-stream"}
        simulator.answer_next(Canned(status=status, headers=headers, body=b"no gzip"))
        assert (await failure(claude)).code == "connection_error"


async def test_an_error_frame_without_a_type_is_an_error(
    claude: Claude, simulator: Simulator
) -> None:
    frame = b'event: error\ndata: {"error":{"type":"overloaded_error"}}\n\n'
    simulator.answer_next(CannedStream(body=START + frame))
    assert (await failure(claude)).code == "overloaded_error"


@pytest.mark.parametrize("address", ["::::", "http://[::"])
def test_an_address_that_is_none_is_fatal_and_named(address: str) -> None:
    with pytest.raises(Fatal, match="the API's address"):
        Claude(api_key="any", base_url=address)


async def test_nobody_there_is_retryable(simulator: Simulator) -> None:
    claude = Claude(api_key="any", base_url="http://127.0.0.1:1")
    caught = await failure(claude)
    assert caught.code == "connection_error"
    assert "ConnectError" in str(caught)
    await claude.close()


async def test_a_clean_end_ends_the_stream_and_pings_are_left_out(
    claude: Claude, simulator: Simulator
) -> None:
    simulator.answer_next(CannedStream(body=PING + START + PING))
    assert await types(claude) == ["message_start"]


async def test_what_comes_before_a_bad_frame_is_heard(
    claude: Claude, simulator: Simulator
) -> None:
    simulator.answer_next(CannedStream(body=START + START + b"data: oops\n\n" + START))
    stream = claude.stream(REQUEST)
    heard = await anext(stream)
    assert [event["type"] for event in heard] == ["message_start"] * 2
    with pytest.raises(Retryable, match="not JSON"):
        await anext(stream)


async def test_half_of_a_surrogate_pair_is_heard(
    claude: Claude, simulator: Simulator
) -> None:
    frame = b'data: {"type":"content_block_delta","delta":{"text":"\\ud83d"}}\n\n'
    simulator.answer_next(CannedStream(body=frame))
    heard = [event async for events in claude.stream(REQUEST) for event in events]
    assert [event["delta"] for event in heard] == [{"text": "\ud83d"}]


async def test_silence_is_retryable(simulator: Simulator) -> None:
    simulator.answer_next(CannedStream(body=START, ending="pings"))
    claude = Claude(api_key="any", base_url=simulator.url, idle_s=0.1)
    assert (await failure(claude)).code == "idle"
    await claude.close()
    simulator.answer_next(CannedStream(body=START, ending="silence"))
    claude = Claude(api_key="any", base_url=simulator.url, silence_s=0.1)
    assert (await failure(claude)).code == "connection_error"
    await claude.close()


@pytest.fixture
def no_credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("ANTHROPIC_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))


async def test_a_missing_key_is_fatal(
    simulator: Simulator, no_credentials: None
) -> None:
    claude = Claude(base_url=simulator.url)
    caught = await failure(claude)
    assert isinstance(caught, Fatal)
    assert "authentication" in str(caught)
    await claude.close()


async def test_credentials_that_cannot_be_read_are_fatal(
    no_credentials: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_CONFIG_DIR", "/nowhere")
    monkeypatch.setenv("ANTHROPIC_PROFILE", "nobody")
    with pytest.raises(Fatal, match="not found"):
        Claude()


def test_the_sdk_is_imported_in_one_module() -> None:
    engine = Path(__file__).parents[5] / "runners/engines/claude_api"
    users = [p.name for p in engine.rglob("*.py") if "anthropic\n" in p.read_text()]
    assert users == ["client.py"]
