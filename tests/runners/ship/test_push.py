import re
import shutil
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings

from runners.review.remotes import host_and_path, transport_of, without_user
from runners.ship.push import Pushed, push
from runners.worktrees.git import GitFailed
from tests.runners.ship.ground import Ground
from tests.runners.worktrees.repositories import git, make_repository
from tests.servers.git_daemon import git_daemon

NAME = "of/an-agent"
NONE: frozenset[str] = frozenset()


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    path = tmp_path / "served" / "bare.git"
    git(tmp_path, "init", "-q", "--bare", str(path))
    return path


@pytest.fixture(params=["file", "git"])
def url(request: pytest.FixtureRequest, bare: Path) -> Iterator[str]:
    """The address of a bare repository, by two transports."""
    if request.param == "file":
        yield str(bare)
        return
    with git_daemon(bare.parent) as base:
        yield f"{base}/bare.git"


def begin(settings: LazySettings, tmp_path: Path, *urls: str) -> Ground:
    """A session that begins with a remote `origin`."""
    settings.WORKTREES_DIR = tmp_path / "worktrees"
    settings.REVIEW_DIR = tmp_path / "review"
    repository = make_repository(tmp_path / "repository")
    for url in urls:
        git(repository, "config", "--add", "remote.origin.url", url)
    return Ground.of(repository)


def pushed(ground: Ground, earlier: frozenset[str] = NONE) -> Pushed:
    return push(ground.place, ground.head, ("origin", NAME), earlier)


def there(bare: Path) -> str:
    return git(bare, "for-each-ref", "--format=%(refname) %(objectname)")


def test_a_branch_arrives_whole_and_again_does_nothing(
    settings: LazySettings, tmp_path: Path, bare: Path, url: str
) -> None:
    ground = begin(settings, tmp_path, url)
    head = ground.work("new.txt", "new\n")
    assert pushed(ground).commit == head
    assert there(bare) == f"refs/heads/{NAME} {head}"
    git(bare, "fsck", "--strict")
    pushed(ground)
    more = ground.work("more.txt", "more\n")
    pushed(ground)
    assert there(bare) == f"refs/heads/{NAME} {more}"


def test_only_what_the_session_itself_has_pushed_is_replaced(
    settings: LazySettings, tmp_path: Path, bare: Path, url: str
) -> None:
    ground = begin(settings, tmp_path, url)
    first = ground.work("new.txt", "new\n")
    pushed(ground)
    git(ground.tree, "commit", "-q", "--amend", "-m", "anew")
    with pytest.raises(GitFailed, match="has other commits in"):
        pushed(ground)
    assert there(bare) == f"refs/heads/{NAME} {first}"
    pushed(ground, frozenset({first}))
    assert there(bare) == f"refs/heads/{NAME} {ground.head}"


def test_a_remote_that_was_changed_since_the_session_began_gets_nothing(
    settings: LazySettings, tmp_path: Path, bare: Path
) -> None:
    ground = begin(settings, tmp_path, str(bare))
    ground.work("new.txt", "new\n")
    other = tmp_path / "other.git"
    git(tmp_path, "init", "-q", "--bare", str(other))
    for key, value in (
        ("remote.origin.url", str(other)),
        ("remote.origin.pushurl", str(other)),
        ("remote.origin.pushurl", "ext::sh -c touch% ran"),
    ):
        kept = (ground.repository / ".git" / "config").read_text()
        git(ground.repository, "config", key, value)
        with pytest.raises(GitFailed, match="put it back, or push by hand"):
            pushed(ground)
        (ground.repository / ".git" / "config").write_text(kept)
    git(ground.repository, "remote", "add", "mine", str(other))
    with pytest.raises(GitFailed, match="no remote 'mine' when the session began"):
        push(ground.place, ground.head, ("mine", NAME), NONE)
    assert there(other) == there(bare) == ""


def test_nothing_that_the_repository_configures_has_a_say(
    settings: LazySettings, tmp_path: Path, bare: Path
) -> None:
    ground = begin(settings, tmp_path, str(bare))
    head = ground.work("new.txt", "new\n")
    ran, other = tmp_path / "ran", tmp_path / "other.git"
    git(tmp_path, "init", "-q", "--bare", str(other))
    for key, value in {
        f"url.{other}.insteadOf": str(bare),
        f"url.{other}.pushInsteadOf": str(bare),
        "remote.origin.receivepack": f"touch {ran}; git-receive-pack",
        "core.sshCommand": f"touch {ran}",
        "credential.helper": f"!touch {ran}",
        "core.hooksPath": str(tmp_path / "hooks"),
        "http.proxy": "http://127.0.0.1:1",
        "push.followTags": "true",
    }.items():
        git(ground.repository, "config", key, value)
    for hooks in (tmp_path / "hooks", ground.repository / ".git" / "hooks",
                  bare / "hooks"):  # fmt: skip
        hooks.mkdir(exist_ok=True)
        for name in ("pre-push", "pre-receive", "post-receive", "update"):
            (hooks / name).write_text(f"#!/bin/sh\ntouch {ran}\n")
            (hooks / name).chmod(0o755)
    git(ground.tree, "tag", "-a", "v1", "-m", "v1")
    pushed(ground)
    assert there(bare) == f"refs/heads/{NAME} {head}"
    assert there(other) == ""
    assert not ran.exists()


@pytest.mark.parametrize(
    ("url", "transport"),
    [
        ("https://github.com/a/b.git", "https"),
        ("http://h/a", "http"),
        ("ssh://git@h:22/a", "ssh"),
        ("git@github.com:a/b.git", "ssh"),
        ("git+ssh://h/a", "ssh"),
        ("git://h/a", "git"),
        ("/srv/a.git", "file"),
        ("file:///srv/a.git", "file"),
        ("ext::sh -c evil", "other"),
        ("fd::3", "other"),
        ("https::evil", "other"),
        ("evil://h/a", "other"),
        ("../a.git", "other"),
        ("-oProxyCommand=evil:a", "other"),
        ("--upload-pack=evil", "other"),
    ],
)
def test_programs_and_relative_paths_are_no_transport(
    url: str, transport: str, settings: LazySettings, tmp_path: Path
) -> None:
    assert transport_of(url) == transport
    if transport == "other":
        ground = begin(settings, tmp_path, url)
        ground.work("new.txt", "new\n")
        with pytest.raises(GitFailed, match="push by hand"):
            pushed(ground)


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://u:p@github.com/a/b.git", ("github.com", "a/b")),
        (
            "git@gitlab.example.org:group/sub/b.git",
            ("gitlab.example.org", "group/sub/b"),
        ),
        ("ssh://git@h:2222/a/b", ("h", "a/b")),
        ("/srv/a.git", ("", "")),
    ],
)
def test_the_host_and_the_name_of_a_repository_are_read(
    url: str, found: tuple[str, str]
) -> None:
    assert host_and_path(url) == found
    assert "p@" not in without_user(url)


def test_without_credentials_nobody_is_asked_and_the_refusal_says_what_to_do(
    settings: LazySettings, tmp_path: Path
) -> None:
    """A server that wants a password: git's own HTTP, with no terminal."""
    with locked_server() as base:
        ground = begin(settings, tmp_path, f"{base}/a/b.git")
        ground.work("new.txt", "new\n")
        with pytest.raises(GitFailed, match="no key or credential helper"):
            pushed(ground)


class locked_server:
    """Answers every request with 401."""

    def __enter__(self) -> str:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def __exit__(self, *_: object) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                connection.recv(65536)
                connection.sendall(
                    b"HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=x\r\n"
                    b"Content-Length: 0\r\nConnection: close\r\n\r\n"
                )


def test_a_remote_that_does_not_answer_is_given_up(
    settings: LazySettings, tmp_path: Path
) -> None:
    settings.SHIP_PUSH_MAX_S = 0.5
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        ground = begin(settings, tmp_path, f"git://127.0.0.1:{port}/a.git")
        ground.work("new.txt", "new\n")
        with pytest.raises(GitFailed, match=re.escape("took over 0.5 s")):
            pushed(ground)


def test_what_cannot_be_pushed_is_said(
    settings: LazySettings, tmp_path: Path, bare: Path
) -> None:
    ground = begin(settings, tmp_path, str(bare))
    ground.work("new.txt", "new\n")
    for name in ("", "-x", "a..b", "a b", "HEAD^{}"):
        with pytest.raises(GitFailed, match="no name for a branch"):
            push(ground.place, ground.head, ("origin", name), NONE)
    with pytest.raises(GitFailed, match="look again"):
        push(ground.place, ground.main, ("origin", NAME), NONE)
    shutil.rmtree(bare)
    with pytest.raises(GitFailed, match=r"origin .* took nothing"):
        pushed(ground)
    (ground.place.store / "remotes.json").unlink()
    with pytest.raises(GitFailed, match="push by hand"):
        pushed(ground)


def test_a_shallow_repository_is_pushed(
    settings: LazySettings, tmp_path: Path, bare: Path
) -> None:
    source = make_repository(tmp_path / "source")
    git(source, "commit", "-q", "--allow-empty", "-m", "second")
    git(source, "push", "-q", str(bare), "main")
    settings.WORKTREES_DIR = tmp_path / "worktrees"
    settings.REVIEW_DIR = tmp_path / "review"
    clone = tmp_path / "clone"
    git(
        tmp_path, "clone", "-q", "--depth=1", f"file://{bare}", str(clone), "-b", "main"
    )
    ground = Ground.of(clone)
    head = ground.work("new.txt", "new\n")
    pushed(ground)
    assert f"refs/heads/{NAME} {head}" in there(bare)
