from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Logs:
    """So many sessions (s_0, s_1, …) of so many events, which say the texts in turn.

    One session is written after the other, as most are in life: a session's events lie
    together. Interleaved, they lie as far apart as they can.
    """

    sessions: int
    length: int
    texts: Sequence[str]
    is_interleaved: bool = False

    def places(self) -> Iterator[tuple[int, str, int]]:
        """Yield each event's id, session and seq."""
        for number in range(self.sessions * self.length):
            if self.is_interleaved:
                seq, session = divmod(number, self.sessions)
            else:
                session, seq = divmod(number, self.length)
            yield number + 1, f"s_{session}", seq + 1

    def events(self) -> Iterator[tuple[object, ...]]:
        """Yield the rows of the events' table."""
        for id_, session, seq in self.places():
            text = self.texts[id_ % len(self.texts)]
            data = f'{{"type":"text","seq":{seq},"block":"m1.0","text":"{text}"}}'
            yield id_, session, seq, "text", "", id_, data
