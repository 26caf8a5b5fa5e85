"""What an agent offers beside its tools: options to choose from, and commands."""

import msgspec

from sessions_app.protocol.fields.question import Choice
from sessions_app.protocol.wire import WireValue


class ConfigOption(WireValue, frozen=True, kw_only=True):
    """A setting of an agent with the choice that holds now.

    `category` says what it is about: mode, model, effort or anything else.
    """

    id: str
    name: str
    category: str = ""
    description: str = ""
    current: str
    choices: list[Choice] = msgspec.field(default_factory=list)


class AgentCommand(WireValue, frozen=True, kw_only=True):
    """A command that people may write as `/name`, with a hint of what follows it."""

    name: str
    description: str = ""
    hint: str = ""
