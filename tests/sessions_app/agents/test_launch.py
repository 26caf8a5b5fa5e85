from pathlib import Path

import pytest

from sessions_app.agents.built_in import CLAUDE
from sessions_app.agents.entry import AgentEntry
from sessions_app.agents.launch import AgentMissing, find_launch


def program(directory: Path, name: str) -> str:
    path = directory / name
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return str(path)


def test_an_agents_own_command_comes_before_npx(tmp_path: Path) -> None:
    npx = program(tmp_path, "npx")
    package = "@agentclientprotocol/claude-agent-acp"
    assert find_launch(CLAUDE, str(tmp_path)).argv == (npx, "--yes", package)
    own = program(tmp_path, "claude-agent-acp")
    assert find_launch(CLAUDE, str(tmp_path)).argv == (own,)


def test_an_agent_that_is_missing_says_how_to_install_it(tmp_path: Path) -> None:
    with pytest.raises(AgentMissing, match="npm install -g @agentclientprotocol"):
        find_launch(CLAUDE, str(tmp_path))


def test_an_agent_of_ones_own_that_is_missing_says_what_was_sought(
    tmp_path: Path,
) -> None:
    with pytest.raises(AgentMissing, match="there is no my-agent here"):
        find_launch(AgentEntry(id="mine", command="my-agent"), str(tmp_path))
