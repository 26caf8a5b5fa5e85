from collections import Counter


class SocketCount:
    """Counts the open sockets, in total and per person, and limits both."""

    def __init__(self, most: int, most_of_one: int) -> None:
        self._most = most
        self._most_of_one = most_of_one
        self._of: Counter[str] = Counter()
        self.total = 0

    def enter(self, who: str) -> bool:
        """Count a socket; return False, without counting it, at a limit."""
        if self.total >= self._most or self._of[who] >= self._most_of_one:
            return False
        self._of[who] += 1
        self.total += 1
        return True

    def leave(self, who: str) -> None:
        self.total -= 1
        self._of[who] -= 1
        if self._of[who] <= 0:
            del self._of[who]
