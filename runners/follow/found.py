from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from runners.follow.source import TranscriptSource
from sessions_app.protocol.engine_kind import EngineKind


@dataclass(frozen=True, slots=True)
class FoundTranscript:
    """A transcript found on this machine.

    For a sub-agent, `root` names the main session and `parent` the session that started
    it, if known. Both are "" for a main session.
    """

    kind: EngineKind
    name: str  # the agent's own name for the session
    open: Callable[[], TranscriptSource]
    modified: float  # s since 1970
    stamp: object  # changes whenever there may be new entries
    path: Path | None = None  # if the transcript has a file of its own
    root: str = ""
    parent: str = ""
    call: str = ""  # the tool call that started the sub-agent, if known
    task: str = ""
    first: str = ""  # key of the first entry; forks share it
    began: str = ""  # start time that the first entry gives

    @property
    def agent(self) -> str:
        return self.kind.continued_by


@dataclass(slots=True)
class Family:
    """The transcripts of a main session and all its sub-agents."""

    top: FoundTranscript
    below: list[FoundTranscript] = field(default_factory=list)

    @property
    def modified(self) -> float:
        return max(one.modified for one in (self.top, *self.below))

    @property
    def stamps(self) -> object:
        return frozenset((one.name, one.stamp) for one in (self.top, *self.below))

    def replace(self, found: FoundTranscript) -> bool:
        """Replace a known transcript by its newer state; False if it is unknown."""
        if found.name == self.top.name:
            self.top = found
            return True
        for nth, one in enumerate(self.below):
            if one.name == found.name:
                self.below[nth] = found
                return True
        return False

    @property
    def key(self) -> tuple[str, str]:
        return self.top.agent, self.top.name

    @property
    def group(self) -> tuple[str, str]:
        """The key that forks of one session share: the first entry."""
        return (self.top.agent, self.top.first) if self.top.first else self.key


def families(found: Iterable[FoundTranscript]) -> list[Family]:
    """Group sub-agents with their main sessions, the newest family first.

    Forks (transcripts with the same first entry) follow each other, oldest first,
    because the oldest has the entries that the others repeat. A sub-agent whose main
    session is missing is a family by itself.
    """
    all_ = list(found)
    made = {(one.agent, one.name): Family(one) for one in all_ if not one.root}
    for one in all_:
        if not one.root:
            continue
        above = made.get((one.agent, one.root))
        if above is not None:
            above.below.append(one)
        else:
            made[one.agent, one.name] = Family(one)
    for family in made.values():
        family.below.sort(key=lambda one: (one.modified, one.name))
    newest: dict[object, float] = {}
    for family in made.values():
        before = newest.get(family.group, 0.0)
        newest[family.group] = max(before, family.modified)
    return sorted(
        made.values(),
        key=lambda each: (
            -newest[each.group],
            each.top.began,
            each.modified,
            each.key,
        ),
    )
