import json
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

Json = dict[str, Any]
STREAM, WHOLE = "text/event-stream", "application/json"
# From a request's path and body to the answer's media type and its pieces.
Answer = Callable[[str, Json], tuple[str, Iterable[bytes]]]
# What a model says and calls, answer by answer; the last is said from then on.
Script = list[tuple[str, Json]]


@contextmanager
def scripted_server(answer: Answer, pause_s: float = 0.0) -> Iterator[str]:
    """A server of an API that the simulator does not speak; yields its URL.

    Between two pieces of a stream it waits `pause_s` seconds, as a model that thinks.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            asked = json.loads(self.rfile.read(length))
            media_type, pieces = answer(self.path, asked)
            self.send_response(200)
            self.send_header("Content-Type", media_type)
            self.send_header("Connection", "close")
            self.end_headers()
            with suppress(ConnectionError):  # the agent was interrupted
                for piece in pieces:
                    self.wfile.write(piece)
                    time.sleep(pause_s)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
