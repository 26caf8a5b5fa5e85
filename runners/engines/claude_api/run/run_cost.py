from runners.engines.claude_api.reply.turn import Turn
from sessions_app.protocol.wire import Usage


class RunCost:
    """The cost of one run so far, including failed attempts: they are billed."""

    def __init__(self) -> None:
        self.usage = Usage()
        self.cost_usd: float | None = 0.0  # None as soon as one price is unknown

    def add(self, turn: Turn) -> None:
        self.usage += turn.usage
        cost = turn.cost_usd
        if self.cost_usd is not None:
            self.cost_usd = None if cost is None else self.cost_usd + cost
