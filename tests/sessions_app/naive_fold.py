import json
from dataclasses import dataclass, field
from typing import Any


@dataclass
class NaiveFold:
    """What a viewer shows after the events it has read: the plain rules, no more."""

    blocks: dict[str, str] = field(default_factory=dict)  # in order, with their texts
    outputs: dict[str, str] = field(default_factory=dict)
    seqs: list[int] = field(default_factory=list)

    def read(self, body: str | None) -> None:
        for event in json.loads(f"[{body or ''}]"):
            assert not self.seqs or event["seq"] > self.seqs[-1]
            self.seqs.append(event["seq"])
            self._fold(event)

    def _fold(self, event: dict[str, Any]) -> None:
        match event["type"]:
            case "block_start":
                self.blocks[event["block"]] = ""
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
                gone = [b for b in self.blocks if b.rpartition(".")[0] == message]
                for block in gone:
                    del self.blocks[block]


def _add(texts: dict[str, str], key: str, event: dict[str, Any]) -> None:
    units = texts.get(key, "").encode("utf-16-le")
    offset = 2 * event["offset"]
    assert offset <= len(units), f"a hole before {event}"
    texts[key] = units[:offset].decode("utf-16-le") + event["delta"]
