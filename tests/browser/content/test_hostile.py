from playwright.sync_api import expect

from sessions_app.protocol.hidden_characters import spell_out_prose
from tests.browser.conftest import OpenTab
from tests.browser.hostile_inputs import ALL, ELEMENTS, hostile_texts
from tests.browser.shown import letters
from tests.faults.arena import Arena
from tests.naive_fold import Fields
from tests.servers.process import until

INJECTED = """:is([data-slot=timeline], .rows) :is(
  script, iframe, style, object, embed, img, [onload], [onerror])"""
# What a person would write into stays: it takes the focus, and so scrolls.
FOLDED = ":is(.disclosure, .tool-head, .message > .plain)[aria-expanded=false]"
HOSTILE_LINKS = 'main a[href]:not([href^="http"]):not([href^="/"]):not([href^="#"])'


def hostile_log(bad: str) -> list[Fields]:
    """Every place of an event that a page shows, filled with one text."""
    edit = {"path": bad, "old_string": bad, "new_string": bad + bad}
    calls = [("bash", {"command": bad}), ("edit_file", edit), (bad, {bad: bad})]
    fenced = f"so {bad}\n\n```{bad}\n{bad}\n```"
    return [
        {"type": "user_message", "text": bad, "by": bad},
        {"type": "thinking", "block": f"{bad}.0", "text": bad, "signature": ""},
        {"type": "text", "block": f"{bad}.1", "text": fenced},
        *[event for call in calls for event in hostile_call(bad, *call)],
        {"type": "opaque_block", "block": f"{bad}.5", "raw": {"type": bad, bad: bad}},
        {"type": "todo_update", "items": [{"content": bad, "status": bad}]},
        {"type": "retry", "attempt": 1, "delayMs": 1, "error": bad},
        {"type": "error", "code": bad, "message": bad, "fatal": False},
        {"type": "weather", "glass": bad},
    ]


def hostile_call(bad: str, tool: str, given: Fields) -> list[Fields]:
    call = {"toolUseId": f"{tool} {bad}", "tool": tool}
    ask = {"type": "approval_request", **call, "input": given, "reason": bad}
    answer = {"decision": "approved", "by": bad, "reason": bad}
    result = {"output": bad, "isError": tool == "bash", "durationMs": 1}
    return [
        {"type": "tool_use", "block": f"{bad}.{tool}", **call, "input": given},
        ask,
        {"type": "approval", **call, **answer},
        {"type": "tool_output_delta", **call, "offset": 0, "delta": bad},
        {"type": "tool_result", **call, **result},
    ]


def test_hostile_text_is_shown_and_injects_nothing(
    arena: Arena, open_tab: OpenTab
) -> None:
    session = arena.sessions.queue("[scenario: long tokens=5 rate=0]")
    arena.sessions.await_rest(session, "completed")
    arena.sessions.set(session, title=ELEMENTS[0])
    tab = open_tab(arena.cookies)
    tab.open_session(arena.server.url, session)
    tab.is_connected()
    page = tab.page
    bads = hostile_texts()
    assert len(set(ALL)) >= 60
    for bad in bads:
        arena.extend(session, *hostile_log(bad))
    head = arena.head(session)
    until(lambda: tab.cursor(session) == head)
    messages: set[str] = set()
    thoughts = 0
    for _ in tab.leaf_through():
        tab.unfold(FOLDED)
        assert page.locator(f"{INJECTED}, {HOSTILE_LINKS}").count() == 0
        messages.update(page.locator(".message-text").all_inner_texts())
        thoughts = max(thoughts, page.locator(".thought").count())
    wanted = {letters(spell_out_prose(bad)) for bad in bads}
    assert wanted <= {letters(said) for said in messages}
    assert thoughts
    assert page.title().startswith(ELEMENTS[0])  # not what it would set
    page.goto(arena.server.url)
    tab.lists(session, "completed")
    expect(page.locator(f"li[data-session={session}] a")).to_have_text(ELEMENTS[0])
    expect(page.locator(INJECTED)).to_have_count(0)


def test_markdown_of_all_kinds_injects_nothing(arena: Arena, open_tab: OpenTab) -> None:
    tab = open_tab(arena.cookies)
    session = arena.sessions.queue("[scenario: markdown rate=0]")
    tab.open_session(arena.server.url, session)
    tab.says("completed")
    tab.is_connected()  # a session that was over already comes with its status
    said = f".row.text[data-session={session}]"
    text, tables = "", 0
    for _ in tab.leaf_through():
        text += tab.shown(session)
        tables += tab.page.locator(f"{said} table").count()
        assert tab.page.locator(f"{INJECTED}, {HOSTILE_LINKS}").count() == 0
    assert '<script>alert("no")</script>' in text
    assert tables
