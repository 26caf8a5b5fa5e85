from collections import deque
from collections.abc import Callable, Sequence

from runners.engines.acp.rpc import AgentRefused, Answer, RpcPeer
from runners.engines.acp.shape import count_of, object_of, text_of
from sessions_app.protocol.wire import Json

STEER = "_session/steering"
# Return a message that arrives after the turn, instead of starting a turn with it.
STEER_META: Json = {"steering": {"idleBehavior": "promptRequired"}}
USAGE = (
    ("inputTokens", "inputTokens"),
    ("outputTokens", "outputTokens"),
    ("cacheReadTokens", "cachedReadTokens"),
    ("cacheCreationTokens", "cachedWriteTokens"),
)


class Prompts:
    """The queue of people's messages to one agent session.

    A message that arrives during a prompt is sent at once to agents that accept it
    (`steers` or `queues`), to others after the prompt. `ended` is called with the
    answer to each prompt and the number of prompts still running, `changed` when the
    agent is ready for the next one.
    """

    def __init__(
        self,
        peer: RpcPeer,
        session: str,
        *,
        steers: bool,
        queues: bool,
        ended: Callable[[int, Answer], None],
        changed: Callable[[], None],
    ) -> None:
        self.waiting: deque[str] = deque()
        self.running = 0
        self._peer = peer
        self._session = session
        self._steers = steers
        self._queues = queues
        self._ended = ended
        self._changed = changed
        self._steering = 0

    @property
    def is_idle(self) -> bool:
        return not (self.waiting or self.running or self._steering)

    def send(self) -> None:
        """Send all waiting messages as one prompt."""
        texts, self.waiting = [*self.waiting], deque()
        self.running += 1
        params = {"sessionId": self._session, "prompt": _blocks(texts)}
        self._peer.call("session/prompt", params, self._done)

    def send_into(self) -> None:
        """Send waiting messages into the running prompt, if the agent accepts them."""
        if self._steers and not self._steering:
            self._steer()
        elif self._queues and not self._steers:
            self.send()

    def _steer(self) -> None:
        texts, self.waiting = [*self.waiting], deque()
        self._steering += 1

        def done(answer: Answer) -> None:
            self._steering -= 1
            if isinstance(answer, AgentRefused):
                self._steers = False
            if isinstance(answer, AgentRefused) or _is_late(answer):
                self.waiting.extendleft(reversed(texts))
            self._changed()

        params = {
            "sessionId": self._session,
            "prompt": _blocks(texts),
            "_meta": STEER_META,
        }
        self._peer.call(STEER, params, done)

    def _done(self, answer: Answer) -> None:
        self.running -= 1
        self._ended(self.running, answer)
        self._changed()


def usage_of(answer: Json) -> Json:
    """Return the tokens that the answer to a prompt reports."""
    usage = object_of(answer.get("usage"))
    counts = {ours: count_of(usage.get(theirs)) for ours, theirs in USAGE}
    return {name: count for name, count in counts.items() if count}


def stop_reason(answer: Json) -> str:
    return text_of(answer.get("stopReason")) or "end_turn"


def _blocks(texts: Sequence[str]) -> list[Json]:
    return [{"type": "text", "text": text} for text in texts]


def _is_late(answer: Json) -> bool:
    return answer.get("outcome") == "promptRequired"
