import json
import sys
from functools import partial
from pathlib import Path

from playwright.sync_api import Page

from tests.browser.pictures.ada import PROMPT, write_transcript
from tests.browser.pictures.camera import Camera
from tests.faults.arena import Arena
from tests.runners.sessions import Sessions
from tests.servers.installation import Installation
from tests.servers.process import ROOT, until

AGENT = f"{sys.executable} {ROOT / 'tests' / 'browser' / 'scripted_agent.py'}"
MODEL = "claude-opus-5-5"
SIZES = {"wide": (1440, 800), "narrow": (360, 720)}
# What an agent of somebody else asks, and what it shows.
SCENES = {
    "permission": "Print the shares of a bill",
    "plan": "Plan how shares are rounded",
    "question": "Choose where shares are kept",
    "work": "Round shares to the cent",
}
# Names in the start form's menu; each is any program that is there.
NAMED = {"claude": "Claude Code", "codex": "Codex", "opencode": "opencode"}
FOLLOWED = """SELECT id FROM sessions_app_agentsession
WHERE engine = 'claude_transcript' AND status = 'completed'"""


def name_agents(installation: Installation) -> None:
    """Name agents in agents.toml, before the server starts."""
    tables = (
        f"[{name}]\nname = {json.dumps(label)}\ncommand = {json.dumps(sys.executable)}"
        for name, label in NAMED.items()
    )
    (installation.directory / "agents.toml").write_text("\n".join(tables))
    installation.env["HOME"] = str(installation.directory / "home")
    for name in ("CLAUDE_CONFIG_DIR", "CODEX_HOME", "XDG_DATA_HOME"):
        installation.env.pop(name, None)


class AgentPictures:
    """Agents of others: what they ask and show, their menus, and followed sessions."""

    def __init__(self, camera: Camera) -> None:
        self._camera = camera
        self._arena: Arena = camera.arena
        self._sessions: Sessions = camera.arena.sessions
        self._started: dict[str, str] = {}  # sessions by scene
        self._followed = ""

    def begin(self) -> None:
        """Start the scripted agent for each scene; follow a transcript."""
        installation = self._arena.installation
        workdir = installation.directory / "fairshare"
        workdir.mkdir()
        for scene, title in SCENES.items():
            known = set(self._sessions.ids())
            words = ("--exec", AGENT, "--workdir", str(workdir), "--model", MODEL)
            installation.start("runagent", *words, scene)
            (session,) = until(partial(self._new, known))
            last = "memory_gap" if scene == "work" else "approval_request"
            self._sessions.await_event(session, last)
            self._sessions.set(session, title=title)
            self._started[scene] = session
        write_transcript(Path(installation.env["HOME"]))
        installation.manage("follow", "--owner", "admin", "--once")
        ((self._followed,),) = installation.rows(FOLLOWED)

    def take(self) -> None:
        for scheme in ("light", "dark"):
            for width, size in SIZES.items():
                with self._camera.page(scheme, size) as page:
                    self._take(page, f"{scheme}-{width}")

    def _take(self, page: Page, name: str) -> None:
        camera = self._camera
        for scene, session in self._started.items():
            camera.visit(page, f"/sessions/{session}/")
            page.locator(".setting").first.wait_for()
            camera.shoot(page, f"agent-{scene}-{name}")
            if scene == "work":
                self._work(page, name)
        camera.visit(page, f"/sessions/{self._followed}/")
        page.get_by_text("The last row is kept now").wait_for()
        page.locator(".tool-head", has_text="AskUserQuestion").click()
        camera.shoot(page, f"followed-{name}")
        camera.visit(page, "/?text=import")
        page.locator("main").get_by_text(PROMPT).first.wait_for()
        camera.shoot(page, f"followed-list-{name}")
        camera.visit(page, "/")
        page.keyboard.press("c")
        agents = page.get_by_label("Agent", exact=True)
        agents.select_option(label=NAMED["claude"])
        agents.focus()
        camera.shoot(page, f"start-agent-{name}")

    def _work(self, page: Page, name: str) -> None:
        """Images in a message and in a result; and the agent's commands."""
        heads = page.locator(".tool-head[aria-expanded=false]")
        heads.evaluate_all("all => all.map(head => head.click())")
        image = page.get_by_role("img", name="The page")
        image.wait_for()
        image.scroll_into_view_if_needed()
        page.wait_for_timeout(300)
        self._camera.shoot(page, f"agent-image-{name}")
        page.get_by_label("Message to the agent").press("/")
        page.locator(".palette-item").first.wait_for()
        self._camera.shoot(page, f"agent-commands-{name}")

    def _new(self, known: set[str]) -> set[str]:
        return set(self._sessions.ids()) - known
