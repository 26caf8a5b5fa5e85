from runners.transcripts.codex import CodexTranslator
from runners.transcripts.state import TranscriptState
from sessions_app.protocol.events import TurnEnd
from sessions_app.protocol.wire import Json


def usage(times: int) -> Json:
    """What so many requests have spent."""
    return {
        "input_tokens": 100 * times,
        "cached_input_tokens": 10 * times,
        "output_tokens": 20 * times,
    }


def request(number: int) -> list[Json]:
    """The lines that codex-cli 0.166 writes of a thread's request with this number."""
    said = {"type": "message", "role": "assistant", "content": []}
    record = {"thread_token_usage": usage(number), "usage": usage(1)}
    info = {"total_token_usage": usage(number), "last_token_usage": usage(1)}
    return [
        {"type": "response_item", "payload": said},
        {"type": "token_usage_record", "payload": record},
        {"type": "event_msg", "payload": {"type": "token_count", "info": info}},
    ]


def test_a_fork_has_not_spent_what_was_spent_before_it() -> None:
    about = {"id": "b", "forked_from_id": "a"}
    translator = CodexTranslator(TranscriptState())
    lines = [{"type": "session_meta", "payload": about}, *request(4), *request(5)]
    events = [event for line in lines for event in translator.take(line)]
    ends = [event for event in events if isinstance(event, TurnEnd)]
    assert [end.usage.total for end in ends] == [120, 120]
