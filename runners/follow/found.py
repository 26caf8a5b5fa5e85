from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from runners.follow.source import TranscriptSource
from sessions_app.protocol.engine_kind import EngineKind


@dataclass(frozen=True, slots=True)
class FoundTranscript:
    """A transcript of an agent's that was found on this machine.

    `root` names the main session of a sub-agent's transcript, `parent` the one that
    has started it, if that is known; both are "" for a main session's.
    """

    kind: EngineKind
    name: str  # the agent's own name for the session
    open: Callable[[], TranscriptSource]
    modified: float  # s since 1970
    stamp: object  # differs whenever there may be something new
    path: Path | None = None  # of a file that has this transcript alone
    root: str = ""
    parent: str = ""
    call: str = ""  # the tool call that has started the sub-agent, if that is known
    task: str = ""
    first: str = ""  # names the first entry: transcripts that share it share a history
    began: str = ""  # when that is said to have begun which the transcript tells first

    @property
    def agent(self) -> str:
        return self.kind.continued_by


@dataclass(slots=True)
class Family:
    """A main session's transcript, and those of all its sub-agents."""

    top: FoundTranscript
    below: list[FoundTranscript] = field(default_factory=list)

    @property
    def modified(self) -> float:
        return max(one.modified for one in (self.top, *self.below))

    @property
    def stamps(self) -> object:
        return frozenset((one.name, one.stamp) for one in (self.top, *self.below))

    def replace(self, found: FoundTranscript) -> bool:
        """Put a transcript in the place of its earlier look; False: it is new."""
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
        """What families with the same first entry have in common."""
        return (self.top.agent, self.top.first) if self.top.first else self.key


def families(found: Iterable[FoundTranscript]) -> list[Family]:
    """Put sub-agents to their main sessions; the newest family comes first.

    Transcripts that share their first entry come one after the other, the oldest of
    them first: it has the entries that the others repeat. A sub-agent without its
    main session stands alone.
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
