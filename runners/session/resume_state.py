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
    """Sub-agents and open approvals found in a log, for resuming a session."""

    # child session ids, by tool_use_id
    children: Mapping[str, str] = field(default_factory=dict)
    asked: frozenset[str] = frozenset()  # tool_use_ids of pending approvals

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
