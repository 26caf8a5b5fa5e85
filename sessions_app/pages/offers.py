from dataclasses import dataclass

from sessions_app.models import AgentSession

Mode = AgentSession.PermissionMode


@dataclass(frozen=True)
class Offer:
    """A session of the simulator that an empty list offers to start, by one click."""

    title: str
    about: str
    scenario: str
    permission_mode: str = Mode.BYPASS.value

    @property
    def prompt(self) -> str:
        return f"{self.title}\n\n[scenario: {self.scenario}]"


OFFERS = (
    Offer(
        title="Share a bill fairly, with tests",
        about="Asks before each change, with its diff, and mends a test; r replays it.",
        scenario="coding",
        permission_mode=Mode.DEFAULT.value,
    ),
    Offer(
        title="Review the parser with helpers",
        about="Sub-agents, three levels deep, two of them side by side.",
        scenario="subagents",
    ),
    Offer(
        title="Upgrade the payment client",
        about="The API is overloaded, then over its limit; then there is an answer.",
        scenario="api_error",
    ),
    Offer(
        title="Say who wrote the letter",
        about="An answer that is refused, and how a failure looks.",
        scenario="refusal",
    ),
)
