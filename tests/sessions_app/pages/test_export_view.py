import pytest
from django.contrib.auth.models import User
from django.test import AsyncClient

from sessions_app.history.export.export import export_lines
from sessions_app.models import AgentSession
from sessions_app.protocol.events import Text
from tests.sessions_app.answer import streamed
from tests.sessions_app.logbook import elsewhere, held_session, write_log

HOSTILE = "<script>alert(1)</script> ![x](https://evil.example/x.png) [y](javascript:z)"


@pytest.fixture
def alice(transactional_db: None) -> User:
    return User.objects.create_user("alice")


@pytest.fixture
def bob(transactional_db: None) -> User:
    return User.objects.create_user("bob")


@pytest.fixture
def served(alice: User) -> AgentSession:
    session = held_session(id="s_top", title="Top", owner=alice)
    write_log(session, Text(block="m1.0", text="Done"), Text(block="m2", text=HOSTILE))
    session.refresh_from_db()
    return session


def exported(session: AgentSession) -> str:
    return "".join(export_lines(session))


async def get(person: User | None, form: str) -> tuple[int, str, str]:
    client = AsyncClient()
    if person is not None:
        await client.aforce_login(person)
    answer = await client.get(f"/sessions/s_top/export.{form}")
    if not answer.streaming:
        return answer.status_code, "", answer.content.decode()
    said = (await streamed(answer)).decode()
    return answer.status_code, answer["Content-Disposition"], said


async def test_page_exports_in_every_format(
    served: AgentSession, alice: User, bob: User
) -> None:
    status, name, said = await get(alice, "jsonl")
    assert (status, name) == (200, 'attachment; filename="s_top.jsonl"')
    assert said == await elsewhere(exported, served)
    assert (await get(alice, "md"))[2].startswith("# Top\n")
    assert (await get(bob, "jsonl"))[0] == 404
    assert (await get(None, "jsonl"))[0] == 401


async def test_html_of_a_session_runs_and_loads_nothing(
    served: AgentSession, alice: User
) -> None:
    _, _, page = await get(alice, "html")
    assert "<p>Done</p>" in page
    assert "&lt;script&gt;" in page
    assert "<script" not in page
    assert "<img" not in page
    assert 'href="javascript' not in page
    assert "default-src 'none'" in page
