import re
import shlex
import subprocess
import sys
from pathlib import Path

from tests.runners.engines.claude_api.wire import reply, text, tool
from tests.runners.scripted import ScriptedClaude
from tests.runners.sessions import Sessions
from tests.servers.free_port import free_port
from tests.servers.installation import Installation
from tests.servers.process import PATIENCE_S, ROOT, Process


def commands(page: str, heading: str) -> list[list[str]]:
    """Read the indented commands below a heading of a page, as words."""
    section = (ROOT / page).read_text().split(f"{heading}\n")[1].split("\n## ")[0]
    joined = section.replace("\\\n", " ").replace("/path/to/ringside", str(ROOT))
    found = re.findall(r"^    (\S.*)$", joined, re.MULTILINE)
    return [shlex.split(line) for line in found]


def run(words: list[str], env: dict[str, str], directory: Path) -> None:
    if words[0] == "ringside":  # as `make run` leaves it
        words = [str(Path(sys.executable).with_name("ringside")), *words[1:]]
    done = subprocess.run(
        words,
        cwd=directory,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 0, done.stderr


def test_the_command_of_the_readme_runs_a_real_agent_with_only_a_key_set(
    installation: Installation, sessions: Sessions, claude_says: ScriptedClaude
) -> None:
    claude_says.says(
        reply(tool("a", "write_file", path="made.txt", content="made")),
        reply(text("Done.")),
    )
    lines = commands("README.md", "## Run a real agent")
    words = next(line for line in lines if "runagent" in line)
    run(words, installation.env | claude_says.env, claude_says.workdir)
    assert (claude_says.workdir / "made.txt").read_text() == "made"
    (session_id,) = sessions.ids()
    assert sessions.column(session_id, "engine") == "anthropic"


def test_the_simulator_by_itself_is_a_server_for_real_agents(
    installation: Installation, sessions: Sessions
) -> None:
    start, export, runagent = commands(
        "runners/simulator/README.md", "# The simulator"
    )[1:4]
    port = str(free_port())
    given = dict(word.split("=", 1) for word in export[1:])
    given["ANTHROPIC_BASE_URL"] = given["ANTHROPIC_BASE_URL"].replace("9000", port)
    env = installation.env | {"RINGSIDE_SIMULATE": "0"} | given
    words = [word.replace("9000", port) for word in start]
    simulator = Process(words[1:], installation.env, installation.directory)
    try:
        simulator.prints("listening on ")
        run(runagent, env, ROOT)
    finally:
        simulator.end()
    (session_id,) = sessions.ids()
    assert sessions.column(session_id, "engine") == "anthropic"
    assert sessions.status(session_id) == "completed"
