import json
from dataclasses import dataclass, field
from typing import Any

from anthropic import AsyncAnthropic

MODEL = "claude-opus-5-5"
TOOL_NAMES = (
    "read_file",
    "write_file",
    "edit_file",
    "bash",
    "grep",
    "glob",
    "spawn_agent",
)
TOOLS: list[Any] = [
    {"name": name, "input_schema": {"type": "object"}} for name in TOOL_NAMES
]


@dataclass
class Answer:
    """One streamed answer, put together from its raw events."""

    events: list[Any] = field(default_factory=list)
    content: list[dict[str, Any]] = field(default_factory=list)
    inputs: dict[int, str] = field(default_factory=dict)
    stop_reason: str | None = None
    stop_details: Any = None
    usage: Any = None
    first_usage: Any = None
    finished: bool = False

    def take(self, event: Any) -> None:
        self.events.append(event)
        match event.type:
            case "message_start":
                self.first_usage = event.message.usage
            case "content_block_start":
                self.content.append(event.content_block.to_dict(mode="json"))
            case "content_block_delta":
                self._grow(event.index, event.delta)
            case "content_block_stop" if event.index in self.inputs:
                given = json.loads(self.inputs[event.index])
                self.content[event.index]["input"] = given
            case "message_delta":
                self.stop_reason = event.delta.stop_reason
                self.stop_details = event.delta.stop_details
                self.usage = event.usage
            case "message_stop":
                self.finished = True

    def _grow(self, index: int, delta: Any) -> None:
        match delta.type:
            case "text_delta":
                self.content[index]["text"] += delta.text
            case "thinking_delta":
                self.content[index]["thinking"] += delta.thinking
            case "signature_delta":
                self.content[index]["signature"] = delta.signature
            case "input_json_delta":
                known = self.inputs.get(index, "")
                self.inputs[index] = known + delta.partial_json

    def texts(self, kind: str = "text") -> list[str]:
        return [block[kind] for block in self.content if block["type"] == kind]

    def calls(self) -> list[dict[str, Any]]:
        return [block for block in self.content if block["type"] == "tool_use"]


class Talk:
    """A conversation with the simulator through the real client."""

    def __init__(self, client: AsyncAnthropic, prompt: str, **options: Any) -> None:
        self.client = client
        self.options = {"model": MODEL, "max_tokens": 100_000, "tools": TOOLS} | options
        self.messages: list[Any] = [{"role": "user", "content": prompt}]

    async def hear(self, into: Answer | None = None) -> Answer:
        """Stream one answer to the conversation, without adding it."""
        answer = into or Answer()
        create: Any = self.client.messages.create
        async with await create(
            messages=self.messages, stream=True, **self.options
        ) as stream:
            async for event in stream:
                answer.take(event)
        return answer

    async def turn(self) -> Answer:
        """Stream one answer and add it to the conversation."""
        answer = await self.hear()
        self.messages.append({"role": "assistant", "content": answer.content})
        return answer

    def say(self, content: str | list[dict[str, Any]]) -> None:
        self.messages.append({"role": "user", "content": content})


def results(answer: Answer, *outputs: str) -> list[dict[str, Any]]:
    """Answer an answer's calls, with `ok` where no output is given."""
    calls = answer.calls()
    padded = [*outputs, *["ok"] * (len(calls) - len(outputs))]
    return [
        {"type": "tool_result", "tool_use_id": call["id"], "content": output}
        for call, output in zip(calls, padded, strict=True)
    ]
