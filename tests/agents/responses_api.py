import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

Json = dict[str, Any]
# What the model says and calls, answer by answer: {call: arguments}, or a last text.
Script = list[tuple[str, Json]]
USAGE = {
    "input_tokens": 100,
    "input_tokens_details": {"cached_tokens": 10},
    "output_tokens": 20,
    "output_tokens_details": {"reasoning_tokens": 0},
    "total_tokens": 120,
}


@contextmanager
def responses_api(script: Script) -> Iterator[str]:
    """A server of the Responses API, which Codex speaks; yields its base URL.

    Which answer comes next is told by how many results of calls the request has.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            asked = json.loads(self.rfile.read(length))
            results = [i for i in asked["input"] if i["type"].endswith("_output")]
            number = min(len(results), len(script) - 1)
            body = b"".join(_streamed(number, *script[number]))
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1"
        finally:
            server.shutdown()
            thread.join()


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
