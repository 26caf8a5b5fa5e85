from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, repeat

# A window is up to BLOCKS blocks of 2**LEVEL event ids; each is eight times the last.
LEVELS = (14, 17, 20, 23)
BLOCKS = 8
WHOLE = 63


@dataclass(frozen=True, slots=True)
class Window:
    """Events to look through at once: ids from `since` on, up to and without `before`.

    `level` None: so few that they are looked through one by one; WHOLE: all there are.
    """

    since: int
    before: int
    level: int | None = None

    @property
    def blocks(self) -> range:
        """Number the blocks that the window lies in; none where it is all."""
        if self.level is None or self.level == WHOLE:
            return range(0)
        return range(self.since >> self.level, (self.before - 1 >> self.level) + 1)


def windows(before: int) -> Iterator[Window]:
    """Go back from an event to the first one, in larger and larger windows.

    Common words are found in the first ones, and rare ones cost few questions.
    """
    for level in chain(LEVELS, repeat(LEVELS[-1])):
        if before <= 0:
            return
        newest = before - 1 >> level
        since = max(0, newest - BLOCKS + 1) << level
        yield Window(since, before, level)
        before = since
