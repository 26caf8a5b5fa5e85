from tests.runners.engines.claude_api.wire import reply, text, tool
from tests.runners.scripted import ScriptedClaude
from tests.runners.sessions import Sessions
from tests.runners.worktrees.repositories import commit_all, git
from tests.servers.installation import Installation


def test_what_a_directory_denies_is_denied_in_a_worktree_of_it(
    installation: Installation, sessions: Sessions, claude_says: ScriptedClaude
) -> None:
    git(claude_says.workdir, "init", "-q", "-b", "main")
    commit_all(claude_says.workdir, "begin")
    workdir = str(claude_says.workdir)
    installation.manage("rules", workdir, "--deny", "bash(git push *)")
    claude_says.says(reply(tool("a", "bash", command="git push")), reply(text("Done.")))
    options = ("--worktree", "--permission-mode", "bypass")
    process = claude_says.start("Push it", *options)
    assert process.wait() == 0, process.errors()
    (session_id,) = sessions.ids()
    assert sessions.column(session_id, "workdir") != workdir
    (result,) = sessions.events(session_id, "tool_result")
    assert result["isError"]
    assert result["output"] == "Denied by the rule bash(git push *)"
