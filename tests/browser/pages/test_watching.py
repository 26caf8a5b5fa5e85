from tests.browser.conftest import OpenTab
from tests.browser.shown import assert_shows_the_log
from tests.faults.arena import STREAM, Arena
from tests.servers.process import until


def test_a_session_is_started_in_the_page_and_watched_to_its_end(
    any_arena: Arena, open_tab: OpenTab
) -> None:
    tab = open_tab(any_arena.cookies)
    tab.page.goto(any_arena.server.url)
    ask = tab.page.get_by_label("What is the agent to do?")
    ask.fill(STREAM.format(tokens=500, rate=100))
    tab.page.get_by_role("button", name="Start session").click()
    tab.page.wait_for_url("**/sessions/s_*/")
    session = tab.page.url.rstrip("/").rpartition("/")[2]
    tab.says("running")
    tab.streams(session)
    tab.says("completed")
    tab.is_connected()
    assert_shows_the_log(tab, any_arena, session)


def test_a_session_of_another_process_appears_in_the_list_and_streams(
    any_arena: Arena, open_tab: OpenTab
) -> None:
    listing, tab = open_tab(any_arena.cookies), open_tab(any_arena.cookies)
    listing.page.goto(any_arena.server.url)
    listing.is_connected()
    known = set(any_arena.sessions.ids())
    prompt = STREAM.format(tokens=500, rate=100)
    any_arena.installation.start("runagent", prompt)
    (session,) = until(lambda: set(any_arena.sessions.ids()) - known)
    listing.lists(session, "running")
    tab.open_session(any_arena.server.url, session)
    tab.streams(session)
    tab.says("completed")
    listing.lists(session, "completed")
    assert_shows_the_log(tab, any_arena, session)


def test_late_reloaded_and_cut_tabs_end_with_the_text_of_the_log(
    any_arena: Arena, open_tab: OpenTab
) -> None:
    cut, reloaded, late = tabs = [open_tab(any_arena.cookies) for _ in range(3)]
    session = any_arena.endless()
    proxy = any_arena.proxy()
    url = any_arena.server.url
    cut.open_session(proxy.url, session)
    reloaded.open_session(url, session)
    cut.streams(session)
    proxy.refuse()
    reloaded.streams(session)
    reloaded.page.reload()
    cut.is_connected("reconnecting")
    proxy.accept()
    late.open_session(url, session)
    for tab in tabs:
        tab.is_connected()
        tab.streams(session)
    proxy.cut()
    any_arena.stop(session)
    for tab in tabs:
        tab.says("idle")
        assert_shows_the_log(tab, any_arena, session)


def test_a_stalled_connection_goes_on_where_it_was(
    arena: Arena, open_tab: OpenTab
) -> None:
    tab, proxy = open_tab(arena.cookies), arena.proxy()
    session = arena.endless()
    tab.open_session(proxy.url, session)
    tab.streams(session)
    proxy.stall()
    arena.stop(session)
    proxy.resume()
    tab.says("idle")
    assert_shows_the_log(tab, arena, session)
