import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sessions_app.protocol.commands import (
    Command,
    MergeBranch,
    OpenPullRequest,
    PushBranch,
    RebaseBranch,
)
from tests.runners.engines.stdio.conftest import Programs
from tests.runners.sessions import Fields, Sessions
from tests.runners.worktrees.repositories import begin_repository, commit_all, git
from tests.servers.git_daemon import git_daemon
from tests.servers.installation import Installation
from tests.servers.process import Process, until

AGENT = """
echo two >> a.txt
git add -A
git -c user.name=Agent -c user.email=a@example.org commit -qm "Say two"
echo '{"type":"text_delta","delta":"Done."}'
"""
WAIT = 'touch "$0.begun"; while [ ! -e "$0.go" ]; do sleep 0.05; done\n'


@dataclass
class Shipped:
    """A session whose agent has committed, and a runner that takes errands."""

    installation: Installation
    sessions: Sessions
    repository: Path
    bare: Path
    session: str
    runner: Process

    @property
    def tree(self) -> Path:
        return self.installation.directory / "worktrees" / self.session

    @property
    def head(self) -> str:
        return git(self.tree, "rev-parse", "HEAD")

    def ask(self, command: Command) -> Fields:
        """Give a command; return what answers it."""
        id_ = self.sessions.tell(self.session, command)
        return self.answer(id_)

    def answer(self, command_id: int) -> Fields:
        until(lambda: self.sessions.is_applied(command_id))
        until(lambda: not self.sessions.lease(self.session))
        events = self.sessions.events(self.session)
        (found,) = [e for e in events if e.get("commandId") == str(command_id)]
        return found

    def kill_and_go_on(self, blocker: Path) -> None:
        """Kill the runner while a program waits, end the wait, start another runner."""
        until(Path(f"{blocker}.begun").exists)
        self.runner.kill()
        Path(f"{blocker}.go").touch()
        self.runner = self.installation.start("runagent", "--queue")


@pytest.fixture
def shipped(installation: Installation, sessions: Sessions) -> Iterator[Shipped]:
    programs = Programs(installation)
    repository = programs.workdir
    begin_repository(repository)
    bare = installation.directory / "served" / "bare.git"
    git(installation.directory, "init", "-q", "--bare", str(bare))
    with git_daemon(bare.parent) as url:
        git(repository, "remote", "add", "origin", f"{url}/bare.git")
        config = installation.directory / "gitconfig"
        config.write_text('[filter "slow"]\n\tsmudge = ' + slow_filter(installation))
        installation.env["GIT_CONFIG_GLOBAL"] = str(config)
        process = programs.start(AGENT, "--worktree")
        assert process.wait() == 0, process.errors()
        (session,) = sessions.ids()
        runner = installation.start("runagent", "--queue")
        yield Shipped(installation, sessions, repository, bare, session, runner)
        installation.end()


def slow_filter(installation: Installation) -> str:
    """A person's own filter, which waits."""
    path = installation.directory / "slow"
    path.write_text(f"#!/bin/sh\n{WAIT}cat\n")
    path.chmod(0o755)
    return str(path)


def test_a_branch_is_rebased_merged_and_pushed_and_its_session_stays_at_rest(
    shipped: Shipped,
) -> None:
    (shipped.repository / "b.txt").write_text("b\n")
    main = commit_all(shipped.repository, "meanwhile")
    (last,) = shipped.sessions.events(shipped.session, "workdir_changes")[-1:]
    ship = last["ship"]
    assert (ship["onto"], ship["ahead"]) == ("main", 1)
    assert [remote["name"] for remote in ship["remotes"]] == ["origin"]
    rebased = shipped.ask(RebaseBranch(head=shipped.head))
    assert (rebased["type"], rebased["base"]) == ("branch_rebased", main)
    # What differs from the base is what the session did, and not what others did.
    (last,) = shipped.sessions.events(shipped.session, "workdir_changes")[-1:]
    assert (last["base"], last["head"]) == (main, shipped.head)
    assert [one["path"] for one in last["files"]] == ["a.txt"]
    pushed = shipped.ask(PushBranch(head=shipped.head, remote="origin", name="two"))
    assert pushed["type"] == "branch_pushed"
    assert git(shipped.bare, "rev-parse", "two") == shipped.head
    merged = shipped.ask(MergeBranch(head=shipped.head, how="forward"))
    assert (merged["type"], merged["commit"]) == ("branch_merged", shipped.head)
    assert (shipped.repository / "a.txt").read_text() == "one\ntwo\n"
    assert shipped.sessions.status(shipped.session) == "completed"
    (last,) = shipped.sessions.events(shipped.session, "workdir_changes")[-1:]
    assert "ahead" not in last["ship"]


def test_a_conflict_is_an_event_and_a_refusal_an_error(shipped: Shipped) -> None:
    (shipped.repository / "a.txt").write_text("one\n2\n")
    main = commit_all(shipped.repository, "meanwhile")
    for command in (MergeBranch(head=shipped.head), RebaseBranch(head=shipped.head)):
        found = shipped.ask(command)
        assert (found["type"], found["onto"]) == ("merge_conflicted", "main")
        (file,) = found["files"]
        assert (file["hunks"][0]["there"], file["hunks"][0]["here"]) == ("2", "two")
    assert git(shipped.repository, "rev-parse", "main") == main
    stale = shipped.ask(MergeBranch(head="0" * 40))
    assert (stale["code"], "look again" in stale["message"]) == (
        "command_refused",
        True,
    )
    request = OpenPullRequest(
        head=shipped.head, remote="origin", name="two", title="Say two"
    )
    assert "push it first" in shipped.ask(request)["message"]


def test_a_push_whose_runner_was_killed_in_its_midst_is_done_once(
    shipped: Shipped,
) -> None:
    hook = shipped.bare / "hooks" / "pre-receive"
    hook.write_text(f"#!/bin/sh\n{WAIT}")
    hook.chmod(0o755)
    push = PushBranch(head=shipped.head, remote="origin", name="two")
    id_ = shipped.sessions.tell(shipped.session, push)
    shipped.kill_and_go_on(hook)
    assert shipped.answer(id_)["type"] == "branch_pushed"
    assert git(shipped.bare, "rev-parse", "two") == shipped.head


def test_a_merge_whose_runner_was_killed_in_its_midst_is_finished(
    shipped: Shipped,
) -> None:
    (shipped.tree / ".gitattributes").write_text("*.slow filter=slow\n")
    (shipped.tree / "x.slow").write_text("slow\n")
    commit_all(shipped.tree, "slow")
    head = shipped.head
    id_ = shipped.sessions.tell(shipped.session, MergeBranch(head=head, how="forward"))
    slow = shipped.installation.directory / "slow"
    shipped.kill_and_go_on(slow)
    found = shipped.answer(id_)
    assert (found["type"], found.get("commit")) == ("branch_merged", head), found
    assert git(shipped.repository, "rev-parse", "main") == head
    assert git(shipped.repository, "status", "--porcelain") == ""
    assert (shipped.repository / "x.slow").read_text() == "slow\n"
    assert (
        json.dumps(shipped.sessions.statuses(shipped.session)).count("completed") == 1
    )
