class RunFailed(Exception):
    """A session that cannot run here, for a reason a person can mend."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


NO_KEY = (
    "ANTHROPIC_API_KEY is not set: set it, or simulate Claude with --simulate "
    "(RINGSIDE_SIMULATE=1 for all new sessions)"
)
