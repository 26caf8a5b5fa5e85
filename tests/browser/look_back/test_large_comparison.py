from playwright.sync_api import expect

from tests.browser.conftest import OpenTab
from tests.faults.arena import Arena

FILES, LINES = 300, 666  # 200,000 lines together
MOUNTED_MAX = 120  # lines
READ_MAX = 12  # requests for patches, of 300
INSERT = """INSERT INTO sessions_app_output (id, session_id, data, total_bytes)
VALUES (?, ?, ?, ?) RETURNING id"""


def test_of_200_000_changed_lines_those_in_sight_are_read_and_mounted(
    arena: Arena, open_tab: OpenTab
) -> None:
    session = arena.sessions.queue("[scenario: long tokens=5 rate=0]")
    arena.sessions.await_rest(session, "completed")
    lines = "".join(f"+line {number}\n" for number in range(1, LINES + 1))
    patch = f"--- /dev/null\n+++ b/x\n@@ -0,0 +1,{LINES} @@\n{lines}".encode()
    data = patch * FILES
    arena.installation.rows(INSERT, "o_large", session, data, len(data))
    files = [
        {
            "path": f"file{number:03}.py",
            "status": "added",
            "added": LINES,
            "outputId": "o_large",
            "offset": number * len(patch),
            "bytes": len(patch),
            "lines": LINES + 1,
        }
        for number in range(FILES)
    ]
    event = {"type": "workdir_changes", "base": "b", "tree": "t", "files": files}
    arena.extend(session, {**event, "changed": FILES, "added": FILES * LINES})
    tab = open_tab(arena.cookies)
    read: list[str] = []
    tab.page.on("request", lambda request: read.append(request.url))
    tab.page.goto(f"{arena.server.url}/sessions/{session}/")
    tab.is_connected()
    tab.page.keyboard.press("f")
    dialog = tab.page.get_by_role("dialog", name="Files changed")
    tree = dialog.get_by_role("tree")
    expect(dialog.get_by_role("status")).to_contain_text("300 files · +199,800")
    expect(tree.locator("[data-diff=in]").first).to_contain_text("line 1")
    tree.focus()
    tab.page.keyboard.press("End")
    expect(tree.locator(".active")).to_contain_text(f"line {LINES}")
    assert tree.locator(".ledger-line").count() < MOUNTED_MAX
    tab.page.keyboard.press("K")
    expect(tree.locator(".active")).to_contain_text("file299.py")
    assert len([url for url in read if "/outputs/" in url]) < READ_MAX
