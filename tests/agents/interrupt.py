import time

from sessions_app.protocol.commands import Interrupt
from tests.runners.sessions import Sessions

STOP_S = 1.0  # from an interrupt's commit to the agent's stop in the log, at most


def interrupt(sessions: Sessions, session_id: str) -> float:
    """Interrupt a session; returns the seconds until the log says that it stopped."""
    began = time.time()  # the clock of the log's times; just before the commit
    sessions.tell(session_id, Interrupt())
    sessions.await_rest(session_id, "idle")
    end = sessions.events(session_id, "agent_complete")[-1]
    assert end["status"] == "interrupted"
    return float(end["ts"]) / 1000 - began
