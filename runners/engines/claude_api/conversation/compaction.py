from collections.abc import Sequence

from runners.engines.claude_api.conversation.content import settle
from runners.tools.output.truncate import cut
from sessions_app.protocol.wire import Json

PROMPT = """\
This conversation has become too long to go on with. Write a summary of it, from which \
you will go on without the rest. Say what was asked for, in the users' own words where \
they matter; what was done, with the files and commands that count; what was found \
out; and what is left to do, with the very next step. Answer with the summary alone.\
"""
INTRODUCTION = """\
[The conversation before this became too long. This is your own summary of it; go on \
from here.]
"""


def summary_messages(
    messages: Sequence[Json], output_chars: int | None = None
) -> list[Json]:
    """Build the messages of a request for a summary of the conversation.

    Unchanged, the conversation can be read from the prompt cache. If it is too long for
    that, tool outputs are cut to `output_chars`.
    """
    shown = [*messages]
    if output_chars is not None:
        shown = [_cut(message, output_chars) for message in messages]
    asked = {"type": "text", "text": PROMPT}
    last = shown.pop()
    if last["role"] == "user":
        return [*shown, {"role": "user", "content": [*last["content"], asked]}]
    settled = settle(last["content"])
    if settled:
        shown.append({"role": "assistant", "content": settled})
    return [*shown, {"role": "user", "content": [asked]}]


def compacted_messages(messages: Sequence[Json], summary: str) -> list[Json]:
    """Start a conversation from a summary and the texts of the last user message."""
    is_last = bool(messages) and messages[-1]["role"] == "user"
    last: list[Json] = messages[-1]["content"] if is_last else []
    texts = [block for block in last if block["type"] == "text"]
    opening = {"type": "text", "text": f"{INTRODUCTION}\n{summary}"}
    return [{"role": "user", "content": [opening, *texts]}]


def _cut(message: Json, chars: int) -> Json:
    return message | {"content": [_cut_block(b, chars) for b in message["content"]]}


def _cut_block(block: Json, chars: int) -> Json:
    if block["type"] != "tool_result":
        return block
    return block | {"content": cut(block["content"], chars)[0]}
