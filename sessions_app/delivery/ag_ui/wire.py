"""The events of AG-UI 1.0 that Ringside sends: https://docs.ag-ui.com/concepts/events."""

from collections.abc import Iterator
from typing import Literal

import msgspec

from sessions_app.protocol.encoding.codec import encode
from sessions_app.protocol.encoding.numbers import encoder
from sessions_app.protocol.events import Event
from sessions_app.protocol.prepared import prepared
from sessions_app.protocol.wire import Json, wire_name

PROTOCOL = "1.0"  # as RUN_STARTED declares it


def _tag(class_name: str) -> str:
    return wire_name(class_name).upper()


class AgUiEvent(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    tag=_tag,
    tag_field="type",
    rename="camel",
    omit_defaults=True,
):
    """One event of an AG-UI stream; `timestamp` is in ms since 1970."""

    timestamp: int = 0

    def encoded(self) -> bytes:
        return encoder.encode(self)


class Attributed(AgUiEvent, frozen=True, kw_only=True):
    """An event of the main agent or, if `subagent_run_id` is not "", of a sub-agent."""

    subagent_run_id: str = ""


class RunStarted(AgUiEvent, frozen=True, kw_only=True):
    thread_id: str
    run_id: str
    protocol_version: str


class OpenInterrupt(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A question that waits for a person; a `resume` entry names it by its `id`."""

    id: str
    reason: str
    message: str
    tool_call_id: str
    response_schema: Json
    metadata: Json
    subagent_run_id: str | msgspec.UnsetType = msgspec.UNSET


class Outcome(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why a run, or a sub-agent's part of it, ended."""

    type: Literal["success", "interrupt", "cancelled", "suspended"]
    interrupts: list[OpenInterrupt] = msgspec.field(default_factory=list)
    interrupt_ids: list[str] = msgspec.field(name="interruptIds", default_factory=list)


class RunFinished(AgUiEvent, frozen=True, kw_only=True):
    thread_id: str
    run_id: str
    outcome: Outcome


class RunError(AgUiEvent, frozen=True, kw_only=True):
    message: str
    code: str


class TextMessageStart(Attributed, frozen=True, kw_only=True):
    message_id: str
    role: Literal["assistant", "user"]


class TextMessageContent(Attributed, frozen=True, kw_only=True):
    message_id: str
    delta: str


class TextMessageEnd(Attributed, frozen=True, kw_only=True):
    message_id: str


class ReasoningStart(Attributed, frozen=True, kw_only=True):
    message_id: str


class ReasoningMessageStart(Attributed, frozen=True, kw_only=True):
    message_id: str
    role: Literal["reasoning"]


class ReasoningMessageContent(Attributed, frozen=True, kw_only=True):
    message_id: str
    delta: str


class ReasoningMessageEnd(Attributed, frozen=True, kw_only=True):
    message_id: str


class ReasoningEnd(Attributed, frozen=True, kw_only=True):
    message_id: str


class ToolCallStart(Attributed, frozen=True, kw_only=True):
    tool_call_id: str
    tool_call_name: str


class ToolCallArgs(Attributed, frozen=True, kw_only=True):
    tool_call_id: str
    delta: str


class ToolCallEnd(Attributed, frozen=True, kw_only=True):
    tool_call_id: str


class ToolCallResult(Attributed, frozen=True, kw_only=True):
    message_id: str
    tool_call_id: str
    content: str
    role: Literal["tool"]


class SubagentStarted(AgUiEvent, frozen=True, kw_only=True):
    subagent_run_id: str
    name: str
    description: str = ""
    parent_subagent_run_id: str = ""
    parent_tool_call_id: str = ""


class SubagentFinished(AgUiEvent, frozen=True, kw_only=True):
    subagent_run_id: str
    outcome: Outcome


class SubagentError(AgUiEvent, frozen=True, kw_only=True):
    subagent_run_id: str
    message: str
    code: str


class ActivitySnapshot(Attributed, frozen=True, kw_only=True):
    message_id: str
    activity_type: str
    content: Json


class StateSnapshot(AgUiEvent, frozen=True, kw_only=True):
    snapshot: Json


class Custom(Attributed, frozen=True, kw_only=True):
    """An event of the log that AG-UI has no word for; `value` is its JSON."""

    name: str
    value: msgspec.Raw


def encoded_json(value: Json) -> msgspec.Raw:
    return msgspec.Raw(encoder.encode(value))


@prepared
class _Type(msgspec.Struct):
    type: str


def custom(event: Event, owner: str) -> Custom:
    """Pass an event of the log on as it is."""
    raw = encode(event).encode()
    kind = msgspec.json.decode(raw, type=_Type).type
    return Custom(
        name=f"ringside.{kind}", value=msgspec.Raw(raw), subagent_run_id=owner
    )


Out = Iterator[AgUiEvent]
