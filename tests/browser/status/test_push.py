"""Notifications with no page open, shown by the real worker of a real browser.

A push service cannot be reached from here, so DevTools delivers the message; what a
server sends to such a service is in tests/sessions_app/webhooks/push/. The headless
shell refuses all notifications: the whole Chromium shows them, and tells which.
"""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, CDPSession, Page, Worker, expect

from tests.browser.axe import violations_by_scheme
from tests.browser.chromium import ARGUMENTS, WINDOWED
from tests.browser.conftest import OpenTab
from tests.browser.tab import Tab, Tabs
from tests.faults.arena import Arena
from tests.servers.process import until
from tests.servers.stack import skip

READY = "navigator.serviceWorker.ready.then(({active}) => active.state)"
SHOWN = """navigator.serviceWorker.ready
  .then(ready => ready.getNotifications())
  .then(all => all.map(({title, body, tag, actions, data}) => ({title, body, tag,
    actions: actions.map(({action}) => action), path: data.path})))"""
# A person presses a button: an event of the browser's, with what was shown.
PRESS = """async action => {
  const [notification] = await registration.getNotifications();
  const options = {notification, action};
  dispatchEvent(new NotificationEvent("notificationclick", options));
}"""


class Pushed:
    """The worker of a tab's browser, to which DevTools delivers messages."""

    def __init__(self, page: Page, url: str) -> None:
        page.context.grant_permissions(["notifications"], origin=url)
        self.page = page
        self._origin = url
        self._devtools: CDPSession = page.context.new_cdp_session(page)
        self._seen: list[Any] = []
        self._devtools.on("ServiceWorker.workerRegistrationUpdated", self._note)
        self._devtools.send("ServiceWorker.enable")
        page.goto(f"{url}/inbox/")
        until(lambda: page.evaluate(READY) == "activated")
        if page.evaluate("Notification.permission") != "granted":
            skip("a headless shell shows no notifications: install the whole Chromium")

    def _note(self, event: dict[str, Any]) -> None:
        self._seen += event["registrations"]

    @property
    def worker(self) -> Worker:
        return self.page.context.service_workers[0]

    def deliver(self, **told: Any) -> None:
        until(lambda: self._seen or self.page.evaluate("null"))
        self._devtools.send(
            "ServiceWorker.deliverPushMessage",
            {
                "origin": self._origin,
                "registrationId": self._seen[-1]["registrationId"],
                "data": json.dumps(told),
            },
        )

    def shown(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.page.evaluate(SHOWN)
        return found


def told(session: str, **more: Any) -> dict[str, Any]:
    path = f"/sessions/{session}/"
    base = {"title": "Tidy up waits for you", "text": "bash: git push", "tag": session}
    return {**base, "path": path, "urgent": True, **more}


@pytest.fixture
def tab(arena: Arena, open_tab: OpenTab) -> Tab:
    return open_tab(arena.cookies)


@pytest.fixture
def pushed(arena: Arena, chromium: Browser) -> Iterator[Pushed]:
    whole = chromium.browser_type.launch(executable_path=WINDOWED, args=[*ARGUMENTS])
    tabs = Tabs(whole)
    yield Pushed(tabs.open(arena.cookies).page, arena.server.url)
    tabs.close()
    whole.close()


def test_message_is_shown_and_its_buttons_answer(pushed: Pushed, asking: str) -> None:
    pushed.deliver(**told(asking, answers=["approve", "deny"], token="made up"))
    until(pushed.shown, within=30)
    (one,) = pushed.shown()
    assert one == {
        "title": "Tidy up waits for you",
        "body": "bash: git push",
        "tag": asking,
        "actions": ["approve", "deny"],
        "path": f"/sessions/{asking}/",
    }
    with pushed.page.context.expect_event(
        "response", lambda answer: answer.url.endswith("/notifications/answer")
    ) as answered:
        pushed.worker.evaluate(PRESS, "approve")
    assert answered.value.status == 403  # the token is made up, and the worker says so
    until(lambda: "too old" in str(pushed.shown()))


def test_later_message_of_a_session_takes_the_place_of_the_former(
    pushed: Pushed, asking: str
) -> None:
    pushed.deliver(**told(asking))
    until(pushed.shown, within=30)
    pushed.deliver(**told(asking, title="Tidy up is done", text="", urgent=False))
    until(lambda: pushed.shown()[0]["title"] == "Tidy up is done")
    assert len(pushed.shown()) == 1


def test_who_looks_at_the_session_is_not_told_of_it(
    arena: Arena, pushed: Pushed, asking: str
) -> None:
    pushed.page.goto(f"{arena.server.url}/sessions/{asking}/")
    expect(pushed.page.locator(".badge")).to_have_attribute("data-state", "live")
    pushed.deliver(**told(asking))
    pushed.deliver(**told("s_other", title="Another waits for you"))
    until(pushed.shown, within=30)
    assert [one["tag"] for one in pushed.shown()] == ["s_other"]


def test_page_says_that_it_is_looked_at(arena: Arena, tab: Tab, asking: str) -> None:
    def looked_at() -> str:
        rows = arena.installation.rows("SELECT looked_at FROM sessions_app_webprocess")
        return str(rows)

    tab.page.goto(f"{arena.server.url}/sessions/{asking}/")
    tab.is_connected()
    until(lambda: asking in looked_at())
    tab.page.keyboard.press("l")  # to the list: the page is parked, its socket open
    expect(tab.page.locator("main.list")).to_be_visible()
    until(lambda: asking not in looked_at())


def test_page_of_notifications_says_what_the_browser_can_do(
    arena: Arena, tab: Tab
) -> None:
    page = tab.page
    page.goto(f"{arena.server.url}/notifications/")
    expect(page.locator("[data-slot=push-state]")).not_to_have_text("Needs JavaScript.")
    assert violations_by_scheme(page) == []
    page.get_by_label("A session is done").uncheck()
    page.get_by_label("Quiet from").fill("22:00")
    page.get_by_label("until").fill("07:00")
    page.get_by_label("Time zone").fill("Europe/Paris")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("A session is done")).not_to_be_checked()
    expect(page.get_by_label("Time zone")).to_have_value("Europe/Paris")
    assert urlsplit(page.url).path == "/notifications/"
    page.get_by_label("A session is done").check()
    page.get_by_label("Quiet from").fill("")
    page.get_by_label("until").fill("")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("A session is done")).to_be_checked()
