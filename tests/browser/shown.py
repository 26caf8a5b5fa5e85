import re

from tests.browser.tab import Tab
from tests.faults.arena import Arena
from tests.naive_fold import text_of
from tests.servers.process import until


def assert_shows_the_log(tab: Tab, arena: Arena, session: str) -> None:
    """A tab holds what a session's log says, and nothing else, and shows its end."""
    head = arena.head(session)
    until(lambda: tab.cursor(session) == head)
    text = text_of(arena.sessions.events(session))
    assert tab.text(session) == text
    until(lambda: is_end(letters(tab.shown(session)), letters(text)))


def is_end(shown: str, text: str) -> bool:
    return text.endswith(shown) and bool(shown) == bool(text)


def letters(markdown: str) -> str:
    """Strip a text of what the page shows otherwise, or not at all."""
    return re.sub(r"[*\s]", "", markdown)
