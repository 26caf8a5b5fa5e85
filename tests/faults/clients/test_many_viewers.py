import asyncio
import resource
from collections.abc import Iterator
from contextlib import closing, contextmanager

import msgspec
from websockets.asyncio.client import connect
from websockets.typing import Origin

from tests.conftest import Install
from tests.runners.sessions import Sessions
from tests.servers.installation import SESSION_COOKIE, Served
from tests.servers.process import PATIENCE_S
from tests.servers.stack import SQLITE

VIEWERS = 300  # WebSockets of one person
AT_ONCE = 20  # handshakes, so that none waits for long on a busy machine
OPEN_FILES = 200  # the soft limit with which the server starts


@contextmanager
def few_open_files() -> Iterator[None]:
    """Lower the soft limit of open files; a process started meanwhile inherits it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_three_hundred_sockets_of_one_person_are_live_at_once(install: Install) -> None:
    installation = install(SQLITE)
    session = Sessions(installation).queue("Watched", engine="exec")
    with few_open_files():
        served = installation.serve("--no-runner")
    with closing(installation.sign_in(served.url)) as client:
        cookie = f"{SESSION_COOKIE}={client.cookies[SESSION_COOKIE]}"
    asyncio.run(_watch(served, cookie, session))


async def _watch(served: Served, cookie: str, session: str) -> None:
    """Open all sockets; each leaves when the last one is live."""
    all_live = asyncio.Barrier(VIEWERS)
    handshakes = asyncio.Semaphore(AT_ONCE)
    subscribe = {"type": "subscribe", "session": session, "after": 0}

    async def watch() -> None:
        await handshakes.acquire()
        async with connect(
            served.websocket_url,
            additional_headers={"Cookie": cookie},
            origin=Origin(served.url),
            ping_interval=None,
        ) as socket:
            await socket.send(msgspec.json.encode(subscribe).decode())
            while msgspec.json.decode(await socket.recv())["type"] != "live":
                pass
            handshakes.release()
            await all_live.wait()

    async with asyncio.timeout(PATIENCE_S), asyncio.TaskGroup() as group:
        for _ in range(VIEWERS):
            group.create_task(watch())
