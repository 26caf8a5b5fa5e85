import shutil
import subprocess
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runners.permissions.command import WILDCARD, pattern_words, words
from runners.permissions.command_pattern import CommandPattern
from runners.permissions.mode import Effect, judge
from runners.permissions.rule import Action, Rule, RuleError
from runners.permissions.rules import Rules, rule_for

NEVER = r"""
git status; rm x@git status && rm x@git status & rm x@git status;@
git status `rm x`@git status $(rm x)@git status $HOME@git status ${X}
git status "$(rm x)"@git log "`rm x`"@git log "\$x"@git log $'x'
git status > x@git status >> x@git status < x@git status 2>&1@git status <(rm x)
git status <<< x@git status &> x@(git status)@{ git status; }@! git status
git status #x@git status *@git status ?@git status [a]@git add {a,b}
git add ~@git log --pretty=~x@git \-c x=y log@git log 'x@git log "x
FOO=1 git status@GIT_PAGER=x git log@'FOO'=1 git status
git -c core.pager=sh log@git '-c' x=y log@g"i"t -"c" x=y log@git -ccore.pager=x log
git --config-env=a=b log@git --exec-path=. log@git --exec-pa=. log@git -C .. status
git --git-dir=x status@git --work-tree=x status@git rebase -x sh
git rebase -ix sh@git rebase --exec sh@git rebase --exe=sh@git clone -u x .
git clone --upload-pack=x .@git diff --ext-diff@git diff --output=x@git grep -Osh x
git config core.pager sh@git submodule foreach sh@git bisect run sh@git difftool -y
git filter-branch x@git merge-index sh -a@git archive -o x HEAD@git credential fill
"""
HARD = [case for line in NEVER.split("\n") for case in line.split("@") if case]
HARD += [
    "git status | sh",
    "git status || sh",
    "git status\nrm x",
    "git status\r\nrm x",
    "git commit -m 'a\nb'",
    "git status \0",
    "git status\u2028rm x",
    "git\u00a0status",
    "",
    "   ",
]
WELL = {
    "git status": ["git", "status"],
    "  git\t status ": ["git", "status"],
    "'git' status": ["git", "status"],
    "git commit -m 'Fix; it & all'": ["git", "commit", "-m", "Fix; it & all"],
    'git commit -m "it\'s done"': ["git", "commit", "-m", "it's done"],
    "git log --format='%h %s' HEAD~3": ["git", "log", "--format=%h %s", "HEAD~3"],
    "git diff a..b -- src/x.py": ["git", "diff", "a..b", "--", "src/x.py"],
    "git add ''": ["git", "add", ""],
    "git show HEAD^:a@b+c": ["git", "show", "HEAD^:a@b+c"],
}
ALPHABET = "ab *'\"\\$`;|&<>(){}[]!#~=\n\t?-/.:,@%^+\u00e9"
commands = st.text(st.sampled_from(ALPHABET), max_size=12)


def bash(command: str, tool: str = "bash") -> Action:
    return Action(tool, command=command)


def rule(pattern: str) -> Rule:
    return Rule.parse(f"bash({pattern})")


@pytest.mark.parametrize("command", HARD)
def test_no_rule_allows_more_than_one_plain_command(command: str) -> None:
    for text in ("bash(git *)", "bash(*)", "bash(* *)", "bash"):
        assert not Rule.parse(text).allows(bash(command)), text
    if words(command) is None:
        assert rule_for(bash(command)) == ""


@pytest.mark.parametrize(("command", "expected"), WELL.items())
def test_a_plain_command_is_its_words(command: str, expected: list[str]) -> None:
    assert words(command) == expected
    for pattern in ("git *", "*"):
        found = CommandPattern.parse(pattern)
        assert found is not None
        assert found.matches(expected)
    assert rule(f"git {expected[1]} *").allows(bash(command))
    assert not rule("got *").allows(bash(command))


@given(commands)
def test_words_are_what_the_shell_makes_of_a_command(command: str) -> None:
    found = words(command)
    if found is None:
        return
    script = f"shown() {{ printf '%s\\0' \"$@\"; }}; shown {command}"
    program = shutil.which("bash")
    assert program is not None
    shell = [program, "-c", script]
    ran = subprocess.run(shell, env={}, cwd="/", capture_output=True, check=True)
    assert ran.stdout.decode().split("\0")[:-1] == found


letters = st.sampled_from(["a", "b", "ab", "ba", ""])
patterns = st.lists(st.sampled_from(["a", "b", "*", "a*", "*b", "a*b"]), min_size=1)


def naive(pattern: list[str], found: list[str]) -> bool:
    """Match word by word, trying everything."""
    if not pattern:
        return not found
    first, rest = pattern[0], pattern[1:]
    if first == "*":
        return any(naive(rest, found[n:]) for n in range(len(found) + 1))
    return bool(found) and naive_word(first, found[0]) and naive(rest, found[1:])


def naive_word(pattern: str, word: str) -> bool:
    if not pattern:
        return not word
    if pattern[0] == "*":
        return any(naive_word(pattern[1:], word[n:]) for n in range(len(word) + 1))
    return word[:1] == pattern[0] and naive_word(pattern[1:], word[1:])


@given(patterns.filter(lambda p: len(p) < 6), st.lists(letters, min_size=1, max_size=6))
def test_a_pattern_matches_as_a_naive_reader_says(
    pattern: list[str], found: list[str]
) -> None:
    command = " ".join(f"'{word}'" for word in ["program", *found])
    allowing = rule(" ".join(["program", *pattern]))
    assert allowing.allows(bash(command)) == naive(pattern, found)


@given(
    patterns.filter(lambda p: len(p) < 5), st.lists(letters.filter(bool), max_size=5)
)
def test_a_denial_matches_wherever_its_words_stand(
    pattern: list[str], found: list[str]
) -> None:
    command = "; ".join(found)
    ends = range(len(found) + 1)
    expected = any(naive(pattern, found[a:b]) for a in ends for b in ends if a <= b)
    assert rule(" ".join(pattern)).denies(bash(command)) == expected


@given(commands, commands)
def test_what_is_denied_is_never_allowed_for_its_ends(left: str, right: str) -> None:
    for command in (f"{left} rm x", f"{left};rm x", f"rm x;{right}", f"'rm' x {right}"):
        if "\0" not in command:
            assert rule("rm *").denies(bash(command))


@pytest.mark.parametrize(
    "command",
    [
        "rm -rf x",
        "sudo rm x",
        "cd a && rm x",
        "a | xargs rm",
        "sh -c 'rm x'",
        "echo $(rm x)",
        "/bin/rm x",
        "X=1 rm x",
        "x\nrm y",
        "(rm x)",
        "\\rm x",
    ],
)
def test_a_denial_sees_through_a_shell(command: str) -> None:
    assert rule("rm *").denies(bash(command))
    assert Rule.parse("bash").denies(bash(command))
    assert not rule("rm *").denies(bash("farm x"))


@pytest.mark.parametrize(
    "command",
    [
        "git push",
        "git --no-pager push origin",
        "git -C elsewhere push",
        "git -c user.name='a b' push",
        "git -P --no-replace-objects push",
        "g'i't pu\"sh\"",
        "gi\\\nt push",
    ],
)
def test_a_denial_sees_through_options_and_quotes(command: str) -> None:
    assert rule("git push *").denies(bash(command))
    assert not rule("git push *").denies(bash("git status; git stash push"))


def test_a_program_that_does_as_told_is_covered_by_a_rule_that_names_it() -> None:
    for command in ("python3 x.py", "sh x", "make check", "rm x", "cp -r a b"):
        program = command.split()[0]
        for text in ("bash(*)", "bash(git *)", "bash", f"bash({program[0]}* *)"):
            assert not Rule.parse(text).allows(bash(command))
        assert rule(f"{program} *").allows(bash(command))


@pytest.mark.parametrize("program", ["unknown", "./x", "rustup", "bin/deploy"])
def test_an_unknown_program_is_covered_as_spelled_or_by_two_stars(program: str) -> None:
    assert rule(f"{program} *").allows(bash(program))
    assert rule(f"{program} run x").allows(bash(f"{program} run x"))
    for command in (f"{program} run x", f"{program} --option"):
        assert not rule(f"{program} *").allows(bash(command))
        assert not Rule.parse("bash").allows(bash(command))
        assert rule(f"{program} **").allows(bash(command))
    assert not rule(f"{program} run **").allows(bash(f"{program} stop"))
    assert not rule(f"{program} **").allows(bash(f"{program} x; rm y"))


@pytest.mark.parametrize("text", ["bash(**)", "bash(* **)", "bash(git * log **)"])
def test_two_stars_stand_after_what_is_spelled(text: str) -> None:
    with pytest.raises(RuleError, match="stands at the end"):
        Rule.parse(text)


def test_a_rule_without_a_star_covers_its_command_whatever_it_does() -> None:
    for command in ("git -c core.pager=x log", "eval x", "python3 -c x", "sudo ls"):
        assert rule(command).allows(bash(command))
        assert not rule(command).allows(bash(f"{command} x"))


def test_a_question_says_why_a_rule_does_not_cover_a_call() -> None:
    for text, command, why in (
        ("git *", "git push", "only a rule that names it covers git push"),
        ("git *", "git -c a=b log", "only a rule that spells it covers git -c"),
        ("tar *", "tar xf a", "only a rule that spells it covers tar xf"),
        ("wget *", "wget https://x", "wget without"),
        ("*", "./git status", "no rule names ./git"),
        ("let *", "let x=1", "let is the shell's own"),
        ("timeout *", "timeout 5 rm x", "only a rule that names it covers rm"),
        ("./x *", "./x y", "what x does with y is not known: ./x ** would cover it"),
        ("python3 *", "python3 -m timeit x", "no rule names timeit"),
        ("uniq *", "uniq a b", "only a rule that spells it covers uniq b"),
    ):
        assert str(rule(text).uncovered(bash(command))).startswith(why)
        rules = Rules.parse(allow=["bash(ls *)", f"bash({text})"])
        ruling = judge("default", Effect.EXECUTE, bash(command), rules)
        assert f"bash({text}) does not cover it: {why}" in ruling.reason


def test_other_programs_have_their_escapes_too() -> None:
    assert rule("find *").allows(bash("find . -name a -o -name b"))
    for command in ("find . -delete", "find . -exec rm x", "rg --pre=sh x", "fd -x rm"):
        assert not rule(f"{command.split()[0]} *").allows(bash(command))


def test_paths_are_matched_by_globs() -> None:
    files = Rule.parse("write_file(src/**)")
    assert files.allows(Action("write_file", path="src/a/b.py"))
    assert files.denies(Action("write_file", path="src/a/b.py"))
    for action in (
        Action("write_file", path="srcs/a"),
        Action("write_file", path=None),
        Action("edit_file", path="src/a"),
    ):
        assert not files.allows(action)


@pytest.mark.parametrize(
    "path",
    [
        "secrets/\u00e9.txt",
        "SECRETS/\u00c9.TXT",
        "Secrets/e\u0301.txt",
        "secrets/\u200d\u00e9.txt",
    ],
)
def test_a_denied_path_is_denied_as_any_file_system_reads_it(path: str) -> None:
    pattern = "read_file(Secrets/\u00e9.txt)"
    assert Rule.parse(pattern).denies(Action("read_file", path=path))
    assert Rule.parse("read_file(secrets/**)").denies(Action("read_file", path=path))
    assert not Rule.parse(pattern).allows(Action("read_file", path=path))


@pytest.mark.parametrize(
    "text",
    ["", "bash(", "Bash", "bash(git; ls)", "bash(git:*)", "bash(a $b)", "bash(a\nb)"],
)
def test_a_rule_that_says_nothing_is_refused(text: str) -> None:
    with pytest.raises(RuleError):
        Rule.parse(text)


@given(patterns)
def test_a_rule_is_read_as_it_is_written(pattern: list[str]) -> None:
    text = f"bash({' '.join(pattern)})"
    assert str(Rule.parse(text)) == text
    assert Rule.parse(str(Rule.parse(text))) == Rule.parse(text)


@given(commands)
def test_the_rule_for_a_command_allows_that_command_alone(command: str) -> None:
    made = rule_for(bash(command))
    if made:
        assert Rule.parse(made).allows(bash(command))
        assert not Rule.parse(made).allows(bash(f"{command} x"))
    else:
        assert not Rule.parse("bash").allows(bash(command)) or words(command)


def test_the_rule_for_another_tool_is_the_tool() -> None:
    assert rule_for(Action("write_file", path="a")) == "write_file"


def test_a_wildcard_in_quotes_is_a_star() -> None:
    assert pattern_words("a '*' *") == ["a", "*", WILDCARD]
    assert rule("a '*'").allows(bash("a '*'"))
    assert not rule("a '*'").allows(bash("a b"))


@pytest.mark.parametrize(
    "pattern",
    [
        "a * b * c * d",
        "* x *",
        "*a*b*c* *d*",
        "a",
        "docker run -it *",
    ],
)
@pytest.mark.parametrize(
    "word",
    ["a ", "a b c ", "abc", "-a ", "$'", "<'", "$(", "`", "{,", "[", "${a}", "* "],
)
def test_no_command_takes_long_to_judge(pattern: str, word: str) -> None:
    long = word * (19_000 // len(word))
    began = time.process_time()
    rule(pattern).allows(bash(long))
    rule(pattern).denies(bash(long))
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    ("program", "argument"),
    [
        ("sed", " " * 9_000 + "x"),
        ("sed", "/a/p;" * 3_000 + "e"),
        ("sed", "s/" + "a" * 15_000),
        ("printf", "%lll" * 3_000 + "%n"),
        ("awk", "system" * 3_000),
        ("timeout", "5 timeout " * 1_000),
        ("curl", "https://" + "a" * 15_000),
    ],
)
def test_no_argument_takes_long_to_judge(program: str, argument: str) -> None:
    began = time.process_time()
    for text in (f"{program} '{argument}'", f"{program} {argument}"):
        rule(f"{program} *").allows(bash(text))
    assert time.process_time() - began < 1


def test_what_is_too_long_to_be_judged_is_denied_and_not_allowed() -> None:
    long = bash("x" * 1_000_000)
    assert rule("a").denies(long)
    assert not rule("*").allows(long)
