from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, repeat

# A window is up to BLOCKS blocks of 2**level event ids; each level's is eight times the
# one before.
LEVELS = (14, 17, 20, 23)
BLOCKS = 8
WHOLE = 63


@dataclass(frozen=True, slots=True)
class Window:
    """A range of event ids to search at once: `since` included, `before` excluded.

    `level` is the size of the blocks that the index is asked for: 2**level ids. None:
    the window is small and is scanned entry by entry. WHOLE: the window has no blocks,
    since it begins at the first event.
    """

    since: int
    before: int
    level: int | None = None

    @property
    def blocks(self) -> range:
        """The numbers of the blocks that the window spans; empty without blocks."""
        if self.level is None or self.level == WHOLE:
            return range(0)
        return range(self.since >> self.level, (self.before - 1 >> self.level) + 1)


def windows(before: int) -> Iterator[Window]:
    """Yield larger and larger windows from an event id back to the first event.

    A common word is found in the first, small windows; a rare one needs few queries.
    """
    for level in chain(LEVELS, repeat(LEVELS[-1])):
        if before <= 0:
            return
        newest = before - 1 >> level
        since = max(0, newest - BLOCKS + 1) << level
        yield Window(since, before, level)
        before = since
