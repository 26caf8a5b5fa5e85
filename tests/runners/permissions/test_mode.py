from collections.abc import Iterable

import pytest

from runners.permissions.mode import Effect, PermissionMode, PermissionVerdict, judge
from runners.permissions.rule import Action
from runners.permissions.rules import Rules, rule_for

RUN, ASK, REFUSE = (
    PermissionVerdict.RUN,
    PermissionVerdict.ASK,
    PermissionVerdict.REFUSE,
)
LIST = Action("bash", command="ls -l")
READ = Action("read_file", path="src/a.py")
WRITE = Action("write_file", path="src/a.py")
MODES = ("default", "acceptEdits", "plan", "bypass")


def verdict(
    mode: PermissionMode,
    effect: Effect,
    action: Action,
    allow: Iterable[str] = (),
    deny: Iterable[str] = (),
) -> PermissionVerdict:
    return judge(mode, effect, action, Rules.parse(allow, deny)).verdict


@pytest.mark.parametrize(
    ("mode", "write", "execute"),
    [
        ("default", ASK, ASK),
        ("acceptEdits", RUN, ASK),
        ("plan", REFUSE, REFUSE),
        ("bypass", RUN, RUN),
    ],
)
def test_a_mode_decides_by_what_a_tool_does(
    mode: PermissionMode, write: PermissionVerdict, execute: PermissionVerdict
) -> None:
    assert verdict(mode, Effect.NONE, READ) is RUN
    assert verdict(mode, Effect.WRITE, WRITE) is write
    assert verdict(mode, Effect.EXECUTE, LIST) is execute


def test_what_is_allowed_is_not_asked() -> None:
    assert verdict("default", Effect.EXECUTE, LIST, ["bash(ls *)"]) is RUN
    assert verdict("default", Effect.EXECUTE, LIST, ["bash(cat *)"]) is ASK
    assert verdict("default", Effect.WRITE, WRITE, ["bash", "write_file"]) is RUN
    assert verdict("default", Effect.WRITE, WRITE, ["write_file(src/**)"]) is RUN
    assert verdict("default", Effect.WRITE, WRITE, ["write_file(docs/**)"]) is ASK


def test_what_is_allowed_is_still_not_done_when_planning() -> None:
    assert verdict("plan", Effect.EXECUTE, LIST, ["bash(ls *)"]) is REFUSE


@pytest.mark.parametrize("mode", MODES)
def test_what_is_denied_never_runs_whatever_else_is_said(mode: PermissionMode) -> None:
    for effect, action, rule in (
        (Effect.EXECUTE, LIST, "bash(ls *)"),
        (Effect.EXECUTE, LIST, "bash"),
        (Effect.WRITE, WRITE, "write_file(src/**)"),
        (Effect.NONE, READ, "read_file(*.py)"),
    ):
        ruling = judge(mode, effect, action, Rules.parse([rule, action.tool], [rule]))
        assert ruling.verdict is REFUSE
        assert rule in ruling.reason


@pytest.mark.parametrize(
    "path", [".git/hooks/pre-commit", ".git/config", "sub/.git/config", ".GIT/config"]
)
def test_what_git_would_run_is_not_written_like_any_file(path: str) -> None:
    action = Action("write_file", path=path)
    assert verdict("acceptEdits", Effect.WRITE, action) is ASK
    assert verdict("acceptEdits", Effect.WRITE, action, ["write_file"]) is ASK
    assert verdict("default", Effect.WRITE, action, ["write_file(**)"]) is ASK
    assert verdict("default", Effect.WRITE, action, [f"write_file({path})"]) is (
        ASK if ".GIT" in path else RUN
    )
    assert verdict("bypass", Effect.WRITE, action) is RUN
    assert verdict("default", Effect.NONE, Action("read_file", path=path)) is RUN
    for harmless in (".github/ci.yml", ".gitignore", "a.git/x"):
        other = Action("write_file", path=harmless)
        assert verdict("acceptEdits", Effect.WRITE, other) is RUN


@pytest.mark.parametrize(
    ("path", "beside_head"),
    [
        ("config", ("config",)),
        ("sub/objects/x", ("objects",)),
        ("sub/refs/heads/main", ("refs",)),
        ("sub/commondir", ("commondir",)),
        ("sub/HEAD", ()),
        ("HEAD", ()),
        (".husky/pre-commit", ()),
        ("sub/.envrc", ()),
        ("sub/.Git/config", ()),
        ("sub/.g\u200cit/config", ()),
        ("sub/.git. /config", ()),
        ("git~1/config", ()),
        (".vscode/tasks.json", ()),
        ("scripts/hooks/pre-commit", ()),
        ("Pre-Push", ()),
        (".pre-commit-config.yaml", ()),
    ],
)
def test_what_programs_run_unasked_is_not_written_like_any_file(
    path: str, beside_head: tuple[str, ...]
) -> None:
    action = Action("write_file", path=path, beside_head=beside_head)
    for allow in ([], ["write_file"], ["write_file(**)"], ["write_file(sub/**)"]):
        assert verdict("acceptEdits", Effect.WRITE, action, allow) is ASK
        assert verdict("default", Effect.WRITE, action, allow) is ASK
    assert verdict("plan", Effect.WRITE, action) is REFUSE
    assert verdict("bypass", Effect.WRITE, action) is RUN
    named = [f"write_file({{{path},{action.protected_by}}})"]
    assert verdict("default", Effect.WRITE, action, named) is RUN
    ruling = judge("acceptEdits", Effect.WRITE, action, Rules())
    assert "git" in ruling.reason or action.protected_by in ruling.reason


@pytest.mark.parametrize(
    "path", ["src/config", "heads", "config/x", "objects", "a.git"]
)
def test_names_of_git_mean_nothing_where_no_head_is_beside_them(path: str) -> None:
    action = Action("write_file", path=path, beside_head=("src", "a"))
    assert verdict("acceptEdits", Effect.WRITE, action) is RUN


def test_a_denial_holds_for_every_name_of_a_file() -> None:
    action = Action("read_file", path="vault/a", names=("secrets/a", "x/a"))
    for path in ("vault/**", "secrets/**", "x/*"):
        rule = f"read_file({path})"
        assert verdict("bypass", Effect.NONE, action, deny=[rule]) is REFUSE
    allow = ["write_file(secrets/**)"]
    write = Action("write_file", path="vault/a", names=("secrets/a",))
    assert verdict("default", Effect.WRITE, write, allow) is ASK


def test_approving_a_protected_path_for_the_session_allows_that_path_alone() -> None:
    action = Action("write_file", path=".git/config")
    assert rule_for(action) == "write_file(.git/config)"
    beside = Action("write_file", path="sub/config", beside_head=("config",))
    assert rule_for(beside) == ""
    assert rule_for(Action("write_file", path=".git/*")) == ""
