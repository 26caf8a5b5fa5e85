import json
from pathlib import Path
from typing import Any

import pytest

from tests.runners.engines.stdio.conftest import Programs
from tests.runners.sessions import Sessions
from tests.runners.worktrees.repositories import begin_repository
from tests.servers.installation import Installation
from tests.servers.process import until


@pytest.fixture
def programs(installation: Installation) -> Programs:
    programs = Programs(installation)
    begin_repository(programs.workdir)
    return programs


def test_a_session_has_its_own_worktree_until_it_is_asked_away(
    installation: Installation, programs: Programs, sessions: Sessions
) -> None:
    script = 'echo two >> a.txt; echo \'{"type":"text_delta","delta":"Done."}\''
    process = programs.start(script, "--worktree")
    assert process.wait() == 0, process.errors()
    (session_id,) = sessions.ids()
    assert (programs.workdir / "a.txt").read_text() == "one\n"
    until(lambda: row(sessions, session_id)["files"])
    said = row(sessions, session_id)
    assert said["branch"] == f"ringside/{session_id}"
    assert (said["added"], said["removed"], said["files"]) == (1, 0, 1)
    assert sessions.column(session_id, "workdir") == said["path"]
    listed = installation.manage("worktree", "list")
    assert session_id in listed
    assert "uncommitted" in listed
    assert installation.manage("worktree", "prune") == ""
    refused = installation.start("worktree", "remove", session_id)
    assert refused.wait() == 1
    assert "uncommitted" in refused.errors()
    installation.manage("worktree", "remove", session_id, "--force")
    assert not Path(said["path"]).exists()
    assert installation.manage("worktree", "list") == ""


def test_no_repository_fails_the_session_and_says_why(
    installation: Installation, sessions: Sessions
) -> None:
    bare = Programs(installation)
    process = bare.start("true", "--worktree")
    assert process.wait() == 1
    (session_id,) = sessions.ids()
    (error,) = sessions.events(session_id, "error")
    assert "needs a git repository" in error["message"]


def row(sessions: Sessions, session_id: str) -> dict[str, Any]:
    said = sessions.column(session_id, "worktree")
    parsed: dict[str, Any] = json.loads(said) if isinstance(said, str) else said
    return parsed
