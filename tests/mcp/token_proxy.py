import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

HOP = {"connection", "transfer-encoding", "content-length", "keep-alive"}


class TokenProxy:
    """An HTTP proxy on the loopback that gives each request a token.

    For clients that have no way to send one. All else passes as it was sent, the Host
    header too.
    """

    def __init__(self, target: str, token: str) -> None:
        address = urlsplit(target)

        class Handler(BaseHTTPRequestHandler):
            def _pass_on(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                sent = {k: v for k, v in self.headers.items() if k.lower() not in HOP}
                sent["Authorization"] = f"Bearer {token}"
                there = http.client.HTTPConnection(str(address.hostname), address.port)
                there.request(self.command, self.path, body, sent)
                answer = there.getresponse()
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in HOP:
                        self.send_header(name, value)
                self.end_headers()
                while piece := answer.read1(64 * 1024):
                    self.wfile.write(piece)
                there.close()

            do_GET = do_POST = do_DELETE = do_OPTIONS = _pass_on

            def log_message(self, *words: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
