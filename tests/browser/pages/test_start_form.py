import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenTab
from tests.faults.arena import Arena
from tests.servers.installation import Served

PROMPT = "Mend the gate"
SAID = """SELECT prompt, workdir, model, permission_mode, budget
FROM sessions_app_agentsession WHERE id = ?"""
MORE = "SELECT options, worktree FROM sessions_app_agentsession WHERE id = ?"
GONE = "DELETE FROM sessions_app_agentsession WHERE prompt = ? RETURNING id"


@pytest.fixture
def claude_server(arena: Arena, tmp_path: Path) -> Iterator[Served]:
    """A server that would ask Claude, with directories to choose from; nothing runs."""
    for name in ("garden", "garage"):
        (tmp_path / name).mkdir()
    subprocess.run(["git", "init", "-q", tmp_path / "garden"], check=True)
    served = arena.installation.serve(
        "--no-runner",
        RINGSIDE_SIMULATE="0",
        ANTHROPIC_API_KEY="none",
        RINGSIDE_WORKDIR_ROOTS=str(tmp_path),
    )
    arena.runner.suspend()  # it would take what is started
    yield served
    served.process.end()
    arena.installation.rows(GONE, PROMPT)
    arena.runner.wake()


def test_all_of_a_start_is_said_by_keyboard_alone(
    arena: Arena, claude_server: Served, tmp_path: Path, open_tab: OpenTab
) -> None:
    with closing(arena.installation.sign_in(claude_server.url)) as client:
        tab = open_tab(dict(client.cookies))
    page, keyboard = tab.page, tab.page.keyboard
    page.goto(claude_server.url)
    tab.is_connected()
    keyboard.press("c")
    keyboard.type(PROMPT)
    keyboard.press("Tab")
    keyboard.type(f"{tmp_path}/gard")
    offered = page.locator("#workdirs option")
    expect(offered).to_have_count(1)
    expect(offered).to_have_attribute("value", f"{tmp_path}/garden")
    keyboard.type("en")
    keyboard.press("Tab")
    keyboard.press("Control+a")
    keyboard.type("claude-haiku-4-5")
    keyboard.press("Tab")
    keyboard.type("accept")
    keyboard.press("Tab")
    keyboard.press("Tab")  # past the button: there is more to say
    keyboard.press("Enter")
    keyboard.press("Tab")
    keyboard.type("high")
    keyboard.press("Tab")
    keyboard.press("Space")
    keyboard.press("Tab")
    keyboard.type("2.5")
    keyboard.press("Enter")
    page.wait_for_url("**/sessions/s_*/")
    session = page.url.split("/")[-2]
    garden = str(tmp_path / "garden")
    assert arena.installation.rows(SAID, session) == [
        (PROMPT, garden, "claude-haiku-4-5", "acceptEdits", '{"usd": 2.5}')
    ]
    assert arena.installation.rows(MORE, session) == [
        ('{"effort": "high"}', '{"wanted": true}')
    ]
