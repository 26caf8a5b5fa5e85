import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.agents.model_apis.scripted_server import (
    STREAM,
    Json,
    Script,
    scripted_server,
)

USAGE = {
    "input_tokens": 100,
    "input_tokens_details": {"cached_tokens": 10},
    "output_tokens": 20,
    "output_tokens_details": {"reasoning_tokens": 0},
    "total_tokens": 120,
}


@contextmanager
def responses_api(script: Script, pause_s: float = 0.0) -> Iterator[str]:
    """A server of the Responses API, which Codex speaks; yields its base URL.

    Which answer comes next is told by how many results of calls the request has.
    """

    def answer(_path: str, asked: Json) -> tuple[str, Iterable[bytes]]:
        results = [i for i in asked["input"] if i["type"].endswith("_output")]
        number = min(len(results), len(script) - 1)
        return STREAM, _streamed(number, *script[number])

    with scripted_server(answer, pause_s) as url:
        yield f"{url}/v1"


def _streamed(number: int, text: str, calls: Json) -> Iterator[bytes]:
    response, message = f"resp_{number}", f"msg_{number}"
    yield _event("response.created", response={"id": response})
    item: Json = {"type": "message", "role": "assistant", "id": message, "content": []}
    yield _event("response.output_item.added", output_index=0, item=item)
    for word in text.split(" "):
        piece = {"item_id": message, "output_index": 0, "content_index": 0}
        yield _event("response.output_text.delta", delta=f"{word} ", **piece)
    item["content"] = [{"type": "output_text", "text": text}]
    yield _event("response.output_item.done", output_index=0, item=item)
    for index, (name, arguments) in enumerate(calls.items(), 1):
        call = {
            "type": "function_call",
            "id": f"fc_{number}_{index}",
            "call_id": f"call_{number}_{index}",
            "name": name,
            "arguments": json.dumps(arguments),
        }
        yield _event("response.output_item.done", output_index=index, item=call)
    yield _event("response.completed", response={"id": response, "usage": USAGE})


def _event(kind: str, **fields: Any) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n".encode()
