from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sessions_app.masking.formats import CONTEXT_CHARS, FORMATS, Candidate, Format
from sessions_app.masking.secret_spans import Span, covered, key_end_spans

# A word that may be a secret is held back up to this length; a longer one is covered.
HOLD_MAX_CHARS = 256
RESUME_CHARS = 32  # end of a secret that is matched again when its text goes on


@dataclass(frozen=True, slots=True)
class OpenRun:
    """A candidate that reaches the end of the text so far and may continue."""

    prefix_length: int
    length: int  # characters of its body
    has_needed: bool
    is_secret: bool


class StreamMask:
    """Masks the secrets of one text that arrives in pieces of any length.

    While the last word may still become a secret, its characters after the prefix are
    held back, until the word has ended or is long enough to be one.
    """

    def __init__(self, formats: Iterable[Format] = FORMATS) -> None:
        self._formats = tuple(formats)
        self._text = ""  # context already released, then the text held back
        self._held = 0  # characters at the end of `_text`
        self._open: Mapping[Format, OpenRun] = {}
        self._spans: list[Span] = []  # secrets in the text held back

    @property
    def held(self) -> str:
        """The text that was received and not released yet."""
        return self._text[len(self._text) - self._held :]

    def feed(self, piece: str) -> str:
        """Add a piece of text; return the masked text that can be released now."""
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
        """Continue a candidate; its prefix may have grown, or no longer match."""
        came_before = len(self._text)
        body = came_before - before.length
        if before.is_secret:
            # Match only the end of a long body again: matching all of it for each piece
            # would take time quadratic in its length.
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
