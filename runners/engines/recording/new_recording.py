from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import User

from runners.port.errors import RunFailed
from runners.records.rows import create_session
from sessions_app.log.leases.patient_claim import claim_patiently
from sessions_app.models import AgentSession
from sessions_app.protocol.engine_kind import RECORDING


def start_recording(title: str, owner: User | None) -> AgentSession:
    """Create a session for recorded lines; this process holds its lease."""
    return create_session(
        prompt="",
        title=title,
        owner=owner,
        model="recorded",
        engine=RECORDING.name,
        workdir="",
        permission_mode=AgentSession.PermissionMode.DEFAULT,
        budget={},
        options={},
    )


def continue_recording(session_id: str) -> AgentSession:
    """Claim a recorded session to append lines to it. Raises RunFailed."""
    session = AgentSession.objects.filter(id=session_id).first()
    if session is None:
        raise RunFailed("no_session", f"there is no session {session_id}")
    if session.engine != RECORDING.name or session.parent_id is not None:
        raise RunFailed(
            "not_recorded",
            f"{session_id} is no recording: lines are added to recordings alone",
        )
    claimed = claim_patiently(session_id)
    if claimed is None:
        raise RunFailed("busy", f"somebody adds lines to session {session_id} now")
    return claimed


def recording_title(name: str) -> str:
    """The title of a recording that was given none: its file's name."""
    return (Path(name).name if name != "-" else "stdin")[: settings.TITLE_MAX_CHARS]
