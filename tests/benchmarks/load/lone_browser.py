import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self, TypeVar
from urllib.parse import urljoin

import httpx2
from websockets.sync.client import ClientConnection, connect

from tests.benchmarks.ground import Ground
from tests.benchmarks.program import Program
from tests.browser.chromium import ARGUMENTS

T = TypeVar("T")
NO_COOKIES: Mapping[str, str] = MappingProxyType({})
LOOK_S = 0.05
START_S = 30.0
REPLY_BYTES = 64 * 2**20


class LoneBrowser:
    """A Chromium that nobody looks into while its page runs.

    Developer tools, and so Playwright, are told of each frame that a WebSocket brings:
    the page, the browser and the tools pay for that. These open a page, leave, and come
    back when all is over: https://chromedevtools.github.io/devtools-protocol/
    """

    def __init__(self, ground: Ground, chromium: str) -> None:
        profile = ground.directory()
        where = ["--remote-debugging-port=0", f"--user-data-dir={profile}"]
        look = ["--headless", "--window-size=1280,720", *ARGUMENTS]
        command = [chromium, *look, *where, "about:blank"]
        self._program = Program(command, ground.directory())
        ground.at_end(self._program.end)
        self._url = f"http://127.0.0.1:{_port(profile)}"

    def open(
        self, address: str, script: Path, cookies: Mapping[str, str] = NO_COOKIES
    ) -> None:
        """Open a page in which the script runs first; return when it is loaded."""
        with self._tools() as tools:
            source = script.read_text()
            tools.ask("Page.addScriptToEvaluateOnNewDocument", source=source)
            tools.ask("Page.enable")  # or no script is added
            site = urljoin(address, "/")  # of a whole site, not of one page
            for name, value in cookies.items():
                tools.ask("Network.setCookie", name=name, value=value, url=site)
            tools.ask("Page.navigate", url=address)
            tools.await_true(
                f"location.href.startsWith({json.dumps(site)})"
                " && document.readyState === 'complete'"
            )

    def read(self, condition: str, expression: str) -> Any:
        """Wait until a condition holds in the page, and read an expression."""
        with self._tools() as tools:
            tools.await_true(condition)
            return tools.evaluate(expression)

    def end(self) -> None:
        self._program.end()

    def _tools(self) -> "_Tools":
        return _Tools(_wait_for(self._page, "Chromium has no page"))

    def _page(self) -> str | None:
        """Where its page can be looked into, if there is one yet."""
        pages = httpx2.get(f"{self._url}/json/list").json()
        found = (page for page in pages if page["type"] == "page")
        return next((page["webSocketDebuggerUrl"] for page in found), None)


class _Tools:
    """One look into a page."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._asked = 0

    def __enter__(self) -> Self:
        self._socket: ClientConnection = connect(self._url, max_size=REPLY_BYTES)
        return self

    def __exit__(self, *_error: object) -> None:
        self._socket.close()

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        self._asked += 1
        request = {"id": self._asked, "method": method, "params": params}
        self._socket.send(json.dumps(request))
        reply: dict[str, Any] = {}
        while reply.get("id") != self._asked:  # what has none is an event
            reply = json.loads(self._socket.recv(START_S))
        if "error" in reply:
            raise RuntimeError(f"{method}: {reply['error']}")
        result: dict[str, Any] = reply["result"]
        return result

    def evaluate(self, expression: str) -> Any:
        found = self.ask("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in found:
            raise RuntimeError(f"{expression}: {found['exceptionDetails']}")
        return found["result"].get("value")

    def await_true(self, condition: str) -> None:
        never = f"in the page it never came to: {condition}"
        _wait_for(lambda: self.evaluate(condition), never)


def _port(profile: Path) -> int:
    """Wait until the browser has said where it listens."""
    told = profile / "DevToolsActivePort"
    words = _wait_for(
        lambda: told.read_text() if told.exists() else None,
        "Chromium did not start: nothing says where it listens",
    )
    return int(words.split()[0])


def _wait_for(found: Callable[[], T | None], never: str) -> T:
    """Look until something is found, and return it. Raises TimeoutError."""
    latest = time.monotonic() + START_S
    while not (value := found()):
        if time.monotonic() > latest:
            raise TimeoutError(never)
        time.sleep(LOOK_S)
    return value
