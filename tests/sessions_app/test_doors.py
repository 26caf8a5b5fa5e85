import re
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from channels.auth import AuthMiddlewareStack
from django.conf import LazySettings
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import URLPattern
from django.utils import timezone

from sessions_app.api.v1.api import api
from sessions_app.history.search import table as search_table
from sessions_app.history.search.indexer import index
from sessions_app.models import AgentSession, Command, Output, Share
from sessions_app.people.api_tokens import Scope, issue
from sessions_app.people.origin import SameOrigin
from sessions_app.people.roles import Role, assign
from sessions_app.people.share_link import make_link
from sessions_app.protocol.events import ApprovalRequest, Text
from sessions_app.urls import urlpatterns
from tests.sessions_app.answer import Answer
from tests.sessions_app.logbook import elsewhere, held_session, until, write_log
from tests.sessions_app.serving import serving
from tests.sessions_app.streams.stream_doors import (
    durable_read,
    durable_stream,
    durable_write,
)
from tests.sessions_app.tab import Tab

pytestmark = pytest.mark.usefixtures("transactional_db")

DOCS = Path(__file__).parents[2] / "docs" / "security.md"
TABLE = re.compile(r"\| who \|.*?\n\n", re.DOTALL)
ID, DECOY = "s_doors", "s_none"
HOST = "testserver"
KEY = {"Idempotency-Key": "k"}
FOUND = "wombat"  # said in the session, and by nobody else
# What lets people in or out, shows them nothing of a session, or is a door below.
NO_DOORS = {
    "login", "logout", "signin_link", "share_link", "session_list", "inbox",
    "diagram_frame", "api_page", "wall", "manifest", "service_worker", "offline",
    "style", "saved_search",
    # Everybody's own: tests/sessions_app/webhooks/push/.
    "notifications", "push_subscription", "push_answer",
}  # fmt: skip


def rows() -> Iterator[tuple[str, dict[str, str]]]:
    """Read the table of who gets what at which door, as the documentation has it."""
    table = TABLE.search(DOCS.read_text(encoding="utf-8"))
    assert table is not None
    lines = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in table[0].strip().splitlines()
    ]
    for who, *answers in lines[2:]:
        told = zip(lines[0][1:], answers, strict=True)
        yield who, {door: one for doors, one in told for door in doors.split(", ")}


ROWS = dict(rows())


def found(answer: Answer) -> str:
    """Tell whether the session is in a page, or why there is none."""
    if answer.status_code != 200:
        return str(answer.status_code)
    return "yes" if ID in answer.content.decode() else "no"


def exports(client: Client) -> int:
    forms = ("jsonl", "md", "html")
    (code,) = {client.get(f"/sessions/{ID}/export.{f}").status_code for f in forms}
    return code


def label(client: Client) -> int:
    archive, tag = f"/sessions/{ID}/archive", f"/sessions/{ID}/tags/x"
    knocks = (client.delete(archive), client.put(tag), client.delete(tag))
    (code,) = {answer.status_code for answer in knocks}
    return code


def by_token(client: Client, address: str, **post: str) -> Answer:
    """Ask the API for something with a token of whoever is signed in there."""
    user = User.objects.filter(username="p").first()
    token = issue(user, "doors", set(Scope), None) if user else ""
    headers = {"Authorization": f"Bearer {token}"} | (KEY if "type" in post else {})
    path = f"/api/v1/{address}"
    if post:
        return Client().post(
            path, post, content_type="application/json", headers=headers
        )
    return Client().get(path, headers=headers)


def api_read(client: Client) -> int:
    below = ("", "/events", "/agents", "/outputs/o_1")
    (code,) = {by_token(client, f"sessions/{ID}{one}").status_code for one in below}
    return code


def api_list(client: Client) -> str:
    lists = ("sessions", "approvals", f"search?text={FOUND}")
    (told,) = {found(by_token(client, one)) for one in lists}
    return told


def ag_ui(client: Client, address: str, text: str = "") -> int:
    """Ask for a run of AG-UI; Django decides, and what streams is `AgUiDoor`."""
    messages = [{"id": "m", "role": "user", "content": text}] if text else []
    user = User.objects.filter(username="p").first()
    token = issue(user, "doors", set(Scope), None) if user else ""
    return (
        Client()
        .post(
            f"/api/v1/{address}",
            {"threadId": "new", "runId": "r", "messages": messages},
            content_type="application/json",
            headers={"Authorization": f"Bearer {token}"},
        )
        .status_code
    )


HTTP: dict[str, Callable[[Client], int | str]] = {
    "page": lambda client: client.get(f"/sessions/{ID}/").status_code,
    "transcript": lambda client: client.get(f"/sessions/{ID}/transcript/").status_code,
    "family": lambda client: client.get(f"/sessions/{ID}/family").status_code,
    "exports": exports,
    "label": label,
    "mute": lambda client: client.put(f"/sessions/{ID}/mute").status_code,
    "workdirs": lambda client: client.get("/workdirs").status_code,
    "inbox": lambda client: found(client.get("/inbox/asks")),
    "search": lambda client: found(client.get("/search/", {"q": FOUND})),
    "events": lambda client: client.get(f"/sessions/{ID}/events").status_code,
    "output": lambda client: client.get(f"/sessions/{ID}/outputs/o_1").status_code,
    "image": lambda client: client.get(f"/sessions/{ID}/outputs/o_2/image").status_code,
    "command": lambda client: (
        client.post(
            f"/api/v1/sessions/{ID}/commands",
            {"type": "interrupt"},
            content_type="application/json",
            headers=KEY,
        ).status_code
    ),
    "changes": lambda client: client.get(f"/sessions/{ID}/changes").status_code,
    "files": lambda client: client.get(f"/sessions/{ID}/files?text=a").status_code,
    "start": lambda client: client.post("/sessions/", {"prompt": "Go"}).status_code,
    "share": lambda client: client.get(f"/sessions/{ID}/share/").status_code,
    "continue": lambda client: client.post(f"/sessions/{ID}/continue").status_code,
    "admin": lambda client: client.get("/admin/").status_code,
    "API: read": api_read,
    "API: command": lambda client: (
        by_token(client, f"sessions/{ID}/commands", type="interrupt").status_code
    ),
    "API: messages": lambda client: (
        by_token(client, f"sessions/{ID}/messages").status_code
    ),
    "API: list": api_list,
    "API: start": lambda client: by_token(client, "sessions", prompt="Go").status_code,
    "approvals": api_list,
    "durable stream: read": lambda _: durable_read(ID),
    "durable stream: write": lambda _: durable_write(ID),
    "durable stream: create": lambda _: durable_stream("PUT", "new"),
    "AG-UI: read": lambda client: ag_ui(client, f"sessions/{ID}/ag-ui"),
    "AG-UI: message": lambda client: ag_ui(client, f"sessions/{ID}/ag-ui", "Go"),
    "AG-UI: new thread": lambda client: ag_ui(client, "ag-ui", "Go"),
}


@pytest.fixture(autouse=True)
def _empty(transactional_db: None) -> None:
    search_table.forget_all()


class Person:
    """Somebody of the table, with their browser's cookies."""

    def __init__(self, who: str) -> None:
        self.client = Client()
        self.user: User | None = None
        self.session = held_session(id=ID, status="waiting")
        write_log(
            self.session,
            Text(block="m1.0", text=FOUND),
            ApprovalRequest(tool_use_id="t", tool="bash", input={}, reason=""),
        )
        while index(ID):
            pass
        Output.objects.create(
            id="o_1", session=self.session, data=b"out", total_bytes=3
        )
        pixel = b"\x89PNG\r\n\x1a\n"
        Output.objects.create(
            id="o_2", session=self.session, data=pixel, total_bytes=len(pixel)
        )
        if who.startswith("visitor by "):
            self._come_by_link(who.removeprefix("visitor by "))
        elif who != "nobody":
            self._sign_in(who)

    def _come_by_link(self, which: str) -> None:
        by = User.objects.create_user("sharer")
        of = self.session
        if which == "another link":
            of = held_session(id="s_other")
        token = make_link(of, by, timezone.now() + timedelta(days=1))
        self.client.get(f"/share/{token}/")
        ends = {"expired link": "expires_at", "revoked link": "revoked_at"}
        if which in ends:
            Share.objects.update(**{ends[which]: timezone.now()})

    def _sign_in(self, who: str) -> None:
        role, _, how = who.partition(", ")
        self.user = User.objects.create_user("p", is_superuser=role == "superuser")
        if role.upper() in Role.__members__:
            assign(self.user, Role[role.upper()])
        if "owner" in who:
            AgentSession.objects.filter(pk=ID).update(owner=self.user)
        self._share(how, self.user)
        self.client.force_login(self.user)
        if who.startswith("deactivated"):
            User.objects.update(is_active=False)

    def _share(self, how: str, user: User) -> None:
        if how == "of a group shared with":
            team = Group.objects.get_or_create(name="doors")[0]
            user.groups.add(team)
            Share.objects.create(session=self.session, group=team)
        elif "share" in how:
            Share.objects.create(
                session=self.session,
                user=user,
                can_control=how == "shared to steer",
                revoked_at=timezone.now() if how == "share revoked" else None,
            )

    def headers(self) -> dict[str, str]:
        cookies = (f"{name}={one.value}" for name, one in self.client.cookies.items())
        return {"host": HOST, "origin": f"http://{HOST}", "cookie": "; ".join(cookies)}


@pytest.fixture
async def application() -> AsyncIterator[Any]:
    """What config.asgi puts together for WebSockets."""
    async with serving() as consumer:
        yield SameOrigin(AuthMiddlewareStack(consumer))


async def knock(tab: Tab) -> dict[str, str]:
    """Ask a socket for the session and the list; tell what came of each."""
    tab.subscribe(ID)
    tab.say("watch_sessions")
    tab.subscribe(DECOY)  # answered last
    await until(lambda: tab.code or tab.of("error", DECOY))
    if tab.code:
        return dict.fromkeys(("subscribe", "list"), str(tab.code))
    rows = [row["id"] for frame in tab.of("sessions") for row in frame["sessions"]]
    return {
        "subscribe": "yes" if tab.of("subscribed", ID) else "no",
        "list": "yes" if ID in rows else "no",
    }


@pytest.mark.parametrize("who", ROWS)
def test_http_doors_are_as_documented(who: str) -> None:
    person = Person(who)
    opened = {door: str(knock(person.client)) for door, knock in HTTP.items()}
    assert opened == {door: ROWS[who][door] for door in HTTP}


def test_every_address_is_a_door_of_the_table() -> None:
    """One that is new is put into the table, or says here that it is none."""
    names = {str(one.name) for one in urlpatterns if isinstance(one, URLPattern)}
    doors = {
        "session_detail", "transcript", "session_events", "session_family",
        "session_output", "session_export_jsonl", "session_export_md",
        "session_export_html", "session_tag", "session_archive",
        "session_start", "workdirs", "session_share", "inbox_asks", "search",
        "list_rows", "session_image", "session_continue", "session_changes",
        "session_files", "session_mute",
    }  # fmt: skip
    assert names == doors | NO_DOORS


def test_every_operation_of_the_api_is_behind_a_door() -> None:
    """One that is new is put into the table, or says here that it is none."""
    behind = {
        "list_sessions", "get_session", "list_agents", "list_events", "get_output",
        "send_command", "list_messages", "list_approvals", "start_session",
        "search_events", "run_session", "run_thread", "stream_events",
    }  # fmt: skip
    no_doors = {
        "get_me", "list_engines",
        # Everybody's own: tests/sessions_app/webhooks/test_endpoints.py.
        "list_webhooks", "add_webhook", "remove_webhook", "list_deliveries",
        "replay_delivery",
    }  # fmt: skip
    paths = api.get_openapi_schema()["paths"].values()
    operations = {one["operationId"] for path in paths for one in path.values()}
    assert operations == behind | no_doors


@pytest.mark.parametrize("who", ROWS)
def test_list_by_http_shows_what_the_socket_shows(who: str) -> None:
    person = Person(who)
    wanted = ROWS[who]["list"]
    is_signed_in = person.user is not None and not who.startswith("deactivated")
    told = found(person.client.get("/sessions/list"))
    assert told == (wanted if is_signed_in else "401")


@pytest.mark.parametrize("who", ROWS)
async def test_sockets_are_as_documented(who: str, application: Any) -> None:
    person = await elsewhere(Person, who)
    tab = Tab(application, headers=await elsewhere(person.headers))
    found = await knock(tab)
    if tab.code is None:
        await tab.leave()
    assert found == {door: ROWS[who][door] for door in found}


async def test_socket_of_another_origin_is_refused(application: Any) -> None:
    """Its cookie is the owner's: browsers send it, whoever opens the socket."""
    person = await elsewhere(Person, "operator, owner")
    headers = person.headers() | {"origin": "http://evil.example"}
    tab = Tab(application, headers=headers)
    assert await tab.closes() == 1000  # unaccepted: daphne answers 403
    assert not tab.is_accepted


def test_post_without_a_csrf_token_is_refused() -> None:
    person = Person("operator, owner")
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = person.client.cookies
    assert HTTP["command"](strict) == 403
    assert HTTP["start"](strict) == 403
    path = f"/sessions/{ID}/share/"
    assert strict.post(path, {"share_with": "link", "days": "1"}).status_code == 403
    assert not Command.objects.exists()
    assert not Share.objects.exists()


@pytest.mark.parametrize("loss", ["revoked share", "revoked link", "lost role"])
async def test_open_sockets_lose_what_is_revoked(
    application: Any, settings: LazySettings, loss: str
) -> None:
    settings.GUARD_INTERVAL_S = 0.05
    who = {
        "revoked share": "viewer, shared with",
        "revoked link": "visitor by link",
        "lost role": "admin",
    }[loss]
    person = await elsewhere(Person, who)
    tab = Tab(application, headers=person.headers())
    tab.subscribe(ID)
    await tab.hears("subscribed", session=ID)
    if loss == "lost role":
        await elsewhere(User.groups.through.objects.all().delete)
        assert await tab.closes() == 4401
        return
    await elsewhere(Share.objects.update, revoked_at=timezone.now())
    if loss == "revoked link":
        assert await tab.closes() == 4403
    else:
        await tab.hears("error", session=ID, code="not_found")
        await tab.leave()
