from collections.abc import Iterator

from sessions_app.delivery.ag_ui import wire
from sessions_app.delivery.ag_ui.run_state import SentBlock, call_id


def message_id(block: SentBlock) -> str:
    """Name a block in the whole tree of sessions."""
    return f"{block.start.session_id}.{block.start.block}"


def open_block(block: SentBlock, owner: str) -> Iterator[wire.AgUiEvent]:
    """Begin a text or a thought."""
    id_ = message_id(block)
    if block.start.kind == "text":
        yield wire.TextMessageStart(
            message_id=id_, role="assistant", subagent_run_id=owner
        )
        return
    yield wire.ReasoningStart(message_id=id_, subagent_run_id=owner)
    yield wire.ReasoningMessageStart(
        message_id=id_, role="reasoning", subagent_run_id=owner
    )


def send_text(block: SentBlock, delta: str, owner: str) -> Iterator[wire.AgUiEvent]:
    kind = (
        wire.TextMessageContent
        if block.start.kind == "text"
        else wire.ReasoningMessageContent
    )
    yield kind(message_id=message_id(block), delta=delta, subagent_run_id=owner)


def close_block(block: SentBlock, owner: str) -> Iterator[wire.AgUiEvent]:
    """End a text, a thought, or a call whose input was cut off."""
    id_, start = message_id(block), block.start
    if start.kind == "tool_input":
        if not start.tool_use_id:
            return
        name = call_id(start.session_id, start.tool_use_id)
        yield wire.ToolCallEnd(tool_call_id=name, subagent_run_id=owner)
    elif start.kind == "text":
        yield wire.TextMessageEnd(message_id=id_, subagent_run_id=owner)
    else:
        yield wire.ReasoningMessageEnd(message_id=id_, subagent_run_id=owner)
        yield wire.ReasoningEnd(message_id=id_, subagent_run_id=owner)
