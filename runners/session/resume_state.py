from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self

from sessions_app.protocol.events import (
    AgentSpawn,
    Approval,
    ApprovalRequest,
    Event,
    ToolResult,
)


@dataclass(frozen=True, slots=True)
class ResumeState:
    """What a log says of tool calls, for the runner that goes on with them."""

    children: Mapping[str, str] = field(default_factory=dict)  # by the call
    asked: frozenset[str] = frozenset()  # calls that a person may still answer

    @classmethod
    def of(cls, log: Iterable[Event]) -> Self:
        children: dict[str, str] = {}
        asked: set[str] = set()
        for event in log:
            match event:
                case AgentSpawn(tool_use_id=call, child_id=child):
                    children[call] = child
                case ApprovalRequest(tool_use_id=call):
                    asked.add(call)
                case Approval(tool_use_id=call) | ToolResult(tool_use_id=call):
                    asked.discard(call)
        return cls(children, frozenset(asked))
