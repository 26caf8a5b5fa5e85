import secrets

from django.contrib.auth.models import User

from runners.cli.create import check_key, check_prompt
from runners.port.errors import RunFailed
from sessions_app.commands.continuation import CannotContinue, continue_here
from sessions_app.log.leases.patient_claim import claim_patiently
from sessions_app.masking.originals import keep_command, masked_json
from sessions_app.models import AgentSession, Command
from sessions_app.protocol.commands import Prompt
from sessions_app.protocol.encoding.codec import encode
from sessions_app.protocol.engine_kind import ANTHROPIC
from sessions_app.protocol.status import SessionStatus


def continue_session(session_id: str, prompt: str, by: User | None) -> AgentSession:
    """Claim a session without a runner, optionally with a new prompt.

    Raises RunFailed.
    """
    session = AgentSession.objects.filter(id=session_id).first()
    if session is None:
        raise RunFailed("no_session", f"there is no session {session_id}")
    if session.kind.continued_by and session.parent_id is None:
        session = _continued(session, prompt)
    _check(session, prompt)
    claimed = claim_patiently(session_id)
    if claimed is None:
        raise RunFailed(
            "busy",
            f"another runner has session {session_id} now: write to it on its page, "
            "or wait until it has ended",
        )
    if prompt:
        _send(claimed, prompt, by)
    return claimed


def _continued(session: AgentSession, prompt: str) -> AgentSession:
    """Have a followed session's agent run here. Raises RunFailed."""
    check_prompt(prompt)
    try:
        return continue_here(session.pk)
    except CannotContinue as error:
        raise RunFailed("not_continued", str(error)) from None


def _check(session: AgentSession, prompt: str) -> None:
    if session.parent_id is not None:
        raise RunFailed(
            "is_child",
            f"{session.id} is a sub-agent's session: go on with {session.parent_id}",
        )
    if not session.kind.takes_messages:
        why = session.kind.at_rest_text.format(id=session.id)
        raise RunFailed("takes_no_messages", f"{session.id}: {why}")
    if session.engine == ANTHROPIC.name:
        check_key()
    if prompt:
        check_prompt(prompt)
    elif session.status == SessionStatus.COMPLETED.value:
        raise RunFailed("no_prompt", f"{session.id} is completed: give a PROMPT too")


def _send(session: AgentSession, prompt: str, by: User | None) -> None:
    command = Prompt(text=prompt)
    data = encode(command)
    row = Command.objects.create(
        session=session,
        key=secrets.token_hex(16),
        type=command.wire_type(),
        data=masked_json(data),
        by=by,
    )
    if row.data != data:
        keep_command(session.pk, row.pk, data)
