class RunFailed(Exception):
    """A session cannot run here, for a reason that a person can fix."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


NO_KEY = (
    "ANTHROPIC_API_KEY is not set: set it, or simulate Claude with --simulate "
    "(RINGSIDE_SIMULATE=1 for all new sessions)"
)
