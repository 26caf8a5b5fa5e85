import fnmatch
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

MAX_ALTERNATIVES = 64
_BRACES = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class GlobPattern:
    """A glob for paths relative to a root.

    `*` and `?` stay within a name, `**` spans directories, `{a,b}` is a choice; a
    pattern without a slash matches a name in any directory. Matching takes polynomial
    time for every pattern, because the whole runner waits meanwhile.
    """

    alternatives: tuple[tuple[str, ...], ...]

    @classmethod
    def parse(cls, pattern: str) -> "GlobPattern":
        """Parse a pattern. Raises ValueError if it has too many alternatives."""
        expanded = list(islice(_expanded([pattern]), MAX_ALTERNATIVES + 1))
        if len(expanded) > MAX_ALTERNATIVES:
            raise ValueError(f"more than {MAX_ALTERNATIVES} alternatives")
        return cls(tuple(tuple(_segments(glob)) for glob in expanded))

    def matches(self, path: str) -> bool:
        names = path.split("/")
        return any(_match(segments, names) for segments in self.alternatives)


def _expanded(globs: list[str]) -> Iterator[str]:
    while globs:
        glob = globs.pop()
        braces = _BRACES.search(glob)
        if braces is None:
            yield glob
            continue
        before, after = glob[: braces.start()], glob[braces.end() :]
        globs += [f"{before}{choice}{after}" for choice in braces[1].split(",")]


def _segments(glob: str) -> Iterator[str]:
    segments = [part for part in glob.split("/") if part not in {"", "."}]
    if len(segments) == 1:
        yield "**"
    yield from segments
    if segments[-1:] == ["**"]:  # matches entries below, not the directory itself
        yield "*"


def _match(segments: Sequence[str], names: Sequence[str]) -> bool:
    """Match segment by segment; `reached` holds the possible positions in `names`."""
    reached = {0}
    for segment in segments:
        if segment == "**":
            reached = set(range(min(reached), len(names) + 1))
        else:
            reached = {
                place + 1
                for place in reached
                if place < len(names) and fnmatch.fnmatchcase(names[place], segment)
            }
        if not reached:
            return False
    return len(names) in reached
