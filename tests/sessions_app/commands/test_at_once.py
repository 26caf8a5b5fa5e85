import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from threading import Barrier

import httpx2
import pytest

from tests.conftest import Install
from tests.servers.stack import POSTGRES, SQLITE, Stack

MANY = 8
ASK = """
INSERT INTO sessions_app_event (session_id, seq, type, stream, ts, data)
VALUES (?, 1, 'approval_request', '', 1,
'{"type":"approval_request","toolUseId":"toolu_1","tool":"t","input":{},"reason":""}')
RETURNING seq
"""
Ask = Callable[[httpx2.Client, int], httpx2.Response]


def at_once(clients: list[httpx2.Client], ask: Ask) -> list[httpx2.Response]:
    """Let all clients ask in the same moment."""
    gate = Barrier(len(clients))

    def work(number: int) -> httpx2.Response:
        gate.wait()
        return ask(clients[number], number)

    with ThreadPoolExecutor(len(clients)) as threads:
        return list(threads.map(work, range(len(clients))))


@contextmanager
def copies(client: httpx2.Client) -> Iterator[list[httpx2.Client]]:
    """Several connections of one browser."""
    headers = {**client.headers, "X-CSRFToken": client.cookies["ringside_csrf"]}
    with closing(client), ExitStack() as opened:
        yield [
            opened.enter_context(
                httpx2.Client(
                    base_url=client.base_url,
                    cookies=client.cookies,
                    headers=headers,
                    timeout=30,
                    verify=False,  # plain http: no certificates to load
                )
            )
            for _ in range(MANY)
        ]


@pytest.mark.parametrize("stack", [SQLITE, POSTGRES], ids=str)
def test_of_many_who_ask_at_once_one_is_first(install: Install, stack: Stack) -> None:
    installation = install(stack)
    served = installation.serve("--no-runner")
    with copies(installation.sign_in(served.url)) as browsers:
        started = browsers[0].post("/sessions/", data={"prompt": "Go"})
        path = f"/api/v1{started.headers['Location']}commands"

        def send(client: httpx2.Client, key: str, command: object) -> httpx2.Response:
            headers = {"Idempotency-Key": key, "Content-Type": "application/json"}
            return client.post(path, content=json.dumps(command), headers=headers)

        # The same key: one row, and everybody has its answer.
        prompt = {"type": "prompt", "text": "And then?"}
        answers = at_once(browsers, lambda client, _: send(client, "same", prompt))
        assert {answer.status_code for answer in answers} == {202}
        assert len({answer.text for answer in answers}) == 1
        assert installation.rows("SELECT count(*) FROM sessions_app_command") == [(1,)]

        # Answers to one tool call: the first counts.
        installation.rows(ASK, path.split("/")[4])
        deny = {"type": "deny", "toolUseId": "toolu_1"}
        answers = at_once(browsers, lambda client, n: send(client, f"answer{n}", deny))
        codes = sorted(answer.status_code for answer in answers)
        assert codes == [202] + [409] * (MANY - 1)
        assert installation.rows("SELECT count(*) FROM sessions_app_command") == [(2,)]

        # One link: one of them comes in.
        link = installation.manage("signin", "admin", "--base-url", served.url).strip()
        answers = at_once(browsers, lambda client, _: client.post(link))
        codes = sorted(answer.status_code for answer in answers)
        assert codes == [302] + [410] * (MANY - 1)
