from typing import Any

import msgspec
import pytest

from sessions_app.people.api_tokens import Scope, issue
from sessions_app.protocol.events import Text
from tests.sessions_app.logbook import elsewhere, held_session, write_log
from tests.sessions_app.mcp.caller import McpCaller
from tests.sessions_app.test_doors import ID, Person

pytestmark = pytest.mark.usefixtures("transactional_db")
MANY = 60  # more than a page of the list has


async def token() -> str:
    person = await elsewhere(Person, "admin")
    return await elsewhere(issue, person.user, "t", {Scope.READ}, None)


def many_sessions() -> set[str]:
    return {held_session(title=f"number {number}").id for number in range(MANY)}


async def test_list_of_resources_has_every_session_once_page_by_page() -> None:
    made = await elsewhere(many_sessions)
    uris: list[str] = []
    cursor: dict[str, Any] = {}
    pages = 0
    async with McpCaller(await token()) as caller:
        while True:
            page = await caller.request("resources/list", **cursor)
            uris += [one["uri"] for one in page["resources"]]
            pages += 1
            if "nextCursor" not in page:
                break
            cursor = {"cursor": page["nextCursor"]}
        wrong = [
            await caller.answer("resources/list", cursor=cursor)
            for cursor in ("9:x", f"{'9' * 5000}:x")
        ]
    wanted = {f"ringside://sessions/{one}" for one in made | {ID}}
    assert len(uris) == len(set(uris))
    assert set(uris) == wanted | {"ringside://approvals"}
    assert pages > 1
    assert {one["error"]["message"] for one in wrong} == {"cursor: not one of ours"}


async def test_log_is_read_by_its_address_from_any_place() -> None:
    issued = await token()
    row = await elsewhere(held_session, id="s_log")
    await elsewhere(write_log, row, Text(block="m.0", text="one"))
    await elsewhere(write_log, row, Text(block="m.1", text="two"))
    async with McpCaller(issued) as caller:
        pages = [
            msgspec.json.decode(found["contents"][0]["text"])
            for uri in ("events", "events?after=1")
            for found in [
                await caller.request(
                    "resources/read", uri=f"ringside://sessions/s_log/{uri}"
                )
            ]
        ]
    texts = [[event["text"] for event in page["events"]] for page in pages]
    assert texts == [["one", "two"], ["two"]]


@pytest.mark.parametrize(
    ("uri", "said"),
    [
        ("ringside://sessions/s_nope", "no such session"),
        ("ringside://sessions/a%2Fb", "pattern"),
        ("ringside://sessions/s_doors/events?after=x", "after"),
        ("ringside://sessions/s_doors/outputs/o_nope", "no such output"),
        ("ringside://sessions/s_doors/outputs/..%2F..%2F..%2Fme", "pattern"),
        ("ringside://sessions/s_doors/outputs/o_1?offset=x", "pattern"),
        ("ringside://nothing", "There is no resource"),
        ("file:///etc/passwd", "There is no resource"),
    ],
)
async def test_address_of_nothing_is_an_error_that_names_it(
    uri: str, said: str
) -> None:
    async with McpCaller(await token()) as caller:
        error = (await caller.answer("resources/read", uri=uri))["error"]
    assert (error["code"], error["data"]) == (-32602, {"uri": uri})
    assert said in error["message"]


async def test_prompt_says_which_argument_is_missing() -> None:
    async with McpCaller(await token()) as caller:
        missing = await caller.answer("prompts/get", name="review_session")
        unknown = await caller.answer("prompts/get", name="nothing")
    assert missing["error"]["message"] == "session: it is missing"
    assert "There is no prompt" in unknown["error"]["message"]


async def test_session_is_completed_by_id_and_by_title() -> None:
    issued = await token()
    await elsewhere(held_session, id="s_abc", title="Fix the wombat")
    found = []
    async with McpCaller(issued) as caller:
        for ref in (
            {"type": "ref/prompt", "name": "hand_over"},
            {"type": "ref/resource", "uri": "ringside://sessions/{session}"},
        ):
            for value in ("s_ab", "the WOM", "zzz"):
                argument = {"name": "session", "value": value}
                answer = await caller.request(
                    "completion/complete", ref=ref, argument=argument
                )
                found.append(answer["completion"]["values"])
    assert found == [["s_abc"], ["s_abc"], []] * 2
