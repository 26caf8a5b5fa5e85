from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.servers.process import ROOT

AXE = ROOT / "sessions_app" / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN = """async tags => {
  const found = await axe.run(document, {runOnly: tags});
  return found.violations.map(violation => [violation.id, violation.help,
    ...violation.nodes.slice(0, 3).map(node => node.html.slice(0, 160))]);
}"""


def violations_by_scheme(page: Page) -> list[Any]:
    """Have a page judged as it is now in light colours, and in dark ones."""
    found: list[Any] = []
    for scheme in ("light", "dark"):
        page.emulate_media(
            color_scheme="dark" if scheme == "dark" else "light",
            reduced_motion="reduce",
        )
        found += [[scheme, *each] for each in violations(page)]
    return found


def violations(page: Page) -> list[Any]:
    """Have axe-core judge a page as it is now; the policy keeps it out otherwise."""
    # Evaluated by the debugger, and so past the policy that scripts must obey.
    page.evaluate(Path(AXE).read_text(encoding="utf-8") + "; 0")
    found: list[Any] = page.evaluate(RUN, TAGS)
    return found
