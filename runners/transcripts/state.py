import re
from hashlib import blake2b

import msgspec

from sessions_app.protocol.prepared import prepared
from sessions_app.protocol.wire import Usage

NAME = re.compile(r"[!-~]{1,100}")  # fits the database column and a URL
CALLS_MAX = 200  # open calls remembered, to compute the duration of their results
MESSAGES_MAX = 4  # messages that may continue after another one has begun


@prepared
class TranscriptMessage(msgspec.Struct, omit_defaults=True):
    """A message of the model; each entry has one block and the message's usage."""

    turn: int
    blocks: int = 0
    usage: Usage = Usage()  # from the last entry
    counted: Usage = Usage()  # what the log's `turn_end` events add up to
    stop_reason: str = ""
    is_ended: bool = False


@prepared
class TranscriptCall(msgspec.Struct):
    tool: str
    ts: int  # ms since 1970


@prepared
class TranscriptState(msgspec.Struct, omit_defaults=True):
    """A translator's state between entries.

    It is committed in one transaction with the events, so a killed process resumes at
    the same entry.
    """

    ts: int = 0  # time of the last entry, in ms since 1970
    started: int = 0  # time of the first entry
    turn: int = 0
    current: str = ""  # the message that is open
    messages: dict[str, TranscriptMessage] = {}
    calls: dict[str, TranscriptCall] = {}
    last_said: str = ""  # fingerprint of a person's last message
    asked: int = 0  # time of the prompt that the agent works on
    is_main: bool = False  # sub-agents' lines in this transcript are kept apart
    is_working: bool = False  # the agent's turn is open
    has_begun: bool = False  # `session_started` is in the log
    # Metadata of the session.
    title: str = ""
    title_rank: int = 0  # a title of a higher rank replaces this one
    prompt: str = ""
    model: str = ""
    workdir: str = ""
    version: str = ""
    permission_mode: str = ""
    total: Usage = Usage()  # for agents that report a session's total
    is_fork: bool = False  # that total began with another session's usage
    # The sub-agents whose `agent_spawn` is in the log: their sessions' ids, by name.
    children: dict[str, str] = {}
    agent_calls: dict[str, str] = {}  # the calls that started them, by name


def clean_name(value: object) -> str:
    """Return a name that is valid in the log: itself, or its hash."""
    if isinstance(value, str) and NAME.fullmatch(value):
        return value
    return fingerprint(str(value))


def fingerprint(text: str) -> str:
    return blake2b(text.encode(errors="replace"), digest_size=8).hexdigest()
