import re
from hashlib import blake2b

import msgspec

from sessions_app.protocol.prepared import prepared
from sessions_app.protocol.wire import Usage

NAME = re.compile(r"[!-~]{1,100}")  # fits the database column and a URL
CALLS_MAX = 200  # open calls that are remembered, for the duration of their results
MESSAGES_MAX = 4  # messages that may go on after another one has begun


@prepared
class TranscriptMessage(msgspec.Struct, omit_defaults=True):
    """A message of the model: its blocks come one an entry, each with all the usage."""

    turn: int
    blocks: int = 0
    usage: Usage = Usage()  # as the last entry told
    counted: Usage = Usage()  # what the log's `turn_end` events add up to
    stop_reason: str = ""
    is_ended: bool = False


@prepared
class TranscriptCall(msgspec.Struct):
    tool: str
    ts: int  # ms since 1970


@prepared
class TranscriptState(msgspec.Struct, omit_defaults=True):
    """All that a translator keeps from one entry to the next.

    The state is written with the events that led to it, in one transaction: a process
    that is killed goes on as if it had not been.
    """

    ts: int = 0  # of the last entry, in ms since 1970
    started: int = 0  # of the first
    turn: int = 0
    current: str = ""  # the message that is open
    messages: dict[str, TranscriptMessage] = {}
    calls: dict[str, TranscriptCall] = {}
    last_said: str = ""  # what a person said last, by its fingerprint
    asked: int = 0  # when a person asked for what the agent works on now
    is_main: bool = False  # what sub-agents say here is not the session's own
    is_working: bool = False  # the agent's turn is not over
    has_begun: bool = False  # `session_started` is in the log
    # What is said of the session as a whole.
    title: str = ""
    title_rank: int = 0  # a greater one replaces the title
    prompt: str = ""
    model: str = ""
    workdir: str = ""
    version: str = ""
    permission_mode: str = ""
    total: Usage = Usage()  # for agents that tell a session's sum
    # The sub-agents whose `agent_spawn` is in the log: their sessions' ids, by name.
    children: dict[str, str] = {}
    agent_calls: dict[str, str] = {}  # the calls that have started them, by name


def clean_name(value: object) -> str:
    """Return a name that the log can hold; one that it cannot becomes a hash."""
    if isinstance(value, str) and NAME.fullmatch(value):
        return value
    return fingerprint(str(value))


def fingerprint(text: str) -> str:
    return blake2b(text.encode(errors="replace"), digest_size=8).hexdigest()
