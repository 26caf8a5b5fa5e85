import time
from functools import partial

from playwright.sync_api import expect

from tests.browser.conftest import OpenTab
from tests.browser.shown import assert_shows_the_log
from tests.faults.arena import INTERRUPTED_WITHIN_S, Arena


def test_a_killed_runner_is_told_in_list_page_and_admin(
    arena: Arena, open_tab: OpenTab
) -> None:
    listing, tab, admin = (open_tab(arena.cookies) for _ in range(3))
    session = arena.endless()
    listing.page.goto(arena.server.url)
    listing.lists(session, "running")
    tab.open_session(arena.server.url, session)
    tab.streams(session)
    arena.runner.kill()
    killed = time.monotonic()
    arena.start_runner()
    for look in (tab.says, partial(listing.lists, session)):
        left = INTERRUPTED_WITHIN_S - (time.monotonic() - killed)
        look("interrupted", within=left)
    admin.page.goto(f"{arena.server.url}/admin/sessions_app/agentsession/")
    row = admin.page.locator("tr", has_text=session)
    expect(row.locator(".field-state")).to_have_text("interrupted")
    assert_shows_the_log(tab, arena, session)


def test_open_pages_catch_up_after_the_server_was_killed(
    any_arena: Arena, open_tab: OpenTab
) -> None:
    listing, tab = open_tab(any_arena.cookies), open_tab(any_arena.cookies)
    session = any_arena.endless()
    listing.page.goto(any_arena.server.url)
    tab.open_session(any_arena.server.url, session)
    tab.streams(session)
    any_arena.server.process.kill()
    tab.is_connected("reconnecting")
    any_arena.grows(session)
    any_arena.restart_server()
    tab.is_connected()
    tab.streams(session)
    any_arena.stop(session)
    tab.says("idle")
    listing.lists(session, "idle")
    assert_shows_the_log(tab, any_arena, session)
