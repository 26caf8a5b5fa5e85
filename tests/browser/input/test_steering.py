from playwright.sync_api import expect

from tests.browser.conftest import OpenTab
from tests.browser.shown import assert_shows_the_log
from tests.browser.tab import approve
from tests.faults.arena import Arena
from tests.naive_fold import text_of
from tests.servers.process import until

FOLDED_AGENT = ".tool.has-agent [aria-expanded=false]"
LEVELS = """() => Object.fromEntries([...document.querySelectorAll(".item")].map(
  item => [item.dataset.session, Number(item.style.getPropertyValue("--depth"))]))"""
FOLLOW_UP = "Go on, <b>please</b>."


def test_a_person_interrupts_and_goes_on(arena: Arena, open_tab: OpenTab) -> None:
    tab = open_tab(arena.cookies)
    session = arena.endless()
    tab.open_session(arena.server.url, session)
    tab.streams(session)
    tab.page.get_by_role("button", name="Interrupt").click()
    tab.says("idle")
    expect(tab.page.get_by_text("cut off here")).to_be_visible()
    box = tab.page.get_by_label("Message to the agent")
    box.fill(FOLLOW_UP)
    tab.page.get_by_role("button", name="Send", exact=True).click()
    expect(tab.page.locator(".message-text").last).to_have_text(FOLLOW_UP)
    expect(box).to_have_value("")
    tab.streams(session)
    arena.stop(session)
    tab.says("idle")
    assert_shows_the_log(tab, arena, session)
    _, followed = arena.sessions.events(session, "user_message")
    assert (followed["text"], followed["by"]) == (FOLLOW_UP, "admin")


def test_a_person_cancels_a_session_only_when_sure(
    arena: Arena, open_tab: OpenTab
) -> None:
    tab = open_tab(arena.cookies)
    session = arena.endless()
    tab.open_session(arena.server.url, session)
    tab.page.get_by_role("button", name="More actions").click()
    tab.page.get_by_role("menuitem", name="End the session…").click()
    dialog = tab.page.get_by_role("dialog", name="End this session?")
    dialog.get_by_role("button", name="Keep it going").click()
    tab.streams(session)
    tab.page.get_by_role("button", name="More actions").click()
    tab.page.get_by_role("menuitem", name="End the session…").click()
    dialog.get_by_role("button", name="End the session").click()
    tab.says("cancelled")
    assert_shows_the_log(tab, arena, session)


def test_a_person_is_asked_and_answers_in_the_page(
    arena: Arena, open_tab: OpenTab
) -> None:
    tab, other = open_tab(arena.cookies), open_tab(arena.cookies)
    session = arena.sessions.queue("[scenario: coding rate=0]", "default")
    url = arena.server.url
    tab.open_session(url, session)
    other.open_session(url, session)
    tab.says("waiting")
    asking = tab.page.locator(".approval.open")
    expect(asking).to_have_count(1)
    approve(asking)
    until(lambda: len(arena.sessions.events(session, "approval")) == 1)
    show = asking.first.get_by_role("button", name="Show all")
    for_session = asking.first.get_by_role("button", name="Approve for session")
    expect(show.or_(for_session)).to_be_visible()
    if show.count():
        show.click()
    for_session.click()
    # Calls run in parallel: the next answer must not overtake this one on its way.
    until(lambda: len(arena.sessions.events(session, "approval")) == 2)
    deny = tab.page.locator(".approval.open .danger:enabled")
    while not is_over(arena, session):
        for _ in tab.leaf_through():
            while deny.count():
                deny.first.click()
    for shown in (tab, other):
        shown.says("completed")
        said = ""
        for _ in shown.leaf_through():
            expect(shown.page.locator(".approval.open")).to_have_count(0)
            said += shown.page.locator(".timeline").text_content() or ""
        assert "Approved by admin" in said
        assert "Approved for the session" in said
    decisions = [e["decision"] for e in arena.sessions.events(session, "approval")]
    assert decisions[:2] == ["approved", "approved"]
    assert set(decisions[2:]) == {"denied"}


def is_over(arena: Arena, session: str) -> bool:
    return arena.sessions.status(session) == "completed"


def test_sub_agents_are_nested_where_they_were_called(
    arena: Arena, open_tab: OpenTab
) -> None:
    tab = open_tab(arena.cookies)
    session = arena.sessions.queue("[scenario: subagents rate=400]")
    tab.open_session(arena.server.url, session)
    tab.says("completed")
    levels = levels_of_family(session, arena)
    assert max(levels.values()) == 3
    shown: dict[str, int] = {}
    for _ in tab.leaf_through():
        tab.unfold(FOLDED_AGENT)
        shown.update(tab.page.evaluate(LEVELS))
    assert shown == levels
    for member in levels:
        assert tab.text(member) == text_of(arena.sessions.events(member))


def levels_of_family(session: str, arena: Arena, level: int = 0) -> dict[str, int]:
    """A session and all below it, by how deep they are."""
    levels = {session: level}
    for child in arena.sessions.children(session):
        levels |= levels_of_family(child, arena, level + 1)
    return levels
