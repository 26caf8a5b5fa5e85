import os
import tempfile
from pathlib import Path

import pytest

from tests.agents.install import bin_of
from tests.agents.soak.soak import soak
from tests.agents.soak.speech import differences, speech_in_lines, speech_in_log

SEED = 3  # with which the first three kills differ in victim and in moment
KILLS = 3


def test_a_real_agent_that_is_killed_with_all_around_it_loses_and_repeats_nothing() -> (
    None
):
    if not (bin_of("claude") / "claude-agent-acp").exists():
        pytest.skip("claude-agent-acp is not installed: make agents")
    if "RINGSIDE_AGENT_SOAK" not in os.environ:
        pytest.skip("minutes of work: RINGSIDE_AGENT_SOAK=1, or make soak-agents")
    with tempfile.TemporaryDirectory(prefix="ringside-soak-") as directory:
        report = soak("claude", KILLS, SEED, Path(directory))
    assert report.faults == []
    assert sum(report.kills.values()) == KILLS


def piece(message: str, text: str) -> dict[str, object]:
    update = {
        "sessionUpdate": "agent_message_chunk",
        "messageId": message,
        "content": {"type": "text", "text": text},
    }
    params = {"sessionId": "s", "update": update}
    return {"method": "session/update", "params": params}


def test_what_an_agent_repeats_as_it_loads_is_not_said_again() -> None:
    lines = [
        ("agent", piece("m", "one ")),
        ("agent", piece("m", "two")),
        ("client", {"id": 2, "method": "session/load", "params": {}}),
        ("agent", piece("m", "one two")),
        ("agent", {"id": 2, "result": {}}),
        ("agent", piece("n", "three")),
    ]
    assert speech_in_lines(lines, "s") == {"m": "one two", "n": "three"}


def test_a_comparison_finds_what_is_lost_and_what_is_repeated() -> None:
    said = {"m": "one two"}
    assert differences(said, {"m": "one two"}, 0) == []
    assert differences(said, {"m": "one"}, 1) == []
    assert differences(said, {"m": "one"}, 0)
    assert differences(said, {}, 0)
    assert differences(said, {"m": "one two two"}, 1)
    assert differences(said, {"m": "one two", "x": "one"}, 1)


def test_a_log_says_what_was_not_retracted() -> None:
    log = [
        {"type": "text", "block": "m.1", "text": "half"},
        {"type": "turn_discarded", "messageId": "m"},
        {"type": "text", "block": "r7.n.2", "text": "one"},
        {"type": "text", "block": "r7.n.4", "text": " two"},
    ]
    assert speech_in_log(log) == {"n": "one two"}
