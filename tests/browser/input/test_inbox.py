from playwright.sync_api import expect

from tests.browser.axe import violations
from tests.browser.conftest import OpenTab
from tests.faults.arena import Arena
from tests.servers.process import until


def test_questions_of_one_session_are_approved_together_once_each_was_seen(
    arena: Arena, open_tab: OpenTab, asking: str
) -> None:
    session = arena.sessions.queue("[scenario: parallel rate=0] Sow", "default")
    until(lambda: len(arena.sessions.events(session, "approval_request")) == 3)
    tab = open_tab(arena.cookies, viewport={"width": 1000, "height": 300})
    tab.page.goto(f"{arena.server.url}/inbox/")
    group = tab.page.locator(f".ask-group[data-root={session}]")
    expect(group.locator(".ask-card")).to_have_count(3)
    head = group.locator(".ask-group-head")
    expect(head).to_contain_text("3 questions")
    expect(head).to_contain_text(arena.sessions.column(session, "workdir"))
    rule = group.locator(".approval-rule").first
    expect(rule).to_have_text(
        "Approve for session: it then uses write_file without asking."
    )
    # Nothing of what is below the window has been seen.
    head.scroll_into_view_if_needed()
    together = head.get_by_role("button", name="Approve all 3")
    expect(head).to_contain_text("to be looked at first")
    expect(together).to_have_count(0)
    for card in group.locator(".ask-card").all():
        card.locator(".ask-what").scroll_into_view_if_needed()
        card.locator(".approval").scroll_into_view_if_needed()
    expect(together).to_be_enabled()
    assert not violations(tab.page)
    together.click()
    until(lambda: arena.sessions.events(session, "approval")[2:])
    answers = arena.sessions.events(session, "approval")[:3]
    assert {(a["decision"], a.get("scope", "once")) for a in answers} == {
        ("approved", "once")
    }
    expect(together).to_have_count(0)
    # Another session's question waits as before.
    assert not arena.sessions.events(asking, "approval")
    other = tab.page.locator(f".ask-group[data-root={asking}]")
    expect(other.locator(".approval.open").first).to_be_visible()
    expect(other.get_by_role("button", name="Approve all")).to_have_count(0)
    arena.end(session)
