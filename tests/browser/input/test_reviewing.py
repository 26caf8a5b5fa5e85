from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, expect

from runners.simulator.options import SimulatorOptions
from runners.simulator.simulator import Simulator
from tests.browser.conftest import OpenTab
from tests.faults.arena import Arena
from tests.runners.engines.claude_api.wire import reply, text, tool
from tests.runners.scripted import ScriptedClaude
from tests.servers.background import Background
from tests.servers.process import Process, until
from tests.sessions_app.masking.keys import GITHUB, GITHUB_COVERED

HIDDEN_BEHIND_BLANKS = "echo hello" + "\n" * 300 + "touch behind-blanks"
TURNED = "echo listing \u2067; touch PWNED # \u2069done"
LARGE_LINES, LARGE_CHARS = 40, 8_000  # together more than an event may hold
MANY = "\n".join(f"echo {n}" for n in range(40))


@pytest.fixture
def claude(arena: Arena, background: Background) -> Iterator[ScriptedClaude]:
    simulator = background.call(Simulator(SimulatorOptions(rate=0)).__aenter__())
    yield ScriptedClaude(arena.installation, background, simulator)
    background.call(simulator.__aexit__(None, None, None))


def asks(arena: Arena, claude: ScriptedClaude, **arguments: str) -> tuple[str, Process]:
    """A session whose agent waits for an answer about one command."""
    claude.says(reply(tool("t1", "bash", **arguments)), reply(text("Done.")))
    known = set(arena.sessions.ids())
    process = claude.start("Work", "--permission-mode", "default")
    (session,) = until(lambda: set(arena.sessions.ids()) - known)
    arena.sessions.await_event(session, "approval_request")
    return session, process


def button(bar: Locator, name: str) -> Locator:
    return bar.get_by_role("button", name=name, exact=True)


@pytest.mark.parametrize("place", ["session", "inbox"])
def test_characters_that_reorder_a_command_are_spelled_out(
    arena: Arena, claude: ScriptedClaude, open_tab: OpenTab, place: str
) -> None:
    session, process = asks(arena, claude, command=TURNED)
    tab = open_tab(arena.cookies)
    path = f"/sessions/{session}/" if place == "session" else "/inbox/"
    tab.page.goto(f"{arena.server.url}{path}")
    shown = "echo listing ⟨U+2067⟩; touch PWNED # ⟨U+2069⟩done"
    expect(tab.page.locator(".lines.command").first).to_contain_text(shown)
    title = ".tool-title" if place == "session" else ".ask-title"
    expect(tab.page.locator(title).first).to_have_text(shown)
    tab.page.locator(".approval.open .danger").first.click()
    assert process.wait() == 0, process.errors()


@pytest.mark.parametrize("place", ["session", "inbox"])
def test_what_stands_behind_blank_lines_is_seen_before_it_is_approved(
    arena: Arena, claude: ScriptedClaude, open_tab: OpenTab, place: str
) -> None:
    session, process = asks(arena, claude, command=HIDDEN_BEHIND_BLANKS)
    tab = open_tab(arena.cookies)
    path = f"/sessions/{session}/" if place == "session" else "/inbox/"
    tab.page.goto(f"{arena.server.url}{path}")
    lines = tab.page.locator(".lines.command").first
    expect(lines).to_have_text("echo hello\n⟨299 blank lines⟩\ntouch behind-blanks\n")
    bar = tab.page.locator(".approval.open").first
    button(bar, "Approve").click()
    assert process.wait() == 0, process.errors()


@pytest.mark.parametrize("place", ["session", "inbox"])
def test_a_long_command_is_approved_only_after_all_of_it_was_shown(
    arena: Arena, claude: ScriptedClaude, open_tab: OpenTab, place: str
) -> None:
    session, process = asks(arena, claude, command=MANY)
    tab = open_tab(arena.cookies)
    path = f"/sessions/{session}/" if place == "session" else "/inbox/"
    tab.page.goto(f"{arena.server.url}{path}")
    bar = tab.page.locator(".approval.open").first
    expect(bar).to_contain_text("24 lines not shown.")
    lines = tab.page.locator(".lines.command")
    expect(lines.first).to_contain_text("echo 9\n")
    expect(lines.last).to_contain_text("echo 39\n")
    expect(tab.page.get_by_text("echo 20\n")).to_have_count(0)
    expect(button(bar, "Approve")).to_have_count(0)
    # The key does what the button does: nothing is approved unseen.
    bar.focus()
    tab.page.keyboard.press("a")
    expect(tab.page.get_by_text("echo 20\n")).to_be_visible()
    assert not arena.sessions.events(session, "approval")
    button(bar, "Approve").click()
    assert process.wait() == 0, process.errors()
    assert len(arena.sessions.events(session, "approval")) == 1


def test_what_is_too_large_for_its_event_is_fetched_whole_before_it_is_approved(
    arena: Arena, claude: ScriptedClaude, open_tab: OpenTab
) -> None:
    lines = [f"echo {n} {'x ' * (LARGE_CHARS // 2)}" for n in range(LARGE_LINES)]
    lines[LARGE_LINES // 2] = "touch amid-the-hidden"
    session, process = asks(arena, claude, command="\n".join(lines))
    (asked,) = arena.sessions.events(session, "approval_request")
    assert "amid-the-hidden" not in asked["input"]["command"]
    assert asked["wholeId"]
    tab = open_tab(arena.cookies)
    tab.page.goto(f"{arena.server.url}/sessions/{session}/")
    bar = tab.page.locator(".approval.open").first
    expect(bar).to_contain_text("some of it is not here yet")
    expect(button(bar, "Approve")).to_have_count(0)
    bar.focus()
    tab.page.keyboard.press("a")
    expect(tab.page.get_by_text("touch amid-the-hidden")).to_be_attached()
    assert not arena.sessions.events(session, "approval")
    tab.page.locator(".approval.open .danger").first.click()
    assert process.wait() == 0, process.errors()


def test_a_question_lists_what_else_a_call_is_given(
    arena: Arena, claude: ScriptedClaude, open_tab: OpenTab
) -> None:
    claude.says(
        reply(tool("w", "write_file", path="a.txt", content="one")),
        reply(
            tool(
                "e",
                "edit_file",
                path="a.txt",
                old_string="one",
                new_string="one\n",
                replace_all=True,
            )
        ),
        reply(text("Done.")),
    )
    process = claude.start("Work", "--permission-mode", "default")
    tab = open_tab(arena.cookies)
    tab.page.goto(f"{arena.server.url}/inbox/")
    bar = tab.page.locator(".approval.open")
    button(bar, "Approve").click()
    fields = tab.page.locator(".lines.fields").last
    expect(fields).to_contain_text("replace_all: true")
    added = tab.page.locator(".lines.diff [data-kind=out]").last
    expect(added).to_have_text("⟨no newline at the end⟩")
    button(bar, "Approve").click()
    assert process.wait() == 0, process.errors()


def test_a_number_beyond_a_double_is_shown_edited_and_sent_as_it_was_written(
    arena: Arena, open_tab: OpenTab
) -> None:
    session = arena.sessions.queue("[scenario: long tokens=5 rate=0]", "default")
    arena.sessions.await_rest(session, "completed")
    number = 9007199254740993
    call = {"toolUseId": "t", "tool": "send", "input": {"id": number, "text": "hi"}}
    arena.extend(
        session,
        {"type": "tool_use", "block": "m9.0", **call},
        {"type": "approval_request", **call, "reason": "send needs an approval"},
    )
    tab = open_tab(arena.cookies)
    tab.open_session(arena.server.url, session)
    bar = tab.page.locator(".approval.open")
    expect(tab.page.locator(".lines.text").last).to_contain_text(f'"id": {number}')
    button(bar, "Edit").click()
    area = bar.locator("textarea")
    expect(area).to_have_value(f'{{\n  "id": {number},\n  "text": "hi"\n}}')
    area.fill(f'{{"id": {number + 2}, "text": "hello"}}')
    with tab.page.expect_request("**/commands") as sent:
        button(bar, "Approve as edited").click()
    assert f'"id":{number + 2},' in (sent.value.post_data or "")


@pytest.mark.parametrize("place", ["session", "inbox"])
def test_a_question_says_that_something_in_it_is_masked(
    arena: Arena, claude: ScriptedClaude, open_tab: OpenTab, place: str
) -> None:
    session, process = asks(arena, claude, command=f"printf %s {GITHUB} > out")
    tab = open_tab(arena.cookies)
    path = f"/sessions/{session}/" if place == "session" else "/inbox/"
    tab.page.goto(f"{arena.server.url}{path}")
    card = tab.page.locator(f"[data-session={session}]" if place == "inbox" else "main")
    bar = card.locator(".approval.open").first
    expect(bar.locator(".approval-masked")).to_be_visible()
    expect(button(bar, "Approve for session")).to_be_hidden()
    expect(card.get_by_text(GITHUB_COVERED).first).to_be_visible()
    button(bar, "Approve").click()
    assert process.wait() == 0, process.errors()
    assert (claude.workdir / "out").read_text() == GITHUB
