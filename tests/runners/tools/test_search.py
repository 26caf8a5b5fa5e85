import bz2
import gzip
import os
import shutil
import time
import zipfile
from pathlib import Path

import pytest

from runners.permissions.glob import GlobPattern
from runners.sandbox.jail import PathRefused
from runners.tools.context import ToolContext, ToolError
from runners.tools.limits import Limits
from runners.tools.search.matcher import Matcher
from runners.tools.search.unread_format import unread_format
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
    matcher = Matcher("needle")
    assert list(matcher.files("100", "", str(UNREADABLE))) == []
    assert matcher.is_incomplete
    here = str(Path(__file__))
    found = list(Matcher("^UNREADABLE").lines("100", str(UNREADABLE), here))
    assert [line.partition(":")[0] for line in found] == [here]


@pytest.mark.parametrize("name", ["missing", "missing/deeper", "pipe"])
async def test_where_nothing_is_to_search_is_an_error(
    grep: Use, tree: Path, name: str
) -> None:
    os.mkfifo(tree / "pipe")
    with pytest.raises((ToolError, OSError), match=r"nothing was searched|No such"):
        await grep("grep", pattern="needle", path=name)


async def test_denied_files_that_come_first_hide_no_others(
    grep: Use, job: ToolContext, shown: Shown, tree: Path
) -> None:
    job.limits = Limits(matches=3)
    shown.denied = ["read_file(.hidden/**)", "read_file(many/**)"]
    (tree / "many").mkdir()
    for number in range(9):
        (tree / f"many/{number}").write_text("needle\n")
    output = await grep("grep", pattern="needle", glob="d.txt")
    assert output.text == "src/d.txt:2:needle 3"
    output = await grep("grep", pattern="needle")
    assert "many" not in output.text
    assert "a.py:2:needle 0" in output.text
    output = await grep("grep", pattern="camel")
    assert "files that a rule denies were not searched" in output.text


async def test_a_search_that_finds_nothing_says_where_it_has_not_looked(
    grep: Use, tree: Path
) -> None:
    (tree / "nul").write_bytes(b"x\0\nhay\n")
    (tree / "node_modules").mkdir()
    output = await grep("grep", pattern="hay")
    assert output.text.startswith("No line matches hay\n[but it matches in files that")
    assert "binary: nul; give an ignored one" in output.text
    assert "[not searched: .git, node_modules]" in output.text
    (tree / "src/deep/node_modules").mkdir()
    output = await grep("grep", pattern="hay", path="src")
    assert output.text == "No line matches hay\n[not searched: src/deep/node_modules]"


async def test_ignored_files_are_named_where_only_they_match(
    use: Use, tree: Path
) -> None:
    if not shutil.which("rg"):
        pytest.skip("there is no ripgrep here, so nothing is ignored")
    (tree / ".gitignore").write_text("build/\n.env\n")
    (tree / "build").mkdir()
    (tree / "build/out.py").write_text("hay\n")
    (tree / ".env").write_text("hay\n")
    output = await use("grep", pattern="hay")
    assert "binary: .env, build/out.py; give an ignored one" in output.text
    for path in ("build", "build/out.py"):
        output = await use("grep", pattern="hay", path=path)
        assert output.text == "build/out.py:1:hay"


async def test_names_that_are_no_text_are_searched_and_spelled(
    grep: Use, tree: Path
) -> None:
    (tree / os.fsdecode(b"caf\xe9.py")).write_text("hay one\n")
    (tree / "new\nline").write_text("hay two\n")
    (tree / "-rf").write_text("hay three\n")
    output = await grep("grep", pattern="hay")
    assert sorted(output.text.split("\n")) == [
        "-rf:1:hay three",
        "caf\\xe9.py:1:hay one",
        "new\\nline:1:hay two",
    ]
    found = (await grep("glob", pattern="[cn][ae]*")).text
    assert sorted(found.split("\n")) == ["caf\\xe9.py", "new\\nline"]


async def test_the_end_of_a_line_is_found_whatever_ends_it(
    grep: Use, tree: Path
) -> None:
    (tree / "dos.txt").write_bytes(b"hay\r\nhayloft\r\n")
    (tree / "unix.txt").write_bytes(b"hay\nhayloft\n")
    found = (await grep("grep", pattern="hay$")).text
    assert sorted(found.split("\n")) == ["dos.txt:1:hay", "unix.txt:1:hay"]
    assert (await grep("grep", pattern=r"hay\r$")).text == "dos.txt:1:hay"


async def test_letters_in_another_encoding_than_utf_8_are_named(
    grep: Use, tree: Path
) -> None:
    (tree / "old.txt").write_bytes("ein Käse\n".encode("latin-1"))
    (tree / "new.txt").write_text("ein KÃ¤ferkäse\n")
    output = await grep("grep", pattern="Käse")
    assert output.text.split("\n")[1].startswith(
        "[but it matches in files that are not UTF-8: old.txt; read_file"
    )
    assert "not UTF-8" not in (await grep("grep", pattern="Kase")).text


async def test_text_in_utf_16_is_searched(grep: Use, tree: Path) -> None:
    (tree / "wide.txt").write_bytes("hay\r\n".encode("utf-16"))
    assert (await grep("grep", pattern="hay")).text == "wide.txt:1:hay"


async def test_packed_and_unmarked_files_are_named_where_nothing_is_found(
    grep: Use, shown: Shown, tree: Path
) -> None:
    text = "some hay\n" * 3
    (tree / "a.gz").write_bytes(gzip.compress(text.encode()))
    (tree / "b.bz2").write_bytes(bz2.compress(text.encode()))
    with zipfile.ZipFile(tree / "c.docx", "w") as packed:
        packed.writestr("word.xml", text)
    (tree / "d.txt").write_bytes(text.encode("utf-32"))
    (tree / "e.txt").write_bytes(text.encode("utf-16-le"))
    (tree / "denied.txt").write_bytes(text.encode("utf-16-be"))
    shown.denied = ["read_file(denied.txt)"]
    note = (await grep("grep", pattern="hay")).text.split("[not searched, for")[1]
    assert "a.gz (gzip), b.bz2 (bzip2), c.docx (zip), d.txt (UTF-32)" in note
    assert ", e.txt (UTF-16 without a mark); unpack" in note
    assert "denied.txt" not in note
    note = (await grep("grep", pattern="hay", glob="*.{gz,zip}")).text
    assert "coded in: a.gz (gzip); unpack" in note
    note = (await grep("grep", pattern="hay", path="e.txt")).text
    assert "e.txt (UTF-16 without a mark)" in note
    assert "packed" not in (await grep("grep", pattern="needle")).text


@pytest.mark.parametrize(
    ("head", "name"),
    [
        ("näher\n".encode("utf-16-be"), "UTF-16 without a mark"),
        ("näher\n".encode("utf-32-le"), "UTF-32 without a mark"),
        (b"\x7fELF\2\1\1\0\0\0\0\0\0\0\0\0\3\0\x3e\0", ""),
        (b"SQLite format 3\0\x10\0\1\1\0\x40", ""),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", ""),
        (b"x\0\nhay\n", ""),
        ("marked".encode("utf-16"), ""),
        (b"text\n", ""),
        (b"", ""),
    ],
)
def test_no_other_file_is_taken_for_text_in_a_wide_encoding(
    head: bytes, name: str
) -> None:
    assert unread_format(head) == name


async def test_a_file_that_is_too_large_to_be_searched_is_told(
    use: Use, job: ToolContext, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    job.limits = Limits(file_bytes=1_000)
    (tree / "large").write_text("hay" * 1_000)
    output = await use("grep", pattern="hay")
    assert "some files could not be read, or are too large" in output.text
