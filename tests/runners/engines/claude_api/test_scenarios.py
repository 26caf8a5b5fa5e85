import pytest

from runners.engines.claude_api.conversation.conversation import Conversation
from runners.simulator.simulator import Simulator
from sessions_app.protocol.encoding.codec import decode_event, encode
from sessions_app.protocol.events import AgentComplete, Delta
from tests.runners.engines.claude_api.listed_host import ListedHost

SCENARIOS = {
    "api_error": "success",
    "broken_off": "success",
    "careful": "success",
    "compaction": "success",
    "coding": "success",
    "cut": "success",
    "early_end": "success",
    "garbled": "success",
    "long": "success",
    "markdown": "success",
    "max_tokens": "success",
    "overloaded_midstream": "success",
    "overflow": "success",
    "parallel": "success",
    "pause": "success",
    "refusal": "error",
    "silence": "success",
    "subagents": "success",
    "thinking": "success",
    "unicode": "success",
    "unknown": "success",
}


@pytest.mark.parametrize(("scenario", "status"), SCENARIOS.items())
async def test_a_scenario_is_played_and_its_log_gives_the_conversation(
    host: ListedHost, simulator: Simulator, scenario: str, status: str
) -> None:
    host.waiting.append(f"[scenario: {scenario}]")
    agent = host.agent()
    result = await agent.run()
    assert result.status == status
    assert host.log[-1] == host.of(AgentComplete)[0]
    travelled = [decode_event(encode(event)) for event in host.log]
    swept = [event for event in travelled if not isinstance(event, Delta)]
    for log in (travelled, swept):
        folded = Conversation.from_log(log)
        assert folded.closing() == []
        assert folded.messages == agent.conversation.messages
        assert folded.next_message == agent.conversation.next_message
        assert folded.next_turn == agent.conversation.next_turn
