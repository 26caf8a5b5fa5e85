import argparse
import sys
import typing
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal

import msgspec
from msgspec.structs import FieldInfo

from sessions_app.protocol.close_codes import CloseCode
from sessions_app.protocol.commands import AnyCommand
from sessions_app.protocol.encoding.codec import EVENT_TYPES
from sessions_app.protocol.engine_kind import EngineFacts
from sessions_app.protocol.events import Event
from sessions_app.protocol.frames import (
    AnyClientFrame,
    AnyServerFrame,
    SessionSummary,
)
from sessions_app.protocol.hidden_characters import (
    prose_pattern,
    reviewed_pattern,
    script_class,
)
from sessions_app.protocol.status import SessionStatus
from sessions_app.protocol.wire import Usage, WireValue

TARGET = Path(__file__).parent.parent / "frontend" / "src" / "protocol.ts"
# The fields that every event may have.
STAMP = ("session_id", "seq", "ts", "whole_id", "masked", "unmasked_id")
SCALARS: dict[object, str] = {
    str: "string",
    int: "number",
    float: "number",
    bool: "boolean",
    type(None): "null",
    Any: "unknown",
    msgspec.Raw: "AnyEvent",
    SessionStatus: "SessionStatus",
}
HEAD = """\
// Written by `python -m sessions_app.protocol.typescript`; do not edit.

export interface Stamp {
  sessionId: string;
  seq: number;
  ts: number;
  /** Too large to travel, so it is cut; the output of this id holds all of it. */
  wholeId?: string;
  /** Stars stand for secrets in it. */
  masked?: boolean;
  /** Names the encrypted original, which only the session's agent reads. */
  unmaskedId?: string;
}

/** An event of a type that this version of the page does not know. */
export interface UnknownEvent extends Stamp {
  type: string;
  [field: string]: unknown;
}
"""
TAIL = """\
export type AnyEvent = KnownEvent | UnknownEvent;

export function isKnown(event: AnyEvent): event is KnownEvent {
  return EVENT_TYPES.has(event.type);
}
"""


def render() -> str:
    """Return the protocol's Python types as one TypeScript module."""
    return "\n".join(_sections())


def _sections() -> Iterator[str]:
    yield HEAD
    yield _union("SessionStatus", (f'"{status}"' for status in SessionStatus))
    yield _close_codes()
    plain: tuple[type[msgspec.Struct], ...] = (Usage, EngineFacts, SessionSummary)
    for cls in (*plain, *WireValue.__subclasses__()):
        yield _interface(cls.__name__, "", _fields(cls))
    yield from _family("Event", "KnownEvent", EVENT_TYPES.values())
    yield from _family("Command", "AnyCommand", typing.get_args(AnyCommand))
    yield from _family("Frame", "ClientFrame", typing.get_args(AnyClientFrame))
    yield from _family("Frame", "ServerFrame", typing.get_args(AnyServerFrame))
    names = "".join(f'  "{name}",\n' for name in EVENT_TYPES)
    yield f"const EVENT_TYPES: ReadonlySet<string> = new Set([\n{names}]);\n"
    yield TAIL
    yield _hidden_characters()


def _hidden_characters() -> str:
    return (
        "/** Spelled out where a person reviews or decides. */\n"
        f"export const HIDDEN_IN_REVIEW = /{reviewed_pattern(script_class)}/gu;\n\n"
        "/** Spelled out in titles and messages. */\n"
        f"export const HIDDEN_IN_PROSE = /{prose_pattern(script_class)}/gu;\n"
    )


def _close_codes() -> str:
    lines = "".join(f"  {code.name}: {code.value},\n" for code in CloseCode)
    return f"export const CLOSE = {{\n{lines}}} as const;\n"


def _family(suffix: str, union: str, members: Iterable[type[Any]]) -> Iterator[str]:
    names = []
    for cls in members:
        names.append(cls.__name__ + suffix)
        base = "Stamp" if suffix == "Event" else ""
        tag = f'  type: "{cls.wire_type()}";\n'
        yield _interface(names[-1], base, tag + _fields(cls))
    yield _union(union, names)


def _interface(name: str, base: str, body: str) -> str:
    extends = f" extends {base}" if base else ""
    return f"export interface {name}{extends} {{\n{body}}}\n"


def _union(name: str, members: Iterable[str]) -> str:
    return f"export type {name} =\n" + "".join(f"  | {m}\n" for m in members) + "  ;\n"


def _fields(cls: type[msgspec.Struct]) -> str:
    # `more` is flattened on the wire; UnknownEvent's index signature covers it.
    left_out = {*STAMP, "more"} if issubclass(cls, Event) else set()
    fields = msgspec.structs.fields(cls)
    return "".join(_field(f) for f in fields if f.name not in left_out)


def _field(field: FieldInfo) -> str:
    # A field that equals its default is omitted on the wire, hence optional.
    mark = "" if field.required else "?"
    return f"  {field.encode_name}{mark}: {_type(field.type)};\n"


def _type(hint: Any) -> str:
    if hint in SCALARS:
        return SCALARS[hint]
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is Annotated:
        return _type(args[0])
    if origin is Literal:
        return " | ".join(f'"{value}"' for value in args)
    if origin in (UnionType, typing.Union):
        return " | ".join(_type(arg) for arg in args)
    if origin is tuple:
        return f"[{', '.join(_type(arg) for arg in args)}]"
    if origin is list:
        inner = _type(args[0])
        return f"({inner})[]" if " | " in inner else f"{inner}[]"
    if origin is dict:
        return f"Record<{_type(args[0])}, {_type(args[1])}>"
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return hint.__name__
    raise TypeError(f"no TypeScript is known for {hint!r}: teach it to _type")


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Write the page's protocol types.")
    parser.add_argument("--check", action="store_true", help="fail when out of date")
    parser.add_argument("--target", type=Path, default=TARGET)
    options = parser.parse_args(argv)
    if not options.check:
        options.target.write_text(render(), encoding="utf-8")
        return 0
    if options.target.exists() and options.target.read_text("utf-8") == render():
        return 0
    sys.stderr.write(
        f"{options.target.name} is out of date: "
        "run `python -m sessions_app.protocol.typescript`\n"
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
