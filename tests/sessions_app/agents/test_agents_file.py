from collections.abc import Mapping
from pathlib import Path

import pytest

from sessions_app.agents.agents_file import BadAgentsFile, read_agents
from sessions_app.agents.built_in import BUILT_IN, CLAUDE
from sessions_app.agents.entry import AgentEntry


def read(tmp_path: Path, text: str) -> Mapping[str, AgentEntry]:
    path = tmp_path / "agents.toml"
    path.write_text(text)
    return read_agents(path)


def test_without_a_file_there_are_the_built_in_agents(tmp_path: Path) -> None:
    assert read_agents(tmp_path / "agents.toml") == BUILT_IN


def test_a_table_names_an_agent_of_ones_own(tmp_path: Path) -> None:
    mine = read(tmp_path, '[mine]\ncommand = "mine"\nargs = ["--acp"]')["mine"]
    assert (mine.command, mine.args, mine.label) == ("mine", ("--acp",), "mine")
    assert not mine.is_built_in


def test_an_empty_table_of_a_built_in_agent_only_allows_it(tmp_path: Path) -> None:
    claude = read(tmp_path, "[claude]")["claude"]
    assert claude.command == CLAUDE.command
    assert claude.distribution == CLAUDE.distribution
    assert not claude.is_built_in


def test_another_command_for_a_built_in_agent_has_its_own_arguments(
    tmp_path: Path,
) -> None:
    assert read(tmp_path, '[opencode]\ncommand = "/opt/oc"')["opencode"].args == ()


def test_an_entry_of_the_registry_is_taken_as_it_is(tmp_path: Path) -> None:
    entry = """
    [pyagent]
    id = "pyagent"
    name = "PyAgent"
    version = "2.1.0"
    description = "A Python-based ACP agent"
    repository = "https://github.com/example/pyagent"
    license = "Apache-2.0"
    distribution.uvx = { package = "pyagent@latest", args = ["--mode", "acp"] }
    """
    uvx = read(tmp_path, entry)["pyagent"].distribution.uvx
    assert uvx is not None
    assert (uvx.package, uvx.args) == ("pyagent@latest", ("--mode", "acp"))


def test_an_agent_can_be_taken_away(tmp_path: Path) -> None:
    assert "gemini" not in read(tmp_path, "[gemini]\nenabled = false")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[mine", "agents.toml"),
        ("[Mine]\ncommand = 'x'", "small letters"),
        ("[mine]", "give a command"),
        ("[mine]\ncomand = 'x'", "comand"),
        ("[mine]\ncommand = 3", "command"),
        ("mine = 3", "expected a table"),
    ],
)
def test_a_bad_file_says_where_and_why(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(BadAgentsFile, match=why):
        read(tmp_path, text)
