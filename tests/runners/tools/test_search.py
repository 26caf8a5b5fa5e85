import os
import shutil
import time
from pathlib import Path

import pytest

from runners.permissions.glob import GlobPattern
from runners.sandbox.jail import PathRefused
from runners.tools.context import ToolContext, ToolError
from runners.tools.limits import Limits
from runners.tools.search.matcher import search
from runners.tools.search.walk import Tree
from tests.runners.tools.conftest import Shown, Use

UNREADABLE = Path("/proc/self/mem")  # also for a superuser


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for number, name in enumerate(
        ("a.py", "src/b.py", "src/deep/c.py", "src/d.txt", ".git/e.py", ".hidden/f.py")
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"# {name}\nneedle {number}\n")
        os.utime(path, (1_000 + number, 1_000 + number))
    (tmp_path / "binary").write_bytes(b"needle\0")
    (tmp_path / "out").symlink_to("/etc")
    return tmp_path


@pytest.fixture(params=["ripgrep", "our own"])
def grep(
    request: pytest.FixtureRequest, use: Use, monkeypatch: pytest.MonkeyPatch
) -> Use:
    if request.param == "ripgrep" and not shutil.which("rg"):
        pytest.skip("there is no ripgrep here")
    if request.param == "our own":
        monkeypatch.setenv("PATH", "/nowhere")
    return use


async def test_a_glob_finds_the_newest_first(use: Use, tree: Path) -> None:
    output = await use("glob", pattern="*.py")
    assert output.text.split("\n") == [
        ".hidden/f.py",
        "src/deep/c.py",
        "src/b.py",
        "a.py",
    ]
    output = await use("glob", pattern="*.py", path="src")
    assert output.text.split("\n") == ["src/deep/c.py", "src/b.py"]
    output = await use("glob", pattern="deep/*", path="src")
    assert output.text == "src/deep/c.py"
    assert "No file" in (await use("glob", pattern="*.rs")).text


async def test_a_glob_has_a_limit(use: Use, job: ToolContext, tree: Path) -> None:
    job.limits = Limits(matches=2)
    output = await use("glob", pattern="**")
    assert output.truncated
    assert output.text.split("\n")[2] == "[4 more files]"
    job.limits = Limits(search_entries=3)
    assert "cut short" in (await use("glob", pattern="**")).text


@pytest.mark.parametrize("pattern", ["/etc/*", "../*", "a/../../b"])
async def test_a_glob_stays_inside(use: Use, pattern: str) -> None:
    with pytest.raises(ToolError, match="relative"):
        await use("glob", pattern=pattern)


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("*.py", "a/b/c.py", True),
        ("*.py", "c.pyc", False),
        ("a/*.py", "a/c.py", True),
        ("a/*.py", "a/b/c.py", False),
        ("a/**/*.py", "a/c.py", True),
        ("a/**/*.py", "a/b/b/c.py", True),
        ("a/**", "a/b/c", True),
        ("a/**", "ab/c", False),
        ("**/b/*", "b/c", True),
        ("?.py", "a.py", True),
        ("?.py", "ab.py", False),
        ("[ab].py", "b.py", True),
        ("[!ab].py", "b.py", False),
        ("*.{py,txt}", "a.txt", True),
        ("*.{py,txt}", "a.rs", False),
        ("a,b", "a,b", True),
        ("a+(b).py", "a+(b).py", True),
        ("./a.py", "a.py", True),
        ("a]", "a]", True),
    ],
)
def test_a_glob_means_what_it_says(pattern: str, path: str, matches: bool) -> None:
    assert GlobPattern.parse(pattern).matches(path) is matches


def test_a_glob_takes_no_time_whatever_it_is() -> None:
    began = time.monotonic()
    for pattern in ("*a" * 30 + "b", "**/" * 30 + "b", "a*/" * 30 + "b"):
        assert not GlobPattern.parse(pattern).matches("/".join(["a" * 200] * 40))
    with pytest.raises(ValueError, match="alternatives"):
        GlobPattern.parse("{a,b}" * 20)
    assert time.monotonic() - began < 1


async def test_lines_are_found(grep: Use, tree: Path) -> None:
    output = await grep("grep", pattern=r"needle \d")
    assert sorted(output.text.split("\n")) == [
        ".hidden/f.py:2:needle 5",
        "a.py:2:needle 0",
        "src/b.py:2:needle 1",
        "src/d.txt:2:needle 3",
        "src/deep/c.py:2:needle 2",
    ]
    output = await grep("grep", pattern="needle", path="src", glob="*.txt")
    assert output.text == "src/d.txt:2:needle 3"
    output = await grep("grep", pattern="needle", path="src/b.py")
    assert output.text == "src/b.py:2:needle 1"
    assert "No line" in (await grep("grep", pattern="camel")).text


async def test_a_search_does_not_show_what_is_denied_below(
    grep: Use, shown: Shown, tree: Path
) -> None:
    shown.denied = ["grep(src/deep/**)", "read_file(a.py)", "glob(**/d.txt)"]
    output = await grep("grep", pattern="needle", glob="*.py")
    assert sorted(output.text.split("\n")) == [
        ".hidden/f.py:2:needle 5",
        "src/b.py:2:needle 1",
    ]
    found = (await grep("glob", pattern="src/**")).text
    assert found.split("\n") == ["src/deep/c.py", "src/b.py"]


def test_a_walk_ends_when_it_is_told(job: ToolContext, tree: Path) -> None:
    walk = Tree(job.workdir, job.limits)
    files = walk.files(".")
    next(files)
    walk.cut_short = True
    assert list(files) == []


async def test_a_wrong_pattern_is_an_error(grep: Use, tree: Path) -> None:
    with pytest.raises(ToolError, match="reg"):
        await grep("grep", pattern="(")


async def test_a_pattern_is_no_option(grep: Use, tree: Path) -> None:
    assert "No line" in (await grep("grep", pattern="--files")).text


async def test_matches_have_a_limit(grep: Use, job: ToolContext, tree: Path) -> None:
    (tree / "many").write_text("needle\n" * 50)
    job.limits = Limits(matches=10)
    output = await grep("grep", pattern="needle", path="many")
    assert output.truncated
    assert len(output.text.split("\n")) == 11


async def test_a_long_line_is_cut(grep: Use, job: ToolContext, tree: Path) -> None:
    (tree / "long").write_text("needle" + "x" * 10_000)
    output = await grep("grep", pattern="needle", path="long")
    assert len(output.text) < 1_000


async def test_a_search_that_takes_for_ever_is_stopped(
    use: Use, job: ToolContext, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    job.limits = Limits(search_s=0.5)
    (tree / "long").write_text("a" * 40)
    output = await use("grep", pattern="(a+)+b", path="long")
    assert output.truncated


async def test_a_search_stays_inside(grep: Use, tree: Path) -> None:
    for path in ("out", "..", "/etc"):
        with pytest.raises(PathRefused):
            await grep("grep", pattern="root", path=path)


@pytest.mark.skipif(not UNREADABLE.exists(), reason="no /proc here")
def test_a_file_that_cannot_be_read_keeps_nobody_from_the_others() -> None:
    assert list(search("files", "needle", "100", "", str(UNREADABLE))) == []
    here = str(Path(__file__))
    found = list(search("lines", "^UNREADABLE", "100", str(UNREADABLE), here))
    assert [line.partition(":")[0] for line in found] == [here]
