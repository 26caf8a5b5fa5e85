from typing import Any

import pytest
from django.conf import LazySettings

from sessions_app.history.search import table as search_table
from sessions_app.people.api_tokens import Scope, issue
from tests.sessions_app.logbook import elsewhere
from tests.sessions_app.mcp.caller import McpCaller
from tests.sessions_app.test_doors import FOUND, ID, ROWS, Person

pytestmark = pytest.mark.usefixtures("transactional_db")
Calls = dict[str, dict[str, Any]]
LISTS: Calls = {"list_sessions": {}, "list_approvals": {}, "search": {"text": FOUND}}
CALLS: dict[str, Calls] = {
    "MCP: list": LISTS,
    "MCP: read": {"get_session": {"session": ID}, "read_events": {"session": ID}},
    "MCP: command": {
        "interrupt": {"session": ID},
        "send_message": {"session": ID, "text": "Go on"},
        "approve": {"session": ID, "tool_use_id": "t"},
    },
    "MCP: start": {"start_session": {"prompt": "Go"}},
}


@pytest.fixture(autouse=True)
def _empty(transactional_db: None) -> None:
    search_table.forget_all()


def asked(method: str, **params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}


REVIEW = {"name": "review_session", "arguments": {"session": ID}}
COMPLETE = {
    "ref": {"type": "ref/prompt", "name": "review_session"},
    "argument": {"name": "session", "value": ID[:4]},
}
# What is no tool; the answer shows the session, or does not.
REQUESTS = {
    "MCP: resources": (
        asked("resources/list"),
        asked("resources/read", uri="ringside://approvals"),
        asked("completion/complete", **COMPLETE),
        asked("prompts/get", name="what_waits"),
    ),
    "MCP: resource": (
        asked("resources/read", uri=f"ringside://sessions/{ID}"),
        asked("resources/read", uri=f"ringside://sessions/{ID}/events?after=0"),
        asked("resources/read", uri=f"ringside://sessions/{ID}/outputs/o_1"),
        asked("prompts/get", **REVIEW),
    ),
    "MCP: subscribe": (
        asked("resources/subscribe", uri=f"ringside://sessions/{ID}"),
        asked("resources/subscribe", uri=f"ringside://sessions/{ID}/events"),
    ),
}


@pytest.mark.parametrize("who", ROWS)
async def test_resources_and_prompts_show_what_the_table_of_doors_says(
    who: str, settings: LazySettings
) -> None:
    settings.MCP_SESSIONS = True
    person = await elsewhere(Person, who)
    token = ""
    if person.user is not None:
        token = await elsewhere(issue, person.user, "doors", set(Scope), None)
    told = {}
    async with McpCaller(token) as caller:
        session = await caller.open(elicitation={})
        for door, requests in REQUESTS.items():
            (told[door],) = {
                await shown(caller, session, request) for request in requests
            }
    assert told == {door: ROWS[who][door] for door in REQUESTS}


async def shown(caller: McpCaller, session: str, request: dict[str, Any]) -> str:
    """Send a request; tell whether the answer shows the session, or follows it."""
    headers = {"Mcp-Session-Id": session} if session else {}
    answer = await caller.post(request, **headers)
    if answer.status_code != 200:
        return str(answer.status_code)
    is_followed = request["method"] == "resources/subscribe"
    is_there = '"result"' in answer.text and (is_followed or "s_doors" in answer.text)
    output = '"o_1' in answer.text or "out" in answer.text
    is_output = request["params"].get("uri", "").endswith("o_1")
    return "yes" if is_there and (not is_output or output) else "no"


@pytest.mark.parametrize("who", ROWS)
async def test_tools_do_what_the_table_of_doors_says(who: str) -> None:
    person = await elsewhere(Person, who)
    token = ""
    if person.user is not None:
        token = await elsewhere(issue, person.user, "doors", set(Scope), None)
    told = {}
    async with McpCaller(token) as caller:
        for door, calls in CALLS.items():
            (told[door],) = {await knock(caller, *call) for call in calls.items()}
    assert told == {door: ROWS[who][door] for door in CALLS}


async def knock(caller: McpCaller, tool: str, said: dict[str, Any]) -> str:
    """Call a tool; tell whether it did it, or showed the session."""
    params = {"name": tool, "arguments": said}
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    first = await caller.post(call)
    if first.status_code != 200:
        return str(first.status_code)
    is_done = '"isError":false' in first.text
    if tool in LISTS:
        return "yes" if is_done and f'"{ID}"' in first.text.replace("\\", "") else "no"
    return "yes" if is_done else "no"


async def test_token_is_offered_the_tools_of_its_scopes_and_no_others() -> None:
    person = await elsewhere(Person, "admin")
    said = {
        "read_events": {"session": ID},
        "send_message": {"session": ID, "text": "x"},
        "start_session": {"prompt": "x"},
    }
    for scope, offered, kept in (
        (Scope.READ, "read_events", "send_message"),
        (Scope.CONTROL, "send_message", "start_session"),
        (Scope.START, "start_session", "read_events"),
    ):
        token = await elsewhere(issue, person.user, "t", {scope}, None)
        async with McpCaller(token) as caller:
            listed = (await caller.request("tools/list"))["tools"]
            refused = await caller.call(kept, **said[kept])
        names = {tool["name"] for tool in listed}
        assert (offered in names, kept in names) == (True, False)
        assert refused["isError"]
        assert "scope" in refused["content"][0]["text"]


async def test_page_of_another_site_or_host_is_refused() -> None:
    person = await elsewhere(Person, "admin")
    token = await elsewhere(issue, person.user, "t", set(Scope), None)
    ping = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    async with McpCaller(token) as caller:
        evil = await caller.post(ping, Origin="http://evil.example")
        rebound = await caller.post(
            ping, Host="evil.example", Origin="http://evil.example"
        )
        own = await caller.post(ping, Origin="http://testserver")
        program = await caller.post(ping)
    statuses = [one.status_code for one in (evil, rebound, own, program)]
    assert statuses == [403, 403, 200, 200]


async def test_cookie_of_a_browser_opens_nothing() -> None:
    person = await elsewhere(Person, "admin")
    cookie = (await elsewhere(person.headers))["cookie"]
    async with McpCaller("") as caller:
        ping = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
        answer = await caller.post(ping, Cookie=cookie)
    assert answer.status_code == 401
    assert "Bearer" in answer.headers["www-authenticate"]


async def test_only_posts_are_taken() -> None:
    async with McpCaller("") as caller:
        for method in ("GET", "DELETE", "OPTIONS"):
            answer = await caller.ask(method)
            assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
