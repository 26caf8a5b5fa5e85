import pytest
from django.core.management import CommandError, call_command

from runners.cli.rules import GivenRules
from runners.permissions.rule import Rule
from runners.port.errors import RunFailed
from runners.records.rulebook import (
    add_rules,
    forget_rules,
    remember_rules,
    rules_of,
    variables_of,
)
from sessions_app.models import AgentSession, WorkdirRule


@pytest.fixture
def root(db: None) -> AgentSession:
    return AgentSession.objects.create(
        title="t", prompt="p", workdir="/home/me/project"
    )


def texts(rules: tuple[Rule, ...]) -> list[str]:
    return [str(rule) for rule in rules]


def test_rules_hold_in_the_whole_tree(root: AgentSession) -> None:
    child = AgentSession.objects.create(parent=root, title="t", prompt="p")
    deep = AgentSession.objects.create(parent=child, title="t", prompt="p")
    add_rules(deep.pk, ["bash(ls *)"], ["write_file(.git/**)"])
    add_rules(root.pk, ["bash(ls *)", "edit_file"])
    for session in (root, child, deep):
        rules = rules_of(session.pk)
        assert texts(rules.allow) == ["bash(ls *)", "edit_file"]
        assert texts(rules.deny) == ["write_file(.git/**)"]
    other = AgentSession.objects.create(title="t", prompt="p")
    assert rules_of(other.pk).allow == ()


def test_a_directorys_rules_hold_in_it_and_below(root: AgentSession) -> None:
    remember_rules("/home/me", ["bash(ls *)"], [], None)
    remember_rules("/home/me/project", [], ["bash(rm *)"], None)
    remember_rules("/home/me/project", [], ["bash(rm *)"], None)
    remember_rules("/home/me/project/deeper", ["bash(cat *)"], [], None)
    remember_rules("/home/me/proj", ["bash(cat *)"], [], None)
    rules = rules_of(root.pk)
    assert texts(rules.allow) == ["bash(ls *)"]
    assert texts(rules.deny) == ["bash(rm *)"]
    assert forget_rules("/home/me", ["bash(ls *)", "bash"]) == 1
    assert rules_of(root.pk).allow == ()


def test_a_session_given_rules_keeps_them_or_its_directory_does(
    root: AgentSession,
) -> None:
    given = GivenRules.parse(["bash(ls *)"], ["bash(rm *)"])
    given.give(root, None)
    assert not WorkdirRule.objects.exists()
    GivenRules.parse(["edit_file"], []).give(root, None, remember=True)
    assert WorkdirRule.objects.get().workdir == root.workdir
    assert texts(rules_of(root.pk).allow) == ["bash(ls *)", "edit_file"]


def test_variables_are_named_for_a_tree_and_for_a_directory(root: AgentSession) -> None:
    child = AgentSession.objects.create(parent=root, title="t", prompt="p")
    GivenRules.parse([], [], ["MYAPP_*"]).give(root, None)
    GivenRules.parse([], [], ["NPM_TOKEN"]).give(root, None, remember=True)
    remember_rules("/home/me/other", [], [], None, ["OTHER"])
    for session in (root, child):
        assert variables_of(session.pk) == ("MYAPP_*", "NPM_TOKEN")
    assert rules_of(root.pk).allow == ()
    assert forget_rules(root.workdir, ["NPM_TOKEN"]) == 1
    assert variables_of(root.pk) == ("MYAPP_*",)


def test_a_row_that_names_ringsides_own_variables_gives_none(
    root: AgentSession,
) -> None:
    own = ["RINGSIDE_SECRET_KEY", "ANTHROPIC_*", "*", "MYAPP"]
    AgentSession.objects.filter(pk=root.pk).update(rules={"env": own})
    assert variables_of(root.pk) == ("MYAPP",)


def test_a_bad_name_of_a_variable_says_what_is_wrong() -> None:
    with pytest.raises(RunFailed, match="--env: ANTHROPIC_API_KEY is Ringside's own"):
        GivenRules.parse([], [], ["ANTHROPIC_API_KEY"])


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("bash(git; ls)", "--allow: bash(git; ls): a pattern is one plain command"),
        ("bush", "--allow: there is no tool bush; the tools are bash, "),
        ("x" * 2_000, "--allow: over 1,000 characters"),
    ],
)
def test_a_bad_rule_says_what_is_wrong(text: str, why: str) -> None:
    with pytest.raises(RunFailed) as failed:
        GivenRules.parse([text], [])
    assert str(failed.value).startswith(why)


def test_a_stored_rule_that_cannot_be_read_stops_the_session(
    root: AgentSession,
) -> None:
    remember_rules("/home", [], ["bash(rm -rf; x)"], None)
    with pytest.raises(RunFailed):
        rules_of(root.pk)


@pytest.mark.django_db
def test_the_command_lists_adds_and_forgets(
    capsys: pytest.CaptureFixture[str],
) -> None:
    call_command("rules", "/srv", allow=["bash(ls *)"], deny=["bash(rm *)"])
    assert capsys.readouterr().out == "allow bash(ls *)\ndeny  bash(rm *)\n"
    call_command("rules", "/srv", forget=["bash(ls *)"], env=["MYAPP_*"])
    assert capsys.readouterr().out == "deny  bash(rm *)\nenv   MYAPP_*\n"
    with pytest.raises(CommandError, match="no such rule"):
        call_command("rules", "/srv", forget=["bash(ls *)"])
