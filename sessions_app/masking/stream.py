from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sessions_app.masking.formats import CONTEXT_CHARS, FORMATS, Candidate, Format
from sessions_app.masking.secrets import Span, covered, key_end_spans

# An undecided word is held back up to this length; a longer one is shown covered.
HOLD_MAX_CHARS = 256
RESUME_CHARS = 32  # of a run, looked at again when more of it comes


@dataclass(frozen=True, slots=True)
class OpenRun:
    """A run that reaches the end of what has come so far, and may go on."""

    prefix_length: int
    length: int  # of its body
    has_needed: bool
    is_secret: bool


class StreamMask:
    """Covers the secrets of one text that comes in pieces, wherever those end.

    Nobody can tell yet whether the word that comes in is a secret, so its characters
    after the prefix are held back until it has ended or is long enough.
    """

    def __init__(self, formats: Iterable[Format] = FORMATS) -> None:
        self._formats = tuple(formats)
        self._text = ""  # context that was given out, then what is held back
        self._held = 0  # characters at the end of `_text`
        self._open: Mapping[Format, OpenRun] = {}
        self._spans: list[Span] = []  # secrets in what is held back

    @property
    def held(self) -> str:
        """What has come and was not given out yet."""
        return self._text[len(self._text) - self._held :]

    def feed(self, piece: str) -> str:
        """Take a piece; return what may be shown now."""
        text = self._text + piece
        given = len(self._text) - self._held
        spans = [*self._spans, *key_end_spans(text)]
        open_: dict[Format, OpenRun] = {}
        hold_from = len(text)
        lower = text.lower()
        for each in self._formats:
            before = self._open.get(each)
            if before is None and each.hint not in lower:
                continue
            for run, state in self._runs(each, before, text):
                if state.is_secret:
                    spans.append((run.body, run.end))
                if run.end == len(text):
                    open_[each] = state
                    if not state.is_secret:
                        hold_from = min(hold_from, run.body)
        hold_from = max(hold_from, given)
        shown = covered(text, spans)[given:hold_from]
        self._open = open_
        self._held = len(text) - hold_from
        self._text = text[-(CONTEXT_CHARS + self._held) :]
        cut = len(text) - len(self._text)
        self._spans = [(a - cut, b - cut) for a, b in spans if b > hold_from]
        return shown

    def _runs(
        self, each: Format, before: OpenRun | None, text: str
    ) -> Iterable[tuple[Candidate, OpenRun]]:
        came_before = len(self._text)
        end = -1
        resumed = before and self._resumed(each, before, text)
        if resumed:
            end = resumed[0].end
            yield resumed
        for run in each.runs(text, after=came_before):
            if run.body <= end:
                continue
            has_needed = text.find(each.needed, run.body, run.end) >= 0
            length = run.end - run.body
            yield run, _state(each, run.body - run.start, length, has_needed)

    def _resumed(
        self, each: Format, before: OpenRun, text: str
    ) -> tuple[Candidate, OpenRun] | None:
        """Go on with a run; its prefix may have grown, or be none after all."""
        came_before = len(self._text)
        body = came_before - before.length
        if before.is_secret:
            # Long ones are not looked at from their beginning again.
            resume = came_before - min(before.length, RESUME_CHARS, came_before)
            end = each.run_end(text, resume)
            length = before.length + end - came_before
            run = Candidate(0, max(body, 0), end)
            return run, OpenRun(before.prefix_length, length, True, True)
        start = body - before.prefix_length
        prefix = each.prefix.match(text, start)
        if prefix is None:
            return None
        run = Candidate(start, prefix.end(), each.run_end(text, prefix.end()))
        has_needed = text.find(each.needed, run.body, run.end) >= 0
        length = run.end - run.body
        return run, _state(each, run.body - start, length, has_needed)


def _state(each: Format, prefix_length: int, length: int, has_needed: bool) -> OpenRun:
    is_secret = each.accepts(length, has_needed) or length > HOLD_MAX_CHARS
    return OpenRun(prefix_length, length, has_needed, is_secret)
