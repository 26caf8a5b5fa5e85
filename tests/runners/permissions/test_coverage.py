import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runners.permissions.coverage import uncovered
from runners.permissions.program_table import ProgramRules, programs

RUN_S = 60  # longest run of the commands of one test
# Besides their options, what programs are given: names that are there or not, and
# what would leave a trace if it was run, opened for writing or evaluated.
PLAIN_WORDS = (
    "a.txt b.txt pwned src -- - + . {} ; ( ) ! HEAD main 1 0 -1 -exec -delete -o -i -e"
    " -f -c -x -w -r -s -C --output --exec --output=pwned %n =pwned pwned=1"
)
WORDS = [
    *PLAIN_WORDS.split(),
    "touch pwned",
    "1e touch pwned",
    "w pwned",
    "s/a/b/w pwned",
    "s/a/touch pwned/e",
    '{print > "pwned"}',
    'BEGIN{system("touch pwned")}',
    "a[$(touch pwned)]",
    "core.pager=touch pwned",
    "--filter=touch pwned",
    "-exec=touch pwned",
    "+!touch pwned",
]
# Programs that are there, that end by themselves, and that a test may run at random.
PROGRAM_NAMES = (
    "awk base64 basename cat cksum cmp comm cut date df diff dir dirname du echo expand"
    " expr file find fmt fold git grep head hexdump hostname id join ls md5sum nl od"
    " paste pr printf ps readlink realpath rev rg sed seq sha256sum shuf sort stat"
    " strings tac tail tar test tr tree tsort uname unexpand uniq unzip wc which xxd"
)
TRIED = [name for name in PROGRAM_NAMES.split() if shutil.which(name)]


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with some files, in a git repository."""
    directory = tmp_path_factory.mktemp("tried")
    (directory / "src").mkdir()
    for name in ("a.txt", "b.txt", "src/c.txt"):
        (directory / name).write_text("a b c\nb c d\n")
    for words in (
        "init -q -b main",
        "add .",
        "-c user.name=a -c user.email=a@b commit -qm 1",
        "-c core.splitIndex=false branch other",
    ):
        subprocess.run(["git", *words.split()], cwd=directory, check=True)
    return directory


def options(program: ProgramRules) -> list[str]:
    """All options of the table of a program and its sub-commands."""
    grammars = [program.named, program.looking]
    grammars += [
        grammar
        for each in programs().values()
        if each.path.startswith(f"{program.path} ")
        for grammar in (each.looking,)
    ]
    found = {o for g in grammars if g for o in g.flags | g.values | g.attached}
    return sorted(found | program.subcommands)


@st.composite
def commands(draw: st.DrawFn) -> list[str]:
    program = draw(st.sampled_from(TRIED))
    known = programs()[program]
    words = [program]
    if known.subcommands:
        words.append(draw(st.sampled_from(sorted(known.subcommands))))
        known = programs()[" ".join(words)]
    listed = [*options(known), *options(programs()[program])]
    word = st.sampled_from(WORDS)
    if listed:
        option = st.sampled_from(listed)
        word |= option | st.builds("{}={}".format, option, word)
        word |= st.builds("{}{}".format, option, word)
    return [*words, *draw(st.lists(word, max_size=5))]


def contents(directory: Path) -> dict[Path, tuple[int, bytes]]:
    """What is in a directory; git may write its index anew."""
    return {
        path: (path.lstat().st_mode, path.read_bytes() if path.is_file() else b"")
        for path in directory.rglob("*")
        if path.name != "index"
    }


def run(commands: Sequence[Sequence[str]], directory: Path) -> None:
    """Run commands one after the other, however they end."""
    with subprocess.Popen(
        ["bash", "-c", "\n".join(map(shlex.join, commands))],
        cwd=directory,
        env={"PATH": os.environ["PATH"], "HOME": str(directory), "PAGER": "cat"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as running:
        try:
            running.wait(RUN_S)
        except subprocess.TimeoutExpired:
            running.kill()


def with_a_file(path: str, option: str) -> Iterator[list[str]]:
    """Ways to give an option the name of a file, which it might write."""
    start = path.split()
    for words in (
        [option],
        [option, "pwned"],
        [f"{option}pwned"],
        [f"{option}=pwned"],
        [option, "touch pwned"],
        [f"{option}=touch pwned"],
    ):
        yield [*start, *words]
        yield [*start, *words, "a.txt"]
        yield [*start, "a.txt", *words]


LISTED = [
    program.path
    for program in programs().values()
    if program.looking and options(program) and program.path.split()[0] in TRIED
]


@pytest.mark.parametrize("path", LISTED)
def test_no_listed_option_writes_or_runs_what_it_is_given(
    directory: Path, path: str
) -> None:
    """The programs themselves are the oracle: run what is covered, and look."""
    before = contents(directory)
    known = options(programs()[path])
    tried = [command for option in known for command in with_a_file(path, option)]
    covered = [command for command in tried if not uncovered(command, spelled=0)]
    assert covered
    run(covered, directory)
    assert contents(directory) == before


@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)
@given(words=commands())
def test_what_a_rule_without_a_name_covers_changes_nothing(
    directory: Path, words: list[str]
) -> None:
    if uncovered(words, spelled=0):
        return
    before = contents(directory)
    run([words], directory)
    assert contents(directory) == before, shlex.join(words)
