import pytest

from tests.conftest import Install
from tests.runners.scripted import ScriptedClaude
from tests.runners.sessions import Sessions
from tests.servers.stack import SQLITE

# Each fault of Claude's: how its session ends, and what of it the log tells.
FAULTS = {
    "api_error": ("completed", {"retry"}),
    "broken_off": ("completed", {"retry", "turn_end"}),
    "compaction": ("completed", {"compacted"}),
    "cut": ("completed", {"retry", "turn_discarded"}),
    "early_end": ("completed", {"retry", "turn_discarded"}),
    "garbled": ("completed", {"tool_result"}),
    "max_tokens": ("completed", {"tool_result"}),
    "overflow": ("completed", {"compacted"}),
    "overloaded_midstream": ("completed", {"retry", "turn_discarded"}),
    "pause": ("completed", {"turn_end"}),
    "refusal": ("failed", {"error"}),
    "silence": ("completed", set()),
    "unknown": ("completed", {"opaque_block"}),
}


@pytest.fixture(scope="module")
def faulty(install_for_module: Install) -> dict[str, tuple[Sessions, str]]:
    """One runner that plays all of them at once."""
    installation = install_for_module(SQLITE)
    sessions = Sessions(installation)
    ids = {name: sessions.queue(f"[scenario: {name} rate=0]") for name in FAULTS}
    installation.start("runagent", "--queue", "--concurrency", str(len(FAULTS)))
    return {name: (sessions, id_) for name, id_ in ids.items()}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_of_claudes_has_a_visible_end(
    faulty: dict[str, tuple[Sessions, str]], name: str
) -> None:
    sessions, session_id = faulty[name]
    status, told = FAULTS[name]
    sessions.await_rest(session_id, status)
    types = {event["type"] for event in sessions.events(session_id)}
    assert told <= types
    calls = [e["toolUseId"] for e in sessions.events(session_id, "tool_use")]
    results = [e["toolUseId"] for e in sessions.events(session_id, "tool_result")]
    discarded = {e["messageId"] for e in sessions.events(session_id, "turn_discarded")}
    kept = [
        e["toolUseId"]
        for e in sessions.events(session_id, "tool_use")
        if e["block"].partition(".")[0] not in discarded
    ]
    assert len(results) == len(set(results))
    assert set(kept) <= set(results) <= set(calls)


def test_a_call_kept_of_a_broken_reply_runs_once(
    faulty: dict[str, tuple[Sessions, str]],
) -> None:
    sessions, session_id = faulty["broken_off"]
    sessions.await_rest(session_id, "completed")
    outputs = [e["output"] for e in sessions.events(session_id, "tool_result")]
    assert outputs[-1] == "first\nsecond"


def test_a_key_that_no_request_holds_ends_the_session_and_is_nowhere_told(
    sessions: Sessions, claude_says: ScriptedClaude
) -> None:
    claude_says.env["ANTHROPIC_API_KEY"] = "sk-ant-bad\nkey"
    process = claude_says.start("Go")
    assert process.wait() == 1
    (session_id,) = sessions.ids()
    assert sessions.status(session_id) == "failed"
    assert not sessions.events(session_id, "retry")
    (error,) = sessions.events(session_id, "error")
    assert "Set ANTHROPIC_API_KEY" in error["message"]
    told = "\n".join([*sessions.lines(session_id), process.output(), process.errors()])
    assert "sk-ant-bad" not in told
