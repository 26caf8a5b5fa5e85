from pathlib import Path
from typing import Any

import pytest

from sessions_app.protocol.commands import Interrupt
from tests.runners.engines.stdio.conftest import Programs
from tests.runners.review.test_comparison import files_of
from tests.runners.sessions import Sessions
from tests.runners.worktrees.repositories import begin_repository
from tests.servers.installation import Installation
from tests.servers.process import until

SAY = """echo '{"type":"text_delta","delta":"Done."}'"""


@pytest.fixture
def programs(installation: Installation) -> Programs:
    programs = Programs(installation)
    begin_repository(programs.workdir)
    return programs


def test_what_any_agent_s_commands_change_is_logged_with_patches_kept_beside_the_log(
    installation: Installation, programs: Programs, sessions: Sessions
) -> None:
    (programs.workdir / "a.txt").write_text("one\nof a person\n")
    before = files_of(programs.workdir / ".git")
    process = programs.start(f"echo two >> a.txt; echo new > b.txt; {SAY}")
    assert process.wait() == 0, process.errors()
    assert files_of(programs.workdir / ".git") == before
    (session_id,) = sessions.ids()
    first, last = sessions.events(session_id, "workdir_changes")
    assert first.get("files", []) == []
    assert first["base"] == first["tree"] == last["base"]
    assert (last["changed"], last["added"]) == (2, 2)
    assert last["branch"] == "main"
    paths = [(one["path"], one.get("status", "modified")) for one in last["files"]]
    assert paths == [("a.txt", "modified"), ("b.txt", "added")]
    assert patch_of(installation, last["files"][0]).endswith(
        "@@ -1,2 +1,3 @@\n one\n of a person\n+two\n"
    )


def test_a_session_that_goes_on_keeps_its_base_and_tells_its_last_turn_apart(
    installation: Installation, programs: Programs, sessions: Sessions
) -> None:
    assert programs.start(f"echo new > b.txt; {SAY}").wait() == 0
    (session_id,) = sessions.ids()
    programs.write(f"echo more > c.txt; {SAY}")
    assert programs.go_on(session_id, "go on").wait() == 0
    base, first, last = sessions.events(session_id, "workdir_changes")
    assert first["base"] == last["base"] == base["tree"]
    assert [one["path"] for one in last["files"]] == ["b.txt", "c.txt"]
    assert [one["path"] for one in last["turnFiles"]] == ["c.txt"]


def test_what_an_interrupted_agent_has_changed_is_logged_before_it_rests(
    programs: Programs, sessions: Sessions
) -> None:
    process = programs.start(f"echo new > b.txt; {SAY}; cat > ../heard")
    until(lambda: sessions.ids() and sessions.events(sessions.ids()[0], "text_delta"))
    (session_id,) = sessions.ids()
    sessions.tell(session_id, Interrupt())
    process.wait()
    last = sessions.events(session_id, "workdir_changes")[-1]
    assert [one["path"] for one in last["files"]] == ["b.txt"]


def test_without_a_repository_nothing_is_said(
    installation: Installation, sessions: Sessions
) -> None:
    assert Programs(installation).start(f"echo new > b.txt; {SAY}").wait() == 0
    (session_id,) = sessions.ids()
    assert sessions.events(session_id, "workdir_changes") == []
    assert not (installation.directory / "review").exists()


def patch_of(installation: Installation, file: dict[str, Any]) -> str:
    query = "SELECT data FROM sessions_app_output WHERE id = ?"
    ((data,),) = installation.rows(query, file["outputId"])
    at = file.get("offset", 0)
    return bytes(data)[at : at + file["bytes"]].decode()


def test_files_hidden_from_git_s_eyes_are_compared(
    programs: Programs, sessions: Sessions
) -> None:
    hide = "git update-index --assume-unchanged a.txt"
    assert programs.start(f"{hide}; echo two >> a.txt; {SAY}").wait() == 0
    (session_id,) = sessions.ids()
    last = sessions.events(session_id, "workdir_changes")[-1]
    assert [one["path"] for one in last["files"]] == ["a.txt"]
    assert Path(programs.workdir / "a.txt").read_text() == "one\ntwo\n"
