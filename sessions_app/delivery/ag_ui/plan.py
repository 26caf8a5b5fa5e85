import msgspec

from sessions_app.protocol.prepared import prepared


@prepared
class RunPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What Django has decided of a request for a run, for the door that streams it."""

    session_id: str
    thread_id: str
    run_id: str
    start: str  # a position, as text
    command_id: str = ""  # of the message that the request brought
    answered: tuple[str, ...] = ()  # the questions that it brought answers to
