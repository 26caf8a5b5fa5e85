"""What an agent has said, by its own lines and by the log: read in the plainest way."""

import re
from collections.abc import Iterable

from tests.agents.wire_schema import Line
from tests.runners.sessions import Fields

Speech = dict[str, str]  # texts by the message's name; "" is for all without one
_NAMELESS = re.compile(r"a\d+")  # what the log calls a message that has no name
_RUN = re.compile(r"r\d+\.")  # what the log puts before the names of later runs


def speech_in_lines(lines: Iterable[Line], agent_session: str) -> Speech:
    """Join an agent's pieces of text; what it repeats of its history is left out."""
    said: Speech = {}
    loading = None
    for who, line in lines:
        params = line.get("params", {})
        if line.get("method") == "initialize":
            loading = None
        if line.get("method") == "session/load":
            loading = line["id"]
        elif who == "agent" and "method" not in line and line.get("id") == loading:
            loading = None
        update = params.get("update", {})
        is_text = update.get("sessionUpdate") == "agent_message_chunk"
        if is_text and loading is None and params["sessionId"] == agent_session:
            name = update.get("messageId") or ""
            said[name] = said.get(name, "") + update["content"].get("text", "")
    return said


def speech_in_log(events: Iterable[Fields]) -> Speech:
    """Join a log's texts without those that were retracted."""
    said: Speech = {}
    for event in events:
        if event["type"] == "text":
            name = _RUN.sub("", event["block"].rpartition(".")[0], count=1)
            name = "" if _NAMELESS.fullmatch(name) else name
            said[name] = said.get(name, "") + event["text"]
        elif event["type"] == "turn_discarded":
            said.pop(_RUN.sub("", event["messageId"], count=1), None)
    return said


def retracted(events: Iterable[Fields]) -> set[str]:
    """Return the names of the messages that a log has retracted."""
    gone = (e["messageId"] for e in events if e["type"] == "turn_discarded")
    return {_RUN.sub("", name, count=1) for name in gone}


def differences(agents: Speech, logs: Speech, may_lack: int) -> list[str]:
    """Where the log is not what the agent said.

    `may_lack` messages may lack their end: a runner that was killed had not stored it,
    so nobody has seen it.
    """
    wrong = []
    for name in sorted(agents.keys() | logs.keys()):
        theirs, ours = agents.get(name, ""), logs.get(name, "")
        if ours == theirs:
            continue
        if theirs.startswith(ours) and may_lack > 0:
            may_lack -= 1
            continue
        wrong.append(f"message {name!r}: {ours[-80:]!r} and {theirs[-80:]!r}")
    return wrong
