from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from runners.simulator.script.library import Library
from sessions_app.models import AgentSession, Event
from sessions_app.pages.offers import OFFERS
from tests.sessions_app.logbook import change


@pytest.fixture
def real(settings: Settings) -> Settings:
    settings.RINGSIDE_SIMULATE = False
    return settings


@pytest.fixture
def simulated(settings: Settings) -> Settings:
    settings.RINGSIDE_SIMULATE = True
    return settings


def start(client: Client, **fields: str) -> AgentSession:
    answer = client.post("/sessions/", {"prompt": "Do it", **fields})
    assert answer.status_code == 303, answer.context["form"].errors
    assert answer["Location"].startswith("/sessions/s_")
    return AgentSession.objects.get(pk=answer["Location"].split("/")[2])


def refused(client: Client, field: str, **fields: str) -> str:
    before = AgentSession.objects.count()
    answer = client.post("/sessions/", {"prompt": "Do it", **fields})
    assert answer.status_code == 422
    assert AgentSession.objects.count() == before
    return " ".join(answer.context["form"].errors[field])


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/sessions/", "/sessions/s_abc/"])
def test_pages_ask_who_you_are(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/signin/?next=")


def test_list_shows_ones_own_last_changed_first(
    as_alice: Client, alice: User, bob: User, session: AgentSession
) -> None:
    change(session.pk, updated_at=timezone.now() - timedelta(seconds=1))
    newer = AgentSession.objects.create(owner=alice, title="Newer", prompt="p")
    AgentSession.objects.create(owner=bob, title="Bob's", prompt="p")
    AgentSession.objects.create(owner=alice, parent=newer, title="Sub", prompt="p")
    page = as_alice.get("/")
    rows = page.context["page"].rows
    assert [row.session.id for row in rows] == [newer.pk, session.pk]
    assert rows[0].agents == 1
    assert b"Newer" in page.content
    assert b"Bob&#x27;s" not in page.content


def test_start_queues_a_session_of_ones_own(
    as_alice: Client, alice: User, real: Settings
) -> None:
    session = start(as_alice, prompt="  Fix the bug\nand test it  ")
    assert session.owner == alice
    assert session.title == "Fix the bug"
    assert session.prompt == "Fix the bug\nand test it"
    assert session.status == "queued"
    assert session.engine == "anthropic"
    assert session.model == real.RINGSIDE_MODEL
    assert session.permission_mode == "default"
    assert session.workdir == ""


def test_title_is_cut_to_eighty_characters(as_alice: Client, real: Settings) -> None:
    assert start(as_alice, prompt="x" * 100).title == "x" * 80


def test_simulated_session_runs_alone_and_asks_only_if_it_is_told_to(
    as_alice: Client, simulated: Settings
) -> None:
    simulated.RINGSIDE_WORKDIR_ROOTS = ["/"]
    session = start(as_alice, workdir="/etc")
    assert session.engine == "simulator"
    assert session.workdir == ""
    assert session.permission_mode == "bypass"
    assert start(as_alice, permission_mode="default").permission_mode == "default"


def test_an_empty_list_of_a_simulator_offers_what_to_try(
    as_alice: Client, simulated: Settings
) -> None:
    page = as_alice.get("/")
    assert 'id="offers"' in page.content.decode()
    for offer in OFFERS:
        assert offer.about in unescape(page.content.decode())
        mode = offer.permission_mode
        session = start(as_alice, prompt=offer.prompt, permission_mode=mode)
        assert session.title == offer.title
        assert session.permission_mode == mode
    assert 'id="offers"' not in as_alice.get("/?text=nothing").content.decode()


def test_the_list_bills_no_simulated_session(
    as_alice: Client, simulated: Settings
) -> None:
    session = start(as_alice)
    AgentSession.objects.filter(pk=session.pk).update(cost_usd=0.0412)
    page = as_alice.get("/").content.decode()
    assert 'data-slot="cost">simulated<' in page
    assert "0.0412" not in page


def test_where_sessions_cost_money_nothing_is_offered_by_one_click(
    as_alice: Client, real: Settings
) -> None:
    assert 'id="offers"' not in as_alice.get("/").content.decode()


def test_what_is_offered_are_scenarios_of_the_simulator() -> None:
    assert {offer.scenario for offer in OFFERS} <= set(Library.shipped({}).scenarios)


def test_bypass_is_for_superusers(
    as_alice: Client, as_root: Client, real: Settings
) -> None:
    assert "bypass" in refused(as_alice, "permission_mode", permission_mode="bypass")
    session = start(as_root, permission_mode="bypass")
    assert session.permission_mode == "bypass"


@pytest.mark.parametrize("prompt", ["", "  \n ", "a\0b", "x" * 40_001])
def test_unfit_prompts_are_explained(
    as_alice: Client, real: Settings, prompt: str
) -> None:
    assert refused(as_alice, "prompt", prompt=prompt)


def test_form_keeps_what_was_typed(as_alice: Client, real: Settings) -> None:
    fields = {"prompt": "Keep <me>", "model": "x" * 81}
    page = as_alice.post("/sessions/", fields)
    assert b"Keep &lt;me&gt;" in page.content
    assert b"x" * 81 in page.content


def test_without_roots_no_directory_can_be_chosen(
    as_alice: Client, real: Settings, tmp_path: Path
) -> None:
    real.RINGSIDE_WORKDIR_ROOTS = []
    assert "leave this blank" in refused(as_alice, "workdir", workdir=str(tmp_path))


def test_directory_inside_a_root_is_taken(
    as_alice: Client, real: Settings, tmp_path: Path
) -> None:
    real.RINGSIDE_WORKDIR_ROOTS = [str(tmp_path)]
    inside = tmp_path / "project"
    assert start(as_alice, workdir=f"{inside}/x/..").workdir == str(inside.resolve())


@pytest.mark.parametrize(
    "path", ["/etc", "relative", "{root}/../x", "{root}x", "{link}"]
)
def test_directory_outside_the_roots_is_refused(
    as_alice: Client, real: Settings, tmp_path: Path, path: str
) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "link").symlink_to("/etc")
    real.RINGSIDE_WORKDIR_ROOTS = [str(root)]
    assert refused(
        as_alice, "workdir", workdir=path.format(root=root, link=root / "link")
    )


def test_loop_of_symlinks_is_refused(
    as_alice: Client, real: Settings, tmp_path: Path
) -> None:
    real.RINGSIDE_WORKDIR_ROOTS = [str(tmp_path)]
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    assert refused(as_alice, "workdir", workdir=str(tmp_path / "a"))


def test_a_form_sent_twice_starts_one_session(as_alice: Client, real: Settings) -> None:
    given = as_alice.get("/").context["form"]["session_id"].value()
    first = start(as_alice, session_id=given)
    assert (start(as_alice, session_id=given), first.pk) == (first, given)
    other = start(as_alice, session_id=given, prompt="Gone back, and changed")
    assert AgentSession.objects.count() == 2
    assert other.pk != given


def test_a_form_with_the_id_of_somebody_elses_session_starts_ones_own(
    as_bob: Client, bob: User, session: AgentSession, real: Settings
) -> None:
    AgentSession.objects.filter(pk=session.pk).update(prompt="Do it")
    assert start(as_bob, session_id=session.pk).owner == bob


def test_effort_and_budget_are_kept_with_the_session(
    as_alice: Client, real: Settings
) -> None:
    session = start(as_alice, effort="high", budget_usd="2.50")
    assert (session.options, session.budget) == ({"effort": "high"}, {"usd": 2.5})
    assert "0.01" in refused(as_alice, "budget_usd", budget_usd="-1")


def test_reload_after_an_error_leads_to_the_list(as_alice: Client) -> None:
    assert as_alice.get("/sessions/")["Location"] == "/"


def test_detail_shows_ones_own(as_alice: Client, session: AgentSession) -> None:
    page = as_alice.get(f"/sessions/{session.pk}/")
    assert page.context["session"] == session
    assert page.context["can_control"]
    assert b"Tidy up" in page.content


def test_others_sessions_look_like_none(as_bob: Client, session: AgentSession) -> None:
    theirs = as_bob.get(f"/sessions/{session.pk}/")
    none = as_bob.get("/sessions/s_none/")
    assert theirs.status_code == none.status_code == 404
    # All but the CSRF token, which is new on each page.
    assert theirs.content.partition(b"<main")[2] == none.content.partition(b"<main")[2]
    assert b"<main" in theirs.content


def test_detail_says_when_a_session_is_simulated(
    as_alice: Client, session: AgentSession
) -> None:
    AgentSession.objects.filter(pk=session.pk).update(engine="simulator")
    assert as_alice.get(f"/sessions/{session.pk}/").context["simulated"]


# --- the log over HTTP ------------------------------------------------------


@pytest.mark.parametrize(
    ("engine", "is_child", "said"),
    [
        ("anthropic", False, None),
        ("simulator", False, None),
        ("exec", False, "ringside runagent --session "),
        ("recording", False, "This is a recording: it takes no messages."),
        ("anthropic", True, "write to the main session"),
    ],
)
def test_detail_says_where_a_message_would_be_refused(
    as_alice: Client,
    session: AgentSession,
    engine: str,
    is_child: bool,
    said: str | None,
) -> None:
    parent = AgentSession.objects.create(owner=session.owner) if is_child else None
    change(session.pk, engine=engine, status="completed", parent=parent)
    page = as_alice.get(f"/sessions/{session.pk}/").content.decode()
    assert ("data-refusal" in page) == (said is not None)
    assert said is None or said in page
    lasts = is_child or engine == "recording"
    assert ("data-refuses-always" in page) == lasts


@pytest.fixture
def log(session: AgentSession) -> AgentSession:
    for seq in (1, 2, 4, 5):
        data = f'{{"type":"x","seq":{seq}}}'
        Event.objects.create(session=session, seq=seq, type="x", ts=0, data=data)
    session.head_seq = 5
    session.save()
    return session


def events(client: Client, session: AgentSession, query: str) -> dict[str, object]:
    answer = client.get(f"/sessions/{session.pk}/events{query}")
    assert answer.status_code == 200
    found: dict[str, object] = answer.json()
    found["events"] = [event["seq"] for event in answer.json()["events"]]
    return found


def test_whole_log_over_http(as_alice: Client, log: AgentSession) -> None:
    assert events(as_alice, log, "") == {
        "session": log.pk, "after": 0, "upTo": 5, "head": 5, "events": [1, 2, 4, 5],
    }  # fmt: skip


def test_log_after_a_cursor(as_alice: Client, log: AgentSession) -> None:
    page = events(as_alice, log, "?after=2")
    assert (page["after"], page["upTo"], page["events"]) == (2, 5, [4, 5])


def test_log_after_its_head_is_empty(as_alice: Client, log: AgentSession) -> None:
    page = events(as_alice, log, "?after=5")
    assert (page["upTo"], page["head"], page["events"]) == (5, 5, [])


def test_log_before_a_seq(as_alice: Client, log: AgentSession) -> None:
    page = events(as_alice, log, "?before=5&limit=2")
    assert (page["after"], page["events"]) == (1, [2, 4])
    page = events(as_alice, log, "?before=2&limit=2")
    assert (page["after"], page["events"]) == (0, [1])


@pytest.mark.parametrize("query", ["after=x", "after=-1", "before=1.5", "after=²"])
def test_cursor_that_is_none_is_explained(
    as_alice: Client, log: AgentSession, query: str
) -> None:
    answer = as_alice.get(f"/sessions/{log.pk}/events?{query}")
    assert answer.status_code == 400
    assert "whole number" in answer.json()["error"]


def test_huge_cursor_is_no_fault_of_the_server(
    as_alice: Client, log: AgentSession
) -> None:
    assert events(as_alice, log, f"?after={2**63 - 1}")["events"] == []
    assert events(as_alice, log, f"?before={'9' * 19}")["events"] == [1, 2, 4, 5]


def test_log_is_for_those_who_may_see_it(
    client: Client, as_bob: Client, log: AgentSession
) -> None:
    assert client.get(f"/sessions/{log.pk}/events").status_code == 401
    assert as_bob.get(f"/sessions/{log.pk}/events").status_code == 404


# --- what every page is sent with -------------------------------------------


def test_pages_may_load_and_run_only_their_own(as_alice: Client) -> None:
    policy = as_alice.get("/")["Content-Security-Policy"]
    assert "default-src 'none'; script-src 'self'" in policy
    assert "require-trusted-types-for 'script'; trusted-types ringside" in policy
    assert "unsafe" not in policy


def test_admin_does_without_trusted_types_only(as_root: Client) -> None:
    policy = as_root.get("/admin/")["Content-Security-Policy"]
    assert "default-src 'none'; script-src 'self'" in policy
    assert "trusted-types" not in policy
    assert "unsafe" not in policy


def test_missing_pages_have_the_policy_too(as_alice: Client) -> None:
    assert "Content-Security-Policy" in as_alice.get("/nowhere/")
