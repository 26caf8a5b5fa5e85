import types
import typing
from enum import EnumType
from typing import Any, Literal

import msgspec
from hypothesis import strategies as st

from sessions_app.protocol.encoding.codec import ENVELOPE, EVENT_TYPES
from sessions_app.protocol.events import Count, Event
from sessions_app.protocol.wire import Wire

numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
json_values = st.recursive(
    st.none() | st.booleans() | numbers | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
    ),
    max_leaves=8,
)
json_objects = st.dictionaries(st.text(), json_values, max_size=4)

SCALARS: dict[Any, st.SearchStrategy[Any]] = {
    str: st.text(),
    bool: st.booleans(),
    int: st.integers(-(2**63), 2**63 - 1),
    float: st.floats(allow_nan=False, allow_infinity=False),
    type(None): st.none(),
    Any: json_values,
    Count: st.integers(0, 2**53 - 1),
}


def of_type(hint: Any) -> st.SearchStrategy[Any]:
    """Make values of one of the types that the protocol's fields have."""
    if hint in SCALARS:
        return SCALARS[hint]
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is Literal or isinstance(hint, EnumType):
        return st.sampled_from(list(args or hint))
    if origin in (types.UnionType, typing.Union):
        return st.one_of(*map(of_type, args))
    if origin is list:
        return st.lists(of_type(args[0]), max_size=3)
    if origin is tuple:
        return st.tuples(*map(of_type, args))
    if origin is dict:
        return st.dictionaries(of_type(args[0]), of_type(args[1]), max_size=3)
    return structs(hint)


def structs(cls: type[msgspec.Struct]) -> st.SearchStrategy[Any]:
    fields = [f for f in msgspec.structs.fields(cls) if f.name != "more"]
    hints = typing.get_type_hints(cls, include_extras=True)
    return st.builds(cls, **{f.name: of_type(hints[f.name]) for f in fields})


def wire_names(cls: type[Wire]) -> set[str]:
    names = {f.encode_name for f in msgspec.structs.fields(cls)} - {"more"}
    return names | {"type"}


def more_of(cls: type[Event]) -> st.SearchStrategy[dict[str, Any]]:
    """Make fields that a later version of the protocol may have added."""
    known = wire_names(cls)
    names = st.text().filter(lambda name: name not in known) | st.just("more")
    return st.dictionaries(names, json_values, max_size=3)


events = st.sampled_from(list(EVENT_TYPES.values())).flatmap(structs)
events_of_the_future = st.sampled_from(list(EVENT_TYPES.values())).flatmap(
    lambda cls: st.tuples(structs(cls), more_of(cls))
)
stamps = st.fixed_dictionaries(
    {}, optional={"sessionId": st.text(), "seq": SCALARS[Count], "ts": SCALARS[Count]}
)
unknown_objects = st.tuples(
    st.text(min_size=1).filter(lambda name: name not in EVENT_TYPES),
    stamps,
    st.dictionaries(
        st.text().filter(lambda name: name not in ENVELOPE) | st.just("more"),
        json_values,
        max_size=4,
    ),
).map(lambda parts: {"type": parts[0], **parts[1], **parts[2]})
