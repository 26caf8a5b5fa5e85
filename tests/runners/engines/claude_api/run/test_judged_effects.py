"""What calls do to files is judged where and when it happens, not where they began."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runners.engines.claude_api.conversation.conversation import Conversation
from runners.engines.claude_api.options import Options
from runners.engines.claude_api.tool_runner import ToolRunner
from runners.permissions.mode import PermissionMode
from runners.permissions.rules import Rules
from runners.sandbox.workdir import Workdir
from runners.tools.call import ToolCall
from runners.tools.limits import Limits
from sessions_app.protocol.events import Approval, ApprovalRequest, ToolResult
from tests.runners.flipping import flipping
from tests.runners.tools.conftest import Shown

SECRET = "what nobody may read"
# Rules as people write them, and what they mean, said once more and naively.
DENIALS: dict[str, Callable[[str], bool]] = {
    "secrets/**": lambda path: path.startswith("secrets/"),
    "*.key": lambda path: path.endswith(".key"),
    "link/**": lambda path: path.startswith("link/"),
    "a/new": lambda path: path == "a/new",
    "{a,b}/x/*": lambda path: (
        path.startswith(("a/x/", "b/x/")) and path.count("/") == 2
    ),
}
OF_GIT = {"HEAD", "config", "objects", "refs", "hooks"}

names = st.sampled_from(["a", "b", "x", "new", "secrets", ".git", "link", "bare"])
last_names = st.sampled_from(["new", "n.key", "config", "HEAD", "x", "f.txt"])
deep = st.builds(
    lambda above, last: "/".join([*above, last]),
    st.lists(names, max_size=3),
    last_names,
)
of_git = st.sampled_from(["bare/config", "bare/refs/new", "bare/x", "link/refs/new"])
paths = deep | of_git | last_names.map("link/{}".format)
targets = st.sampled_from(["a", "secrets", ".git", "bare", "b/missing", "a/x", "../x"])
modes = st.sampled_from(["default", "acceptEdits", "bypass"])


@dataclass
class Person(Shown, list[Any]):
    """Somebody who approves every other question, and does what they like meanwhile."""

    held: Rules = field(default_factory=Rules)
    asked: dict[str, ApprovalRequest] = field(default_factory=dict)
    approved: set[str] = field(default_factory=set)
    meanwhile: Callable[[], None] = lambda: None
    approves: Callable[[str], bool] = lambda call: int(call) % 2 == 0

    async def rules(self) -> Rules:
        return self.held

    async def ask(self, request: ApprovalRequest) -> Approval:
        call = request.tool_use_id
        assert call not in self.asked
        self.asked[call] = request
        self.meanwhile()
        if not self.approves(call):
            return Approval(tool_use_id=call, decision="denied", reason="no")
        self.approved.add(call)
        return Approval(tool_use_id=call, decision="approved")


def build(root: Path) -> None:
    """A directory with a repository, and with half of one that lies about."""
    for name in ("a", "b", "secrets", ".git", "bare"):
        (root / name).mkdir()
    (root / "bare/HEAD").write_text("ref: refs/heads/main\n")
    (root / "secrets/f.txt").write_text(SECRET)
    (root / "a/f.txt").write_text("plain")


async def run(
    root: Path, person: Person, mode: PermissionMode, calls: Sequence[ToolCall]
) -> list[ToolResult]:
    """Run the calls of one turn side by side, as an agent does."""
    # One at a time: all are judged before most of them run.
    limits = Limits(parallel_calls=1)
    options = Options(model="any", permission_mode=mode, limits=limits)
    tools = ToolRunner(person, Workdir(root), options, Conversation())
    return list(await asyncio.gather(*map(tools.run, calls)))


def write(number: int, path: str) -> ToolCall:
    return ToolCall(
        f"{number}", "write_file", {"path": path, "content": f"by {number}"}
    )


def read(number: int, path: str) -> ToolCall:
    return ToolCall(f"{number}", "read_file", {"path": path})


def written(root: Path) -> dict[str, str]:
    """Where the content of each call has landed, through no link."""
    files = [p for p in root.rglob("*") if p.is_file() and not p.is_symlink()]
    found = {p.read_text(): str(p.relative_to(root)) for p in files}
    return {text[3:]: path for text, path in found.items() if text.startswith("by ")}


def is_gits(path: str) -> bool:
    """Naively: whether a file is git's, in a tree as `build` makes it."""
    parts = path.split("/")
    is_bare = parts[0] == "bare" and len(parts) > 1 and parts[1] in OF_GIT
    return ".git" in parts or parts[-1] == "HEAD" or is_bare


def relinked(
    link: Path, among: Sequence[str]
) -> contextlib.AbstractContextManager[None]:
    """Let a link lead to one place after the other, on a thread beside the test."""
    place = link.with_name("next")

    def lead_to(target: str) -> None:
        place.symlink_to(target)
        place.rename(link)

    return flipping(*(partial(lead_to, target) for target in among))


@settings(max_examples=200, deadline=None)
@given(
    mode=modes,
    denied=st.sets(st.sampled_from(sorted(DENIALS)), max_size=3),
    allowed=st.sampled_from([[], ["write_file(a/**)"], ["write_file"]]),
    links=st.lists(targets, min_size=1, max_size=4),
    wanted=st.lists(paths, min_size=1, max_size=12),
)
def test_no_write_lands_where_a_naive_judge_would_not_have_let_it(
    tmp_path_factory: pytest.TempPathFactory,
    mode: PermissionMode,
    denied: set[str],
    allowed: list[str],
    links: list[str],
    wanted: list[str],
) -> None:
    root = tmp_path_factory.mktemp("judged").resolve()
    build(root)
    (root / "link").symlink_to(links[0])
    deny = [
        f"{tool}({glob})" for glob in denied for tool in ("write_file", "read_file")
    ]
    person = Person(held=Rules.parse(allowed, deny))
    calls = [write(number, path) for number, path in enumerate(wanted)]
    calls += [read(100 + number, path) for number, path in enumerate(wanted)]
    with relinked(root / "link", links) if links[1:] else contextlib.nullcontext():
        results = asyncio.run(run(root, person, mode, calls))

    def is_denied(path: str) -> bool:
        return any(DENIALS[glob](path) for glob in denied)

    def lets(call: str, path: str) -> bool:
        if is_denied(path) or is_denied(wanted[int(call)]):
            return False
        if mode == "bypass" or call in person.approved:
            return True
        if is_gits(path):
            return False
        is_allowed = allowed == ["write_file"] or (
            bool(allowed) and path.startswith("a/")
        )
        return mode == "acceptEdits" or is_allowed

    landed = written(root)
    for call, path in landed.items():
        assert lets(call, path), (call, path)
    for directory in (p for p in root.rglob("*") if p.is_dir() and not p.is_symlink()):
        path = str(directory.relative_to(root))
        if path in {"a", "b", "secrets", ".git", "bare"}:
            continue
        below = [where for where in landed.values() if where.startswith(f"{path}/")]
        assert below or not is_denied(f"{path}/any"), path
    if "secrets/**" in denied:
        assert not any(SECRET in result.output for result in results)


@pytest.mark.parametrize(
    "path",
    [
        "secrets/a.txt",
        "secrets/deep/a.txt",
        "secrets/../secrets/a.txt",
        "./secrets//a.txt",
        "dangling/a.txt",
        "dangling/deep/a.txt",
        "end",
    ],
)
@pytest.mark.parametrize("mode", ["default", "acceptEdits", "bypass"])
async def test_a_denied_directory_is_denied_before_it_is_there(
    tmp_path: Path, mode: PermissionMode, path: str
) -> None:
    (tmp_path / "dangling").symlink_to("secrets")
    (tmp_path / "end").symlink_to("secrets/a.txt")
    person = Person(held=Rules.parse(["write_file"], ["write_file(secrets/**)"]))
    (result,) = await run(tmp_path, person, mode, [write(0, path)])
    assert result.is_error
    assert not person.asked
    assert not (tmp_path / "secrets").exists()


@pytest.mark.parametrize("path", [".git/config", ".git/hooks/x", "new/.git/config"])
async def test_a_repository_is_asked_about_before_it_is_there(
    tmp_path: Path, path: str
) -> None:
    person = Person(approves=lambda call: False)
    (result,) = await run(tmp_path, person, "acceptEdits", [write(0, path)])
    assert list(person.asked) == ["0"]
    assert result.is_error
    assert not any(tmp_path.iterdir())  # noqa: ASYNC240 - an empty directory


@pytest.mark.parametrize("first", ["HEAD", "config", "objects/x", "refs/x"])
async def test_no_order_of_writes_makes_a_bare_repository_unasked(
    tmp_path: Path, first: str
) -> None:
    names = ["HEAD", "config", "objects/x", "refs/x"]
    names.sort(key=lambda name: name != first)
    person = Person(approves=lambda call: False)
    calls = [write(n, f"sub/{name}") for n, name in enumerate(names)]
    await run(tmp_path, person, "acceptEdits", calls)
    assert [request.input["path"] for request in person.asked.values()] == ["sub/HEAD"]
    assert not (tmp_path / "sub/HEAD").exists()


async def test_what_a_sibling_has_linked_meanwhile_is_asked_about(
    tmp_path: Path,
) -> None:
    """A call is judged, waits for its turn, and finds a link where its path led."""
    build(tmp_path)
    person = Person(held=Rules.parse(["bash(ln *)"]), approves=lambda call: False)
    calls = [
        ToolCall("1", "bash", {"command": "ln -s .git sub"}),
        *[write(number, f"sub/w{number}") for number in range(2, 30)],
    ]
    await run(tmp_path, person, "acceptEdits", calls)
    for call, path in written(tmp_path).items():
        assert path == f"sub/w{call}"


@pytest.mark.parametrize("was", ["a", "missing"])
async def test_an_approved_write_goes_where_it_was_approved_or_nowhere(
    tmp_path: Path, was: str
) -> None:
    build(tmp_path)
    (tmp_path / "link").symlink_to(was)

    def relink() -> None:
        (tmp_path / "link").unlink()
        (tmp_path / "link").symlink_to("b")

    person = Person(meanwhile=relink, approves=lambda call: True)
    (result,) = await run(tmp_path, person, "default", [write(0, "link/new")])
    assert result.is_error
    assert "leads to b/new by now" in result.output
    assert written(tmp_path) == {}
    assert not (tmp_path / "missing").exists()


async def test_an_approved_write_goes_where_it_was_approved(tmp_path: Path) -> None:
    build(tmp_path)
    (tmp_path / "link").symlink_to(".git")
    person = Person(approves=lambda call: True)
    (result,) = await run(tmp_path, person, "acceptEdits", [write(0, "link/new/x")])
    assert not result.is_error
    assert written(tmp_path) == {"0": ".git/new/x"}
    (request,) = person.asked.values()
    assert "leads to .git/new/x" in request.reason


@pytest.mark.parametrize("path", ["../x", "/etc/x", "file/x", "loop/x", "a\0b"])
async def test_a_path_that_leads_nowhere_is_refused_unasked(
    tmp_path: Path, path: str
) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "loop").symlink_to("loop")
    person = Person()
    (result,) = await run(tmp_path, person, "default", [write(0, path)])
    assert result.is_error
    assert not person.asked


async def test_a_denied_file_is_not_read_by_another_name(tmp_path: Path) -> None:
    build(tmp_path)
    (tmp_path / "link").symlink_to("secrets")
    (tmp_path / "file").symlink_to("secrets/f.txt")
    person = Person(held=Rules.parse(deny=["read_file(secrets/**)"]))
    calls = [read(n, path) for n, path in enumerate(["link/f.txt", "file"])]
    for tool in ("grep", "glob"):
        for path in (".", "link", "secrets"):
            name = f"{len(calls)}"
            calls.append(ToolCall(name, tool, {"pattern": "w*", "path": path}))
    for result in await run(tmp_path, person, "bypass", calls):
        assert SECRET not in result.output
