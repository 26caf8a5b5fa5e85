import http.client
import socket
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

HOP = {"connection", "transfer-encoding", "content-length", "keep-alive"}


class TokenProxy:
    """An HTTP proxy on the loopback that gives each request a token.

    For clients that have no way to send one. All else passes as it was sent, the Host
    header too. Streams that a client has left, or that are open in the end, are cut.
    """

    def __init__(self, target: str, token: str) -> None:
        address = urlsplit(target)
        opened: list[http.client.HTTPConnection] = []
        self._opened = opened

        class Handler(BaseHTTPRequestHandler):
            def _pass_on(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                sent = {k: v for k, v in self.headers.items() if k.lower() not in HOP}
                sent["Authorization"] = f"Bearer {token}"
                there = http.client.HTTPConnection(str(address.hostname), address.port)
                opened.append(there)
                try:
                    there.request(self.command, self.path, body, sent)
                    with suppress(OSError, http.client.HTTPException):  # left, or cut
                        self._answer(there.getresponse())
                finally:
                    there.close()

            def _answer(self, answer: http.client.HTTPResponse) -> None:
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in HOP:
                        self.send_header(name, value)
                self.end_headers()
                self.wfile.flush()
                with answer:
                    while piece := answer.read1(64 * 1024):
                        self.wfile.write(piece)

            do_GET = do_POST = do_DELETE = do_OPTIONS = _pass_on

            def log_message(self, *words: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = False  # so that closing the server waits for all
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
        for there in self._opened:
            if there.sock is not None:
                with suppress(OSError):
                    there.sock.shutdown(socket.SHUT_RDWR)
        self._server.server_close()
