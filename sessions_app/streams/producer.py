import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from sessions_app.streams.refusal import StreamRefusal, bad_request

WHOLE = re.compile(r"[0-9]{1,16}", re.ASCII)
MOST = 2**53 - 1
NAME_MAX_CHARS = 200


@dataclass(frozen=True, slots=True)
class ProducerRequest:
    """Which producer sends a request, and the how manieth of its epoch it is."""

    name: str
    epoch: int
    seq: int

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> "ProducerRequest | None":
        """Read the producer's headers, if there are any. Raises StreamRefusal."""
        names = ("Producer-Id", "Producer-Epoch", "Producer-Seq")
        given = [headers.get(name) for name in names]
        if given == [None, None, None]:
            return None
        name, epoch, seq = (text or "" for text in given)
        if not name or len(name) > NAME_MAX_CHARS or "\0" in name:
            raise bad_request(f"Producer-Id: 1 to {NAME_MAX_CHARS} characters")
        return cls(name, _whole("Producer-Epoch", epoch), _whole("Producer-Seq", seq))

    @property
    def headers(self) -> dict[str, str]:
        return {"Producer-Epoch": str(self.epoch), "Producer-Seq": str(self.seq)}

    def is_new_after(self, last: "ProducerRequest | None") -> bool:
        """Whether the request is the next one; False: it has been accepted before.

        `last`: the producer's last request that was accepted. Raises StreamRefusal
        for a request of an old epoch, and for one that comes too early.
        """
        if last is not None and self.epoch < last.epoch:
            raise StreamRefusal(
                HTTPStatus.FORBIDDEN,
                f"This producer goes on in epoch {last.epoch}: stop, or begin a later"
                " epoch.",
                {"Producer-Epoch": str(last.epoch)},
            )
        if last is not None and self.epoch == last.epoch:
            self._check(last.seq + 1)
            return self.seq > last.seq
        if last is not None and self.seq != 0:
            raise bad_request("Producer-Seq: a new epoch begins with 0")
        self._check(0)
        return True

    def _check(self, expected: int) -> None:
        if self.seq > expected:
            told = {
                "Producer-Expected-Seq": str(expected),
                "Producer-Received-Seq": str(self.seq),
            }
            raise StreamRefusal(
                HTTPStatus.CONFLICT,
                f"Producer-Seq: expected {expected}, a request before it is missing.",
                told,
            )


def _whole(name: str, text: str) -> int:
    if not WHOLE.fullmatch(text) or int(text) > MOST:
        raise bad_request(f"{name}: expected a whole number, at most {MOST}")
    return int(text)
