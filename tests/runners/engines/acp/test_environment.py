from runners.engines.acp.environment import agent_environment
from sessions_app.agents.entry import AgentEntry

OURS = {
    "PATH": "/bin",
    "HOME": "/home/ann",
    "RINGSIDE_SECRET_KEY": "s",
    "RINGSIDE_DATABASE_URL": "postgres://u:p@h/n",
    "ANTHROPIC_API_KEY": "sk-ant-of-the-runner",
    "MY_AGENT_HOME": "/srv",
}
MINE = AgentEntry(id="mine", command="mine")


def test_from_the_queue_an_agent_gets_what_commands_get_and_its_entry_names() -> None:
    found = agent_environment(OURS, MINE, {"ADDED": "1"}, is_own=False)
    assert found["HOME"] == "/home/ann"
    assert found["ADDED"] == "1"
    assert not {*found} & {*OURS} - {"PATH", "HOME"}
    named = AgentEntry(id="mine", keep_env=("MY_AGENT_*", "ANTHROPIC_API_KEY"))
    kept = agent_environment(OURS, named, {}, is_own=False)
    assert kept["MY_AGENT_HOME"] == "/srv"
    assert kept["ANTHROPIC_API_KEY"] == "sk-ant-of-the-runner"


def test_by_hand_an_agent_gets_the_persons_environment_without_ringsides() -> None:
    found = agent_environment(OURS, MINE, {}, is_own=True)
    assert found["ANTHROPIC_API_KEY"] == "sk-ant-of-the-runner"
    assert not [name for name in found if name.startswith("RINGSIDE_")]


def test_a_pattern_never_names_ringsides_own_settings() -> None:
    all_of_it = AgentEntry(id="mine", keep_env=("*",))
    found = agent_environment(OURS, all_of_it, {}, is_own=False)
    assert "RINGSIDE_SECRET_KEY" not in found
    assert "ANTHROPIC_API_KEY" not in found
