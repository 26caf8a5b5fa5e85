import argparse
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.chromium import ARGUMENTS, CHROMIUM
from tests.browser.pictures.agents import AgentPictures, name_agents
from tests.browser.pictures.camera import Camera
from tests.browser.pictures.film import film_a_run
from tests.browser.pictures.pages import PagePictures
from tests.faults.arena import Arena
from tests.servers.background import Background
from tests.servers.installation import Installation, Template
from tests.servers.process import ROOT
from tests.servers.stack import SQLITE

TARGET = ROOT / "docs" / "screenshots"


def main() -> None:
    parser = argparse.ArgumentParser(description="Take pictures of every page.")
    parser.add_argument("--target", type=Path, default=TARGET)
    parser.add_argument("--agents", action="store_true", help="only those of agents")
    options = parser.parse_args()
    target: Path = options.target
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as directory:
        template = Template(SQLITE, Path(directory))
        own = Path(directory) / "installation"
        own.mkdir(mode=0o700)
        installation = Installation(SQLITE, own, template)
        name_agents(installation)
        background = Background()
        try:
            arena = Arena(installation, background)
            arena.open()
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(
                    executable_path=CHROMIUM, args=list(ARGUMENTS)
                )
                camera = Camera(arena, browser, target)
                agents = AgentPictures(camera)
                if not options.agents:
                    PagePictures(camera).take()
                    film_a_run(camera, target / "run.webp")
                agents.begin()
                agents.take()
                browser.close()
        finally:
            installation.end()
            background.end()


if __name__ == "__main__":
    main()
