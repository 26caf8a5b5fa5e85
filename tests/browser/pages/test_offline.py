from playwright.sync_api import expect

from tests.browser.axe import violations_by_scheme
from tests.browser.conftest import OpenTab
from tests.faults.arena import Arena

READY = "navigator.serviceWorker.ready.then(({active}) => active.state)"
KEPT = """caches.keys().then(names => Promise.all(names.map(name =>
  caches.open(name).then(cache => cache.keys()))))
  .then(all => all.flat().map(({url}) => new URL(url).pathname))"""


def test_without_a_server_the_page_says_so_and_has_kept_nothing_of_anybody(
    arena: Arena, open_tab: OpenTab
) -> None:
    session = arena.sessions.queue("[scenario: long tokens=5 rate=0] Private")
    arena.sessions.await_rest(session, "completed")
    tab = open_tab(arena.cookies)
    page = tab.page
    page.goto(f"{arena.server.url}/sessions/{session}/")
    tab.is_connected()
    assert page.evaluate(READY) in {"activating", "activated"}
    page.goto(f"{arena.server.url}/inbox/")
    tab.is_connected()
    page.context.set_offline(True)
    page.goto(f"{arena.server.url}/sessions/{session}/")
    expect(page.locator("h1")).to_have_text("Ringside cannot be reached")
    assert page.locator("h1").evaluate("h1 => getComputedStyle(h1).fontFamily") != ""
    assert violations_by_scheme(page) == []
    offline, style = page.evaluate(KEPT)
    assert offline == "/offline/"
    assert style.startswith("/static/sessions_app/dist/style")
    page.context.set_offline(False)
    page.get_by_role("link", name="Try again").click()
    tab.is_connected()
    assert page.url.endswith(f"/sessions/{session}/")


def test_the_page_can_be_installed(arena: Arena, open_tab: OpenTab) -> None:
    page = open_tab(arena.cookies).page
    page.goto(arena.server.url)
    href = page.locator("link[rel=manifest]").get_attribute("href") or ""
    manifest = page.request.get(arena.server.url + href).json()
    assert (manifest["name"], manifest["display"]) == ("Ringside", "standalone")
    for icon in manifest["icons"]:
        answer = page.request.get(arena.server.url + icon["src"])
        assert (answer.status, answer.headers["content-type"]) == (200, "image/png")
    devtools = page.context.new_cdp_session(page)
    found = devtools.send("Page.getAppManifest")
    assert found["errors"] == []
