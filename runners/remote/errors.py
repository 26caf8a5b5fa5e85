from typing import Self

import httpx2
import msgspec


class RemoteError(Exception):
    """The server refused a request; the text says why and what to do."""

    @classmethod
    def of(cls, answer: httpx2.Response) -> Self:
        """Read the reason from a problem document, or say what came instead."""
        try:
            problem = msgspec.json.decode(answer.content)
            return cls(str(problem["detail"]))
        except (msgspec.DecodeError, KeyError, TypeError):
            return cls(f"{answer.url} answered {answer.status_code}: is it Ringside?")
