import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runners.sandbox.jail import MAX_DEPTH, PathRefused, Target, find
from runners.sandbox.workdir import Workdir
from tests.runners.sandbox.proc import descriptors

names = st.sampled_from(["a", "b", "c", ".", "..", "", "link"])
paths = st.lists(names, min_size=1, max_size=6).map("/".join)
targets = st.builds(
    lambda lead, path: lead + path,
    st.sampled_from(["", "/", "{root}/", "{root}/../", "/proc/self/root/"]),
    paths,
)


@pytest.fixture
def outside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    outside = tmp_path_factory.mktemp("outside")
    (outside / "secret").write_text("secret")
    return outside


def change(workdir: Workdir, path: str, data: bytes) -> None:
    with workdir.changing(path) as file:
        file.replace(file.read(1_000), data)


@pytest.mark.parametrize(
    "path",
    [
        "..",
        "../x",
        "a/../../x",
        "a/..",
        "/",
        "/etc/passwd",
        "/proc/self/root/etc/passwd",
        "/proc/self/cwd",
        "a\0b",
        "x" * 5_000,
        "out/secret",
        "chain/secret",
        "up/secret",
        "root/etc/passwd",
        "loop",
        "loop/x",
        "fd/etc/passwd",
        "half\ud800",
    ],
)
def test_no_path_leads_out(workdir: Workdir, outside: Path, path: str) -> None:
    root = workdir.root
    (root / "a").mkdir()
    (root / "out").symlink_to(outside)
    (root / "chain").symlink_to("out")
    (root / "up").symlink_to(f"../{outside.name}")
    (root / "root").symlink_to("/proc/self/root")
    (root / "fd").symlink_to("/proc/self/cwd/..")
    (root / "loop").symlink_to("loop")
    touches: list[Callable[[], object]] = [
        lambda: workdir.read(path, 1_000),
        lambda: workdir.create(path, b"harm"),
        lambda: change(workdir, path, b"harm"),
        lambda: workdir.relative(path),
        lambda: workdir.directory(path),
    ]
    for touch in touches:
        with pytest.raises(PathRefused):
            touch()
    assert [p.name for p in outside.iterdir()] == ["secret"]
    assert (outside / "secret").read_text() == "secret"


def test_a_path_takes_few_descriptors_however_deep_it_is(workdir: Workdir) -> None:
    deep = "a/" * (MAX_DEPTH + 1)
    with pytest.raises(PathRefused, match="deeper"):
        workdir.create(f"{deep}x", b"")
    workdir.create(f"{deep[2:]}x", b"")


def test_a_sibling_with_the_same_beginning_is_outside(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "workshop").mkdir()
    (tmp_path / "workshop/a").write_text("x")
    with pytest.raises(PathRefused, match="outside"):
        Workdir(tmp_path / "work").read(str(tmp_path / "workshop/a"), 10)


def test_links_that_stay_inside_are_followed(workdir: Workdir) -> None:
    root = workdir.root
    (root / "real").mkdir()
    (root / "real/file").write_text("text")
    (root / "deep").mkdir()
    (root / "deep/relative").symlink_to("../real")
    (root / "absolute").symlink_to(root / "real")
    (root / "file").symlink_to("deep/relative/file")
    for path in ("deep/relative/file", "absolute/file", "file", f"{root}/file"):
        assert workdir.read(path, 100) == b"text"
        assert workdir.relative(path) == "real/file"
    change(workdir, "file", b"new")
    assert (root / "real/file").read_text() == "new"
    assert (root / "file").is_symlink()


def test_a_root_that_is_a_link_may_be_named_either_way(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real/a").write_text("x")
    (tmp_path / "link").symlink_to("real")
    workdir = Workdir(tmp_path / "link")
    for path in ("a", f"{tmp_path}/link/a", f"{tmp_path}/real/a"):
        assert workdir.read(path, 10) == b"x"


@settings(max_examples=150, deadline=None)
@given(path=paths, link=targets, nested=targets)
def test_a_walk_ends_where_the_kernel_says_or_is_refused(
    tmp_path_factory: pytest.TempPathFactory, path: str, link: str, nested: str
) -> None:
    root = tmp_path_factory.mktemp("jail").resolve()
    (root / "a/b/c").mkdir(parents=True)
    (root / "c").write_text("x")
    (root / "link").symlink_to(link.format(root=root) or ".")
    (root / "a/link").symlink_to(nested.format(root=root) or ".")
    real = Path(os.path.realpath(root / path))
    try:
        with find(root, path) as place:
            found = root / place.path
            assert (root / found).is_relative_to(root)
            assert place.directory in descriptors()
    except (PathRefused, OSError):
        return
    else:
        if real.exists():
            assert Path(os.path.realpath(found)) == real
            assert real.is_relative_to(root)
    finally:
        shutil.rmtree(root)


def test_a_swap_of_a_directory_for_a_link_wins_nothing(
    workdir: Workdir, outside: Path
) -> None:
    root = workdir.root
    (root / "d").mkdir()
    (root / "d/secret").write_text("mine")
    ended = threading.Event()

    def swap() -> None:
        while not ended.is_set():
            (root / "d").rename(root / "aside")
            (root / "d").symlink_to(outside)
            (root / "d").unlink()
            (root / "aside").rename(root / "d")

    swapper = threading.Thread(target=swap)
    swapper.start()
    try:
        for _ in range(2_000):
            try:
                assert workdir.read("d/secret", 100) == b"mine"
            except (PathRefused, OSError):
                continue
    finally:
        ended.set()
        swapper.join()


def test_no_descriptor_is_left_open(workdir: Workdir) -> None:
    before = descriptors()
    (workdir.root / "link").symlink_to("/etc")
    touches: list[Callable[[str], object]] = [
        workdir.relative,
        lambda path: workdir.read(path, 1),
    ]
    for path in ("a/b/c", "link", "link/x", "missing/x"):
        for touch in touches:
            try:
                touch(path)
            except (PathRefused, OSError):
                continue
    assert descriptors() == before


@pytest.mark.parametrize(
    ("path", "leads_to", "names"),
    [
        ("new", "new", ()),
        ("new/deep/file", "new/deep/file", ()),
        ("link/new/file", "real/new/file", ("link/new/file",)),
        ("dangling/file", "real/missing/file", ("dangling/file",)),
        ("chain/file", "real/file", ("chain/file", "link/file")),
        ("real", "real", ()),
        (".", ".", ()),
    ],
)
def test_a_path_is_traced_whether_or_not_its_end_is_there(
    workdir: Workdir, path: str, leads_to: str, names: tuple[str, ...]
) -> None:
    root = workdir.root
    (root / "real").mkdir()
    (root / "link").symlink_to("real")
    (root / "chain").symlink_to("link")
    (root / "dangling").symlink_to("real/missing")
    target = workdir.trace(path)
    assert (target.path, target.names) == (leads_to, names)
    if path not in {".", "real"}:
        workdir.create(path, b"x")
        assert (root / leads_to).read_bytes() == b"x"


def test_what_lies_beside_a_head_is_told(workdir: Workdir) -> None:
    (workdir.root / "sub/refs").mkdir(parents=True)
    (workdir.root / "sub/HEAD").write_text("x")
    for path, beside in (
        ("sub/config", ("config",)),
        ("sub/refs/new/x", ("refs",)),
        ("sub/new/config", ("new",)),
        ("config", ()),
    ):
        assert workdir.trace(path).beside_head == beside


def test_a_path_that_something_is_in_the_way_of_leads_nowhere(workdir: Workdir) -> None:
    (workdir.root / "file").write_text("x")
    (workdir.root / "up").symlink_to("missing/../file")
    with pytest.raises(OSError, match="Not a directory"):
        workdir.trace("file/x")
    for act in (workdir.trace, lambda path: workdir.create(path, b"")):
        with pytest.raises(PathRefused, match="not there"):
            act("up")
    assert not (workdir.root / "missing").exists()


def test_no_directory_is_made_before_the_check_allows_it(workdir: Workdir) -> None:
    asked: list[str] = []

    def refuse(target: Target) -> None:
        asked.append(target.path)
        raise PathRefused("no")

    with pytest.raises(PathRefused, match="no"):
        workdir.guarded(refuse).create("a/b/file", b"x")
    assert asked == ["a/b/file"]
    assert list(workdir.root.iterdir()) == []
