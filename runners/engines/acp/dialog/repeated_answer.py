from dataclasses import dataclass, field


@dataclass(slots=True)
class RepeatedAnswer:
    """Finds a cut answer that the agent repeats from its beginning.

    The agent then sends the cut answer and the complete one as two messages with no
    tool call between. The first is retracted once the second contains all of it.
    """

    _last: str = ""  # the message before
    _last_text: str = ""
    _now: str = ""
    _text: list[str] = field(default_factory=list)

    def add(self, message: str, text: str) -> str:
        """Add a piece of a message; returns the message that it repeats, or ""."""
        if message != self._now:
            self._last, self._last_text = self._now, "".join(self._text)
            self._now, self._text = message, []
        self._text.append(text)
        if not self._last or not self._last_text:
            return ""
        said = "".join(self._text)
        if len(said) < len(self._last_text):
            if not self._last_text.startswith(said):
                self._last = ""
            return ""
        repeated = self._last if said.startswith(self._last_text) else ""
        self._last = ""
        return repeated

    def clear(self) -> None:
        """Forget both messages: an update that is no text came between."""
        self._last = self._now = self._last_text = ""
        self._text = []
