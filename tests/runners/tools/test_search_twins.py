"""ripgrep and the built-in matcher find the same files and the same lines."""

import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runners.tools.limits import Limits
from runners.tools.search.ripgrep import OwnProgram, Ripgrep, SearchProgram

RIPGREP = shutil.which("rg") or ""
pytestmark = pytest.mark.skipif(not RIPGREP, reason="there is no ripgrep here")
NAMES = st.sampled_from(
    (
        *("a.py", "b.txt", "src/a.py", "src/deep/c.py", ".hidden/d.py", ".git/e.py"),
        *("node_modules/f.py", "naïve.py", "two words.txt"),
    )
)
LINES = st.text(st.sampled_from("ab.é \t"), max_size=8).map(str.encode)
CONTENTS = st.lists(
    LINES | st.sampled_from([b"needle", b"a\xffb", b"", b"x" * 30, b"ab\r"]), max_size=5
).map(b"\n".join)
BINARY = st.just(b"a needle\0b\n")
TREES = st.dictionaries(NAMES, CONTENTS | BINARY, max_size=6)
PATTERNS = st.sampled_from(["needle", "a", "^a", "b$", r"a\.b", "[ab]{2}", "é", "a|b"])
GLOBS = st.sampled_from(["", "*.py", "*.txt", "a.*"])


def found(program: SearchProgram, where: Path, glob: str) -> list[str]:
    command = program.files(".", glob)
    done = subprocess.run(command, cwd=where, capture_output=True, check=False)
    paths = [Path(name.decode()) for name in done.stdout.split(b"\0") if name]
    return sorted(map(str, paths))


def lines(program: SearchProgram, where: Path, files: list[str]) -> list[bytes]:
    command = program.lines(files)
    done = subprocess.run(command, cwd=where, capture_output=True, check=False)
    return [line.rstrip() for line in done.stdout.splitlines()]


@settings(max_examples=25)
@given(TREES, PATTERNS, GLOBS)
def test_both_search_programs_find_the_same(
    tree: dict[str, bytes], pattern: str, glob: str
) -> None:
    with tempfile.TemporaryDirectory() as name:
        where = Path(name)
        for path, content in tree.items():
            (where / path).parent.mkdir(parents=True, exist_ok=True)
            (where / path).write_bytes(content)
        theirs = Ripgrep(RIPGREP, pattern, Limits())
        ours = OwnProgram(pattern, Limits())
        files = found(theirs, where, glob)
        assert found(ours, where, glob) == files
        texts = [file for file in files if b"\xff" not in (where / file).read_bytes()]
        if texts:
            assert lines(ours, where, texts) == lines(theirs, where, texts)
