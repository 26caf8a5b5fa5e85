import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

Fields = dict[str, Any]


@dataclass
class NaiveFold:
    """What a viewer shows after the events it has read: the plain rules, no more."""

    blocks: dict[str, str] = field(default_factory=dict)  # in order, with their texts
    outputs: dict[str, str] = field(default_factory=dict)
    seqs: list[int] = field(default_factory=list)
    _said: set[str] = field(default_factory=set)  # blocks that are the agent's text

    @property
    def text(self) -> str:
        """All that the agent said."""
        said = [text for block, text in self.blocks.items() if block in self._said]
        return "".join(said)

    def read(self, body: str | None) -> None:
        for event in json.loads(f"[{body or ''}]"):
            assert not self.seqs or event["seq"] > self.seqs[-1]
            self.seqs.append(event["seq"])
            self.add(event)

    def add(self, event: Fields) -> None:
        """Fold one event in. Raises ValueError where the log has a hole."""
        match event:
            case {"type": "block_start", "block": block, "kind": "text"} | {
                "type": "text_delta" | "text",
                "block": block,
            }:
                self._said.add(block)
        match event["type"]:
            case "block_start":
                self.blocks.setdefault(event["block"], "")
            case "text_delta" | "thinking_delta" | "tool_input_delta":
                _add(self.blocks, event["block"], event)
            case "tool_output_delta":
                _add(self.outputs, event["toolUseId"], event)
            case "text" | "thinking":
                self.blocks[event["block"]] = event["text"]
            case "tool_use":
                self.blocks[event["block"]] = json.dumps(event["input"])
            case "tool_result":
                self.outputs[event["toolUseId"]] = event["output"]
            case "turn_discarded":
                message = event["messageId"]
                gone = [b for b in self.blocks if b.startswith(f"{message}.")]
                for block in gone:
                    del self.blocks[block]


def text_of(events: Iterable[Fields]) -> str:
    """Fold a session's log into all that the agent said. Raises ValueError."""
    fold = NaiveFold()
    for event in events:
        fold.add(event)
    return fold.text


def _add(texts: dict[str, str], key: str, event: Fields) -> None:
    units = texts.get(key, "").encode("utf-16-le")
    offset = 2 * event["offset"]
    if offset > len(units):
        raise ValueError(f"an offset beyond the text: {event}")
    texts[key] = units[:offset].decode("utf-16-le") + event["delta"]
