import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from tests.agents.model_apis.scripted_server import (
    STREAM,
    WHOLE,
    Json,
    Script,
    scripted_server,
)

USAGE = {"promptTokenCount": 100, "candidatesTokenCount": 20, "totalTokenCount": 120}
# What Gemini CLI asks a small model beside the conversation: who speaks next.
ASIDE = json.dumps({"reasoning": "It is all said.", "next_speaker": "user"})


@contextmanager
def gemini_api(script: Script, pause_s: float = 0.0) -> Iterator[str]:
    """A server of the Gemini API; yields its base URL.

    Which answer comes next is told by how many results of calls the request has.
    """

    def answer(path: str, asked: Json) -> tuple[str, Iterable[bytes]]:
        if ":streamGenerateContent" not in path:
            said = _answer([{"text": ASIDE}], "STOP") | {"totalTokens": 100}
            return WHOLE, [json.dumps(said).encode()]
        parts = [p for item in asked["contents"] for p in item["parts"]]
        results = [part for part in parts if "functionResponse" in part]
        number = min(len(results), len(script) - 1)
        return STREAM, _streamed(*script[number])

    with scripted_server(answer, pause_s) as url:
        yield url


def _streamed(text: str, calls: Json) -> Iterator[bytes]:
    for word in text.split(" "):
        yield _event(_answer([{"text": f"{word} "}]))
    called = [{"name": name, "args": given} for name, given in calls.items()]
    yield _event(_answer([{"functionCall": call} for call in called], "STOP"))


def _answer(parts: list[Json], finish: str = "") -> Json:
    candidate: Json = {"content": {"role": "model", "parts": parts}, "index": 0}
    ends = {"finishReason": finish} if finish else {}
    return {"candidates": [candidate | ends], "usageMetadata": USAGE}


def _event(data: Json) -> bytes:
    return f"data: {json.dumps(data)}\n\n".encode()
