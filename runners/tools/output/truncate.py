from collections import deque


class HeadTail:
    """Keeps the beginning and the end of a text of any length."""

    def __init__(self, max_chars: int) -> None:
        self._head_room = max_chars - max_chars // 2
        self._tail_room = max_chars // 2
        self._head: list[str] = []
        self._tail: deque[str] = deque()
        self._tail_chars = 0
        self._left_out = 0

    @property
    def truncated(self) -> bool:
        return self._left_out > 0

    @property
    def text(self) -> str:
        head, tail = "".join(self._head), "".join(self._tail)
        if not self.truncated:
            return head + tail
        return f"{head}\n[… {self._left_out:,} characters left out …]\n{tail}"

    def add(self, piece: str) -> None:
        head, rest = piece[: self._head_room], piece[self._head_room :]
        self._head_room -= len(head)
        if head:
            self._head.append(head)
        if rest:
            self._tail.append(rest)
            self._tail_chars += len(rest)
            self._trim()

    def _trim(self) -> None:
        while (over := self._tail_chars - self._tail_room) > 0:
            oldest = self._tail.popleft()
            kept = oldest[over:]
            if kept:
                self._tail.appendleft(kept)
            self._tail_chars -= len(oldest) - len(kept)
            self._left_out += len(oldest) - len(kept)


def cut(text: str, max_chars: int) -> tuple[str, bool]:
    """Cut a text to its head and tail; also returns whether anything was cut."""
    kept = HeadTail(max_chars)
    kept.add(text)
    return kept.text, kept.truncated
