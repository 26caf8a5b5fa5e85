import sys

import pytest

from runners.sandbox.landlock import can_confine
from tests.runners.engines.claude_api.wire import reply, text, tool
from tests.runners.scripted import KEY, ScriptedClaude
from tests.runners.sessions import Sessions
from tests.servers.installation import Installation
from tests.servers.process import Process

# A process between the test and the runner: it has the key in its environment, and in
# its memory, as a shell has it from which somebody starts a runner.
PARENT = """
import subprocess, sys
sys.exit(subprocess.call([sys.executable, "manage.py", *sys.argv[1:]]))
"""
# What a tool might try: the environment and the memory of all its ancestors.
LOOK = r"""
looked=0
pid=$$
env | grep -c {key}
while [ "$pid" -gt 1 ]; do
  looked=$((looked + 1))
  if grep -q {key} "/proc/$pid/environ" 2>/dev/null; then echo "environ $pid"; fi
  pid=$(sed -n 's/^PPid:[[:space:]]*//p' "/proc/$pid/status")
  if head -c 1 "/proc/$pid/mem" 2>&1 | grep -q "Input/output"; then echo "mem $pid"; fi
done
echo "looked at $looked"
"""


@pytest.mark.skipif(not can_confine(), reason="this kernel has no Landlock")
def test_a_command_finds_no_secret_in_any_of_its_ancestors(
    installation: Installation, sessions: Sessions, claude_says: ScriptedClaude
) -> None:
    # Written so that the command itself does not hold the key.
    script = LOOK.replace("{key}", f"{KEY[:4]}[{KEY[4]}]{KEY[5:]}")
    claude_says.says(reply(tool("a", "bash", command=script)), reply(text("Done.")))
    words = ["runagent", "Look", "--workdir", str(claude_says.workdir)]
    process = Process(
        ["-c", PARENT, *words, "--permission-mode", "bypass"],
        installation.env | claude_says.env,
        installation.directory,
    )
    try:
        assert process.wait() == 0, process.errors()
    finally:
        process.end()
    (session_id,) = sessions.ids()
    (result,) = sessions.events(session_id, "tool_result")
    in_own, *others, looked = result["output"].split("\n")
    assert in_own == "0"
    assert others == []
    assert int(looked.removeprefix("looked at ")) >= 4  # itself, runner, parent, test


def test_commands_are_started_by_the_wrapper_of_the_settings(
    sessions: Sessions, claude_says: ScriptedClaude
) -> None:
    script = 'echo "$WHERE"'
    claude_says.says(reply(tool("a", "bash", command=script)), reply(text("Done.")))
    process = claude_says.start(
        "Go",
        "--permission-mode",
        "bypass",
        RINGSIDE_BASH_WRAPPER="env 'WHERE=in {workdir}'",
    )
    assert process.wait() == 0, process.errors()
    (session_id,) = sessions.ids()
    (result,) = sessions.events(session_id, "tool_result")
    assert result["output"] == f"in {claude_says.workdir}"


def test_commands_get_the_environment_that_the_settings_name(
    sessions: Sessions, claude_says: ScriptedClaude
) -> None:
    script = 'echo "$TZ|$VIRTUAL_ENV|$MYAPP_MODE|$OTHER|$PIP_INDEX_URL|$DATABASE_URL"'
    claude_says.says(reply(tool("a", "bash", command=script)), reply(text("Done.")))
    process = claude_says.start(
        "Go",
        "--permission-mode",
        "bypass",
        TZ="Asia/Tokyo",
        VIRTUAL_ENV=sys.prefix,
        MYAPP_MODE="m",
        OTHER="o",
        PIP_INDEX_URL="https://joe:pw@pypi.corp/simple",
        RINGSIDE_TOOL_ENV="MYAPP_*, PIP_INDEX_URL",
    )
    assert process.wait() == 0, process.errors()
    (session_id,) = sessions.ids()
    (result,) = sessions.events(session_id, "tool_result")
    assert result["output"] == "Asia/Tokyo||m||https://joe:pw@pypi.corp/simple|"
