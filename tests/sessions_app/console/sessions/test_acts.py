import json
import re
from datetime import UTC, datetime
from html import unescape

import msgspec
import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import AsyncClient, Client
from django.utils import timezone

from sessions_app.models import AgentSession, Command, Event, WebProcess
from sessions_app.models import RunnerProcess as Runner
from sessions_app.protocol.commands import Approve
from sessions_app.protocol.encoding.codec import decode_command, encode
from sessions_app.protocol.events import Approval, ApprovalRequest
from sessions_app.protocol.events import Event as Said
from sessions_app.protocol.fields.question import ApprovalOption
from tests.sessions_app.answer import Answer, streamed
from tests.sessions_app.logbook import elsewhere

SESSIONS = "/admin/sessions_app/agentsession/"
RUNNERS = "/admin/sessions_app/runnerprocess/"
HIDDEN = re.compile(
    r'<input type="hidden" name="(action|_selected_action)" value="(.*?)"'
)
HELD = "here/boot/{pid}/7/{nonce}"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def act(client: Client, name: str, *sessions: AgentSession, **fields: str) -> Answer:
    """Press the button on a session's page, and confirm with what is asked there."""
    chosen = [session.pk for session in sessions]
    page = client.get(f"{SESSIONS}{chosen[0]}/change/").content.decode()
    assert f'name="action" value="{name}"' in page
    assert f">{name.capitalize()}</button>" in page
    asked = client.post(SESSIONS, {"action": name, "_selected_action": chosen})
    question = asked.content.decode()
    assert f'value="Yes, {name}"' in question
    sent: dict[str, list[str]] = {"confirmed": ["yes"]}
    for field, value in HIDDEN.findall(question):
        sent.setdefault(field, []).append(value)
    assert set(sent["_selected_action"]) == set(chosen)
    return client.post(SESSIONS, sent | fields, follow=True)


def say(session: AgentSession, *events: Said) -> None:
    for event in events:
        session.head_seq += 1
        Event.objects.create(
            session=session,
            seq=session.head_seq,
            type=event.wire_type(),
            stream=event.stream or "",
            ts=0,
            data=encode(event),
        )
    session.save(update_fields=["head_seq"])


def ask(call: str) -> ApprovalRequest:
    return ApprovalRequest(
        tool_use_id=call, tool="bash", input={"command": "rm <x>"}, reason="writes"
    )


@pytest.mark.parametrize("name", ["interrupt", "cancel"])
def test_command_is_stored_once_it_is_confirmed(
    as_root: Client, root: User, session: AgentSession, name: str
) -> None:
    asked = as_root.post(SESSIONS, {"action": name, "_selected_action": [session.pk]})
    assert session.title in asked.content.decode()
    assert not Command.objects.exists()
    act(as_root, name, session)
    command = Command.objects.get()
    assert (command.type, command.by, command.address) == (name, root, "127.0.0.1")
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id) == (root, session.pk)
    assert entry.change_message == f"{name}, from 127.0.0.1"


def test_what_cannot_be_done_is_said_and_not_audited(
    as_root: Client, alice: User, session: AgentSession
) -> None:
    over = AgentSession.objects.create(
        owner=alice, title="t", prompt="p", status="completed"
    )
    page = act(as_root, "interrupt", session, over).content.decode()
    assert f"Interrupt {session.pk}: done." in page
    assert f"Interrupt {over.pk}: The session is completed" in page
    assert [entry.object_id for entry in LogEntry.objects.all()] == [session.pk]


def test_session_is_archived(as_root: Client, session: AgentSession) -> None:
    act(as_root, "archive", session)
    session.refresh_from_db()
    assert session.archived_at is not None
    listed = as_root.get(f"{SESSIONS}?archived=no").context["cl"].result_list
    assert not listed


def test_interrupted_session_is_resumed(as_root: Client, session: AgentSession) -> None:
    page = act(as_root, "resume", session).content.decode()
    assert "can be resumed" in page  # it runs
    AgentSession.objects.filter(pk=session.pk).update(status="interrupted")
    act(as_root, "resume", session)
    session.refresh_from_db()
    assert session.status == "queued"


def test_acts_are_for_admins(as_alice: Client, session: AgentSession) -> None:
    body = {"action": "cancel", "_selected_action": [session.pk], "confirmed": "yes"}
    assert as_alice.post(SESSIONS, body).status_code == 302
    assert not Command.objects.exists()


def test_approval_is_answered_here(
    as_root: Client, root: User, session: AgentSession
) -> None:
    done = Approval(tool_use_id="toolu_1", decision="approved")
    say(session, ask("toolu_1"), done, ask("toolu_2"))
    page = as_root.get(f"{SESSIONS}{session.pk}/change/").content.decode()
    path = f"{SESSIONS}{session.pk}/answer/?call=toolu_2"
    assert path in page
    assert "toolu_1" not in page
    assert "rm &lt;x&gt;" in as_root.get(path).content.decode()
    answer = as_root.post(path, {"decision": "deny", "reason": "no"})
    assert answer.status_code == 302
    command = Command.objects.get()
    assert (command.type, command.by, command.address) == ("deny", root, "127.0.0.1")
    assert as_root.get(path).status_code == 404
    again = as_root.post(path, {"decision": "approve"}, follow=True)
    assert "Root has denied this already." in again.content.decode()
    assert LogEntry.objects.get().change_message == "deny toolu_2, from 127.0.0.1"


def test_the_answer_is_an_option_of_the_question(
    as_root: Client, session: AgentSession
) -> None:
    question = msgspec.structs.replace(
        ask("t"),
        plan="Do <it>",
        options=[
            ApprovalOption(id="all", name="Allow all <b>", kind="allow_always"),
            ApprovalOption(id="no", name="No", kind="reject_once"),
        ],
    )
    say(session, question)
    path = f"{SESSIONS}{session.pk}/answer/?call=t"
    page = as_root.get(path).content.decode()
    assert "Allow all &lt;b&gt;" in page
    assert "Do &lt;it&gt;" in page
    (value,) = re.findall(r'value="(approve[^"]*)"', page)
    as_root.post(path, {"decision": value})
    command = decode_command(Command.objects.get().data)
    assert command == Approve(tool_use_id="t", option_id="all")


@pytest.mark.parametrize("call", ["a/b", "", "..", "a b&c=ü?#", '"<b>'])
def test_call_of_any_name_is_answered(
    as_root: Client, session: AgentSession, call: str
) -> None:
    """External programs name their calls as they like."""
    say(session, ask(call))
    page = as_root.get(f"{SESSIONS}{session.pk}/change/").content.decode()
    (path,) = re.findall(r'href="([^"]+/answer/[^"]+)"', page)
    assert as_root.get(unescape(path)).status_code == 200
    assert as_root.post(unescape(path), {"decision": "approve"}).status_code == 302
    assert Command.objects.get().tool_use_id == call


def test_list_says_who_runs_and_who_watches(
    as_root: Client, session: AgentSession
) -> None:
    runner = Runner.objects.create(
        name="here/boot/8/7", host="here", pid=8, concurrency=4, sessions=1, throttled=0
    )
    WebProcess.objects.create(
        name="w", host="h", pid=9, viewers={session.pk: 17}, link_viewers={}
    )
    AgentSession.objects.filter(pk=session.pk).update(
        lease=HELD.format(pid=8, nonce="n"), heartbeat_at=timezone.now()
    )
    AgentSession.objects.create(title="other", prompt="p", cost_usd=3)
    page = as_root.get(f"{SESSIONS}?runner={runner.pk}")
    (listed,) = page.context["cl"].result_list
    assert (listed.pk, listed.viewers) == (session.pk, 17)
    assert "here 8" in page.content.decode()
    for query, count in (
        ("runner=any", 1),
        ("runner=none", 1),
        ("cost=10", 1),
        ("cost=unknown", 1),
        ("cost=more", 0),
        ("runner=77", 0),
    ):
        found = as_root.get(f"{SESSIONS}?{query}").context["cl"].result_list
        assert len(found) == count, query


def test_runners_that_are_gone_say_so(as_root: Client) -> None:
    facts = {"host": "h", "concurrency": 4, "sessions": 2, "throttled": 1}
    Runner.objects.create(name="a", pid=1, **facts)
    Runner.objects.create(name="b", pid=2, heartbeat_at=LONG_AGO, **facts)
    page = as_root.get(RUNNERS).content.decode()
    assert page.count('alt="True"') == page.count('alt="False"') == 1
    for pid in (1, 2):
        one = Runner.objects.get(pid=pid)
        assert as_root.get(f"{RUNNERS}{one.pk}/change/").status_code == 200


def test_text_is_redacted(as_root: Client, session: AgentSession) -> None:
    AgentSession.objects.filter(pk=session.pk).update(title="Tidy hunter2 up")
    say(session, ask("toolu_1"))
    assert "Say which text" in act(as_root, "redact", session).content.decode()
    assert not LogEntry.objects.exists()
    page = act(as_root, "redact", session, text="hunter2").content.decode()
    assert f"Redact {session.pk}: done." in page
    session.refresh_from_db()
    assert "hunter2" not in session.title
    entry = LogEntry.objects.get()
    assert entry.change_message == "redact, from 127.0.0.1"
    assert "hunter2" not in entry.object_repr


async def test_what_is_exported_with_its_sub_agent_is_in_the_file_once(
    transactional_db: None, async_client: AsyncClient
) -> None:
    def prepare() -> tuple[User, list[str]]:
        top = AgentSession.objects.create(title="t", prompt="p", status="completed")
        child = AgentSession.objects.create(parent=top, status="completed")
        other = AgentSession.objects.create(status="completed")
        return User.objects.create_superuser("root"), [child.pk, top.pk, other.pk]

    root, chosen = await elsewhere(prepare)
    await async_client.aforce_login(root)
    body = {"action": "export", "_selected_action": chosen, "confirmed": "yes"}
    lines = (await streamed(await async_client.post(SESSIONS, body))).splitlines()
    child, top, _ = chosen
    # Each export ends with a line that counts the ones before it, and has no id.
    ids = [fields["id"] for fields in map(json.loads, lines) if "id" in fields]
    assert sorted(ids) == sorted(chosen)
    assert ids.index(top) < ids.index(child)


async def test_export_is_sent_and_audited(
    transactional_db: None, async_client: AsyncClient
) -> None:
    def prepare() -> tuple[User, AgentSession]:
        session = AgentSession.objects.create(title="t", prompt="p")
        say(session, ask("toolu_1"))
        return User.objects.create_superuser("root"), session

    root, session = await elsewhere(prepare)
    await async_client.aforce_login(root)
    body = {"action": "export", "_selected_action": [session.pk], "confirmed": "yes"}
    answer = await async_client.post(SESSIONS, body)
    assert answer.headers["Content-Disposition"].endswith(f'"{session.pk}.jsonl"')
    lines = (await streamed(answer)).splitlines()
    assert [json.loads(line).get("type") for line in lines] == [
        None,
        "approval_request",
        None,  # the line that counts the ones before it
    ]
    entry = await elsewhere(LogEntry.objects.get)
    assert entry.change_message == "export, from 127.0.0.1"
