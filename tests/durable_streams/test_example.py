import re
import subprocess
from pathlib import Path

from tests.conftest import Install
from tests.servers.process import PATIENCE_S
from tests.servers.stack import SQLITE

PAGE = Path(__file__).parents[2] / "docs" / "durable-streams.md"
SCOPES = [word for one in ("read", "control", "start") for word in ("--scope", one)]


def test_example_of_the_documentation_prints_what_it_says(install: Install) -> None:
    page = PAGE.read_text(encoding="utf-8")
    example = re.search(r"```sh\n(.+?)```", page, re.DOTALL)
    told = re.search(r"The last line answers `(.+?)`", page)
    assert example is not None
    assert told is not None
    assert len(example[1].splitlines()) <= 10
    installation = install(SQLITE)
    served = installation.serve("--no-runner")
    installation.sign_in(served.url).close()
    token = installation.manage("token", "create", "t", "--user", "admin", *SCOPES)
    names = {"RINGSIDE_URL": served.url, "RINGSIDE_TOKEN": token.strip()}
    done = subprocess.run(
        ["bash", "-O", "expand_aliases", "-c", example[1]],
        env=installation.env | names,
        check=True,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert done.stdout == told[1]
