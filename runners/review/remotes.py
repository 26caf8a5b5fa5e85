import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from runners.review.place import ReviewPlace
from runners.worktrees.git import Git, GitFailed

REMOTES = "remotes.json"  # in the store: the remotes that the session began with
Transport = Literal["https", "http", "ssh", "git", "file", "other"]
SCHEMES: dict[str, Transport] = {
    "https": "https", "http": "http", "ssh": "ssh", "git+ssh": "ssh", "ssh+git": "ssh",
    "git": "git", "file": "file",
}  # fmt: skip
_SCHEME = re.compile(r"([A-Za-z0-9][A-Za-z0-9+.-]*)://")
_HELPER = re.compile(r"[A-Za-z0-9][A-Za-z0-9+.-]*::")
_HOST = re.compile(r"(?:[^/@:]*@)?([^/:]+):(?!:)(.*)")  # user@host:path
UNKNOWN = "the session began before Ringside kept its remotes: push by hand"
LISTED = ("config", "--get-regexp", "-z", r"^remote\..*\.(url|pushurl)$")


@dataclass(frozen=True, slots=True)
class Remote:
    """Where a remote's pushes go; `urls` as the configuration writes them."""

    name: str
    urls: tuple[str, ...]

    @property
    def url(self) -> str:
        return self.urls[0]

    @property
    def shown(self) -> str:
        """The address without a user and a password."""
        return without_user(self.url)


def note_remotes(place: ReviewPlace) -> None:
    """Keep the remotes as a session finds them, before its agent begins, once.

    Raises GitFailed.
    """
    path = place.store / REMOTES
    if path.exists():
        return
    remotes = _configured(place.open())
    try:
        path.write_bytes(msgspec.json.encode(remotes))
    except OSError as error:
        raise GitFailed(f"{path} cannot be written: {error.strerror}") from None


def remotes_of(place: ReviewPlace) -> list[Remote]:
    """The remotes that the session began with. Raises GitFailed if nobody knows."""
    try:
        data = (place.store / REMOTES).read_bytes()
        return msgspec.json.decode(data, type=list[Remote])
    except (OSError, msgspec.MsgspecError):
        raise GitFailed(UNKNOWN) from None


def why_no_push(remote: Remote, now: list[Remote]) -> str:
    """Why nothing is pushed to a remote, in words; "" if it can be.

    `now` is what the repository's configuration says today: an agent can write it.
    """
    said = next((one.urls for one in now if one.name == remote.name), ())
    if said != remote.urls:
        there = without_user(said[0]) if said else "gone"
        return (
            f"its address was {remote.shown} when the session began, and is {there} "
            "now: put it back, or push by hand"
        )
    if len(remote.urls) > 1:
        return "it has several addresses: push by hand"
    if transport_of(remote.url) == "other":
        return f"Ringside does not push to {remote.shown}: push by hand"
    return ""


def current_remotes(place: ReviewPlace) -> list[Remote]:
    """The remotes that the repository's configuration names now. Raises GitFailed."""
    return _configured(place.open())


def transport_of(url: str) -> Transport:
    """How git would reach an address; "other" of programs, and of relative paths."""
    if _HELPER.match(url) or url.startswith("-"):
        return "other"
    if scheme := _SCHEME.match(url):
        return SCHEMES.get(scheme[1].lower(), "other")
    if _HOST.match(url):
        return "ssh"
    return "file" if url.startswith("/") else "other"


def host_and_path(url: str) -> tuple[str, str]:
    """The host and the path of an address on another machine; empty of others."""
    if _SCHEME.match(url):
        parts = urlsplit(url)
        return parts.hostname or "", _named(parts.path)
    found = _HOST.fullmatch(url)
    return (found[1], _named(found[2])) if found else ("", "")


def without_user(url: str) -> str:
    """An address as it may be shown."""
    return re.sub(r"://[^/@]*@", "://", url, count=1)


def _named(path: str) -> str:
    return path.strip("/").removesuffix(".git")


def _configured(git: Git) -> list[Remote]:
    listed = git.outcome(*LISTED)  # exits with 1 if there is none
    found: dict[str, dict[str, list[str]]] = {}
    for entry in filter(None, listed.out.split("\0")):
        key, _, value = entry.partition("\n")
        name, _, kind = key.removeprefix("remote.").rpartition(".")
        found.setdefault(name, {}).setdefault(kind, []).append(value)
    return [
        Remote(name, tuple(urls.get("pushurl") or urls.get("url") or ()))
        for name, urls in sorted(found.items())
    ]
