"""The page of a session whose agent says all that the language has for agents."""

import json
import sys
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, expect

from sessions_app.protocol.commands import Prompt
from tests.browser.axe import violations_by_scheme
from tests.browser.conftest import OpenTab
from tests.browser.tab import Tab
from tests.faults.arena import Arena
from tests.servers.process import ROOT, until

AGENT = f"{sys.executable} {ROOT / 'tests' / 'browser' / 'scripted_agent.py'}"
SIZE = "image => [image.naturalWidth, image.naturalHeight]"
Start = Callable[[str], str]


@pytest.fixture
def start(arena: Arena) -> Iterator[Start]:
    """Starts the scripted agent with a scene; its session is ended with the test."""
    started: list[str] = []

    def start_scene(scene: str) -> str:
        known = set(arena.sessions.ids())
        arena.installation.start("runagent", "--exec", AGENT, scene)
        (session,) = until(lambda: set(arena.sessions.ids()) - known)
        started.append(session)
        last = "memory_gap" if scene == "work" else "approval_request"
        arena.sessions.await_event(session, last)
        return session

    yield start_scene
    for session in started:
        arena.end(session)


@pytest.fixture
def shown(arena: Arena, open_tab: OpenTab, start: Start) -> Callable[..., Tab]:
    def open_scene(scene: str, **options: object) -> Tab:
        tab = open_tab(arena.cookies, **options)
        tab.open_session(arena.server.url, start(scene))
        tab.is_connected()
        return tab

    return open_scene


def card(tab: Tab, name: str) -> Locator:
    named = tab.page.locator(".tool-name").get_by_text(name, exact=True)
    return tab.page.locator(".tool-head", has=named)


def menu(tab: Tab, name: str) -> Locator:
    named = tab.page.locator(".setting-name").get_by_text(name, exact=True)
    return tab.page.locator(".setting", has=named).locator("select")


def answer(arena: Arena, tab: Tab) -> dict[str, object]:
    session = tab.page.locator("main").get_attribute("data-session") or ""
    approval: dict[str, object] = arena.sessions.await_event(session, "approval")
    return approval


def test_a_permission_is_answered_by_the_agents_own_options(
    arena: Arena, shown: Callable[..., Tab]
) -> None:
    tab = shown("permission")
    bar = tab.page.locator(".approval.open")
    names = ["Yes", "Yes, and allow all edits", "No, and tell Claude what to do"]
    expect(bar.get_by_role("button")).to_have_text(names)
    expect(tab.page.locator(".fields")).to_contain_text("/w/fairshare/cli.py")
    expect(tab.page.locator(".diff")).to_contain_text("print(split(10, 3))")
    assert violations_by_scheme(tab.page) == []
    bar.get_by_role("button", name="Yes, and allow all edits").click()
    expect(card(tab, "Write")).to_contain_text(f"{names[1]} (admin)")
    said = answer(arena, tab)
    assert (said["optionId"], said["scope"]) == ("always", "session")


def test_the_keys_of_questions_choose_among_the_options(
    arena: Arena, shown: Callable[..., Tab]
) -> None:
    tab = shown("permission")
    tab.page.locator(".approval.open").focus()
    tab.page.keyboard.press("d")
    expect(tab.page.get_by_label("Why not")).to_be_focused()
    tab.page.keyboard.type("keep the old output")
    tab.page.keyboard.press("Enter")
    expect(card(tab, "Write")).to_contain_text("No, and tell Claude what to do")
    said = answer(arena, tab)
    assert (said["optionId"], said["reason"]) == ("reject", "keep the old output")
    session = tab.page.locator("main").get_attribute("data-session") or ""
    (result,) = arena.sessions.events(session, "tool_result")[-1:]
    assert "keep the old output" in result["output"]  # the program was told


def test_a_plan_is_agreed_to_as_it_is_read(
    arena: Arena, shown: Callable[..., Tab]
) -> None:
    tab = shown("plan")
    plan = tab.page.locator(".plan")
    expect(plan.locator("h2")).to_have_text("Round shares to the cent")
    expect(plan.locator("li strong")).to_have_text("the largest remainder")
    assert violations_by_scheme(tab.page) == []
    tab.page.get_by_role("button", name="Yes, and ask for each edit").click()
    assert answer(arena, tab)["optionId"] == "ask"
    tab.says("completed")
    card(tab, "ExitPlanMode").click()
    expect(plan.locator("h2")).to_be_visible()  # what was agreed to stays


def test_a_form_is_filled_in_checked_and_kept_over_a_reload(
    arena: Arena, shown: Callable[..., Tab]
) -> None:
    tab = shown("question")
    form = tab.page.locator(".form")
    expect(form).to_be_visible()
    assert violations_by_scheme(tab.page) == []
    send = tab.page.get_by_role("button", name="Send answers")
    send.click()
    expect(form.get_by_role("alert")).to_have_text("An answer is needed.")
    expect(tab.page.get_by_label("SQLite")).to_be_focused()
    tab.page.get_by_label("PostgreSQL").check()
    tab.page.get_by_label("mypy").check()
    tab.page.get_by_label("pytest").check()
    tries = tab.page.get_by_label("How many times")
    tries.fill("12")
    tab.page.reload()
    tab.is_connected()
    expect(tab.page.get_by_label("PostgreSQL")).to_be_checked()
    send.click()
    expect(form.get_by_role("alert")).to_have_text("At most 9.")
    tries.fill("2")
    send.click()
    tab.says("completed")
    card(tab, "AskUserQuestion").click()
    expect(tab.page.locator(".answers dd")).to_have_text(
        ["PostgreSQL", "mypy, pytest", "2"]
    )
    answers = {"db": "postgres", "checks": ["mypy", "pytest"], "retries": 2}
    assert answer(arena, tab)["answers"] == answers


def test_an_answer_may_be_in_words_of_ones_own(
    arena: Arena, shown: Callable[..., Tab]
) -> None:
    tab = shown("question")
    tab.page.get_by_label("SQLite").check()
    tab.page.get_by_label("Something else").fill("a sheet of paper")
    expect(tab.page.get_by_label("SQLite")).not_to_be_checked()
    tab.page.get_by_role("button", name="Send answers").click()
    assert answer(arena, tab)["answers"] == {"db": "a sheet of paper", "checks": []}


def test_questions_that_stand_in_the_input_alone_are_answered_in_it(
    arena: Arena, shown: Callable[..., Tab]
) -> None:
    tab = shown("raw question")
    tab.page.get_by_label("PostgreSQL").check()
    tab.page.get_by_role("button", name="Send answers").click()
    said = answer(arena, tab)
    assert said["answers"] == {"asked0": "PostgreSQL"}
    tab.says("completed")
    session = tab.page.locator("main").get_attribute("data-session") or ""
    (result,) = arena.sessions.events(session, "tool_result")
    heard = json.loads(result["output"])  # what the program was told
    answers = {"Where shall the shares be kept?": "PostgreSQL"}
    assert heard["input"]["answers"] == answers


def test_an_open_page_takes_the_title_that_the_agent_gives(
    arena: Arena, shown: Callable[..., Tab]
) -> None:
    tab = shown("question")
    session = tab.page.locator("main").get_attribute("data-session") or ""
    heading = tab.page.locator("h1.bar-title")
    expect(heading).to_have_text("question")
    arena.sessions.tell(session, Prompt(text="call it Round   shares"))
    expect(heading).to_have_text("Round shares")
    expect(tab.page).to_have_title("(1) approve · Round shares · Ringside")
    arena.sessions.set(session, title="Mine")
    tab.page.reload()
    expect(heading).to_have_text("Mine")
    arena.sessions.tell(session, Prompt(text="call it Round again"))
    arena.sessions.tell(session, Prompt(text="and say so"))
    expect(tab.page.locator("main")).to_contain_text("heard and say so")
    expect(heading).to_have_text("Mine")


def test_the_inbox_shows_and_answers_all_of_it(
    arena: Arena, open_tab: OpenTab, start: Start
) -> None:
    sessions = {scene: start(scene) for scene in ("permission", "plan", "question")}
    tab = open_tab(arena.cookies)
    tab.page.goto(f"{arena.server.url}/inbox/")
    cards = {
        scene: tab.page.locator(f".ask-card[data-session={session}]")
        for scene, session in sessions.items()
    }
    expect(cards["question"].locator(".form")).to_be_visible()
    expect(cards["plan"].locator(".plan h2")).to_be_visible()
    assert violations_by_scheme(tab.page) == []
    cards["permission"].get_by_role("button", name="Yes", exact=True).click()
    cards["plan"].get_by_role("button", name="No, keep planning").click()
    cards["question"].get_by_label("SQLite").check()
    cards["question"].get_by_role("button", name="Send answers").click()
    expect(tab.page.locator(".ask-card .approval.open")).to_have_count(0)
    chosen = {
        scene: arena.sessions.await_event(session, "approval")
        for scene, session in sessions.items()
    }
    assert chosen["permission"]["optionId"] == "allow"
    assert chosen["plan"]["decision"] == "denied"
    assert chosen["question"]["answers"]["db"] == "sqlite"


def test_calls_are_shown_by_what_they_do(shown: Callable[..., Tab]) -> None:
    tab = shown("work")
    for name in ("Bash", "Read", "Edit", "todowrite", "browser · screenshot"):
        card(tab, name).click()
    page = tab.page
    expect(page.locator(".command")).to_have_text("pytest -q\n")
    expect(page.locator(".numbered .line").first).to_have_attribute("data-gutter", "1")
    expect(page.locator(".line[data-kind=in]")).to_contain_text("round(")
    expect(page.locator(".todo .line").first).to_have_attribute("data-gutter", "☑")
    expect(card(tab, "browser · screenshot")).to_contain_text(
        "Take a picture of the page"
    )
    image = page.get_by_role("img", name="The page")
    until(lambda: image.evaluate(SIZE) == [480, 300])
    second = page.get_by_role("img", name="On a phone")
    until(lambda: second.evaluate(SIZE) == [240, 300])
    expect(page.locator("[data-type=memory_gap]")).to_contain_text(
        "Not in the agent's memory"
    )
    page.keyboard.press("f")
    page.get_by_role("button", name="By call").click()
    expect(page.get_by_role("treeitem")).to_contain_text("/w/fairshare/split.py")


def test_an_image_in_a_message_is_shown_from_our_own_origin(
    arena: Arena, shown: Callable[..., Tab]
) -> None:
    tab = shown("work")
    image = tab.page.get_by_role("img", name="Shares of a bill")
    until(lambda: image.evaluate(SIZE) == [360, 240])
    source = image.evaluate("image => image.currentSrc")
    assert source.startswith(f"{arena.server.url}/sessions/")
    link = tab.page.get_by_role("link", name="How shares are rounded")
    expect(link).to_have_attribute("href", "https://example.org/rounding")
    assert violations_by_scheme(tab.page) == []


def test_a_setting_is_chosen_in_the_head(
    arena: Arena, shown: Callable[..., Tab]
) -> None:
    tab = shown("work")
    bar = tab.page.locator(".agent-bar")
    expect(bar).to_contain_text("Claude Code 2.1.318")
    expect(menu(tab, "Model").locator("optgroup")).to_have_count(2)
    assert violations_by_scheme(tab.page) == []
    menu(tab, "Mode").select_option("plan")
    chosen = tab.page.locator("[data-type=option_chosen]")
    expect(chosen).to_contain_text("Mode: Plan mode")
    expect(chosen).to_contain_text("chosen by admin")
    expect(menu(tab, "Mode")).to_be_enabled()
    expect(menu(tab, "Mode")).to_have_value("plan")
    menu(tab, "Mode").select_option("bypass")
    expect(bar.get_by_role("alert")).to_have_text(
        "Mode was not changed: Plan mode stays."
    )
    expect(menu(tab, "Mode")).to_have_value("plan")


def test_without_a_server_a_setting_says_that_it_was_not_changed(
    arena: Arena, open_tab: OpenTab, start: Start
) -> None:
    tab, proxy = open_tab(arena.cookies), arena.proxy()
    tab.open_session(proxy.url, start("work"))
    tab.is_connected()
    expect(menu(tab, "Effort")).to_be_enabled()
    proxy.refuse()
    tab.is_connected("reconnecting")
    menu(tab, "Effort").select_option("low")
    expect(tab.page.locator(".agent-bar").get_by_role("alert")).to_contain_text(
        "Effort was not changed. The server did not answer."
    )
    expect(menu(tab, "Effort")).to_have_value("high")


def test_a_choice_at_rest_waits_for_the_next_message(
    arena: Arena, shown: Callable[..., Tab]
) -> None:
    tab = shown("work")
    session = tab.page.locator("main").get_attribute("data-session") or ""
    arena.end(session)
    tab.says("cancelled")
    menu(tab, "Effort").select_option("low")
    expect(tab.page.locator(".setting-state")).to_contain_text(
        ["", "", "from the next message on"]
    )
    tab.page.reload()  # the page knows the settings though nothing of the log was read
    expect(menu(tab, "Model")).to_have_value("opus")
    expect(menu(tab, "Effort")).to_have_value("low")
    expect(tab.page.locator(".setting-state")).to_contain_text(
        ["", "", "from the next message on"]
    )
    # The next run offers what it had, and only then makes the choice.
    arena.installation.start("runagent", "--session", session, "work")
    expect(menu(tab, "Effort")).to_be_enabled()
    expect(menu(tab, "Effort")).to_have_value("low")
    expect(tab.page.locator(".agent-bar").get_by_role("alert")).to_be_hidden()


def test_commands_are_offered_behind_a_slash(
    arena: Arena, shown: Callable[..., Tab]
) -> None:
    tab = shown("work")
    say = tab.page.get_by_label("Message to the agent")
    expect(menu(tab, "Mode")).to_be_enabled()
    say.fill("/")
    options = tab.page.get_by_role("option", include_hidden=False).filter(
        has=tab.page.locator(".palette-name")
    )
    expect(options).to_have_count(4)
    assert violations_by_scheme(tab.page) == []
    tab.page.keyboard.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    expect(say).to_have_attribute("aria-activedescendant", "palette-1")
    tab.page.keyboard.press("Escape")
    expect(options).to_have_count(0)
    say.press("c")
    expect(options).to_have_count(2)
    tab.page.keyboard.press("Enter")
    expect(say).to_have_value("/compact ")
    say.press_sequentially("the tests")
    tab.page.keyboard.press("Enter")
    session = tab.page.locator("main").get_attribute("data-session") or ""
    until(lambda: "heard /compact the tests" in arena.sessions.texts(session))
