from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction

from sessions_app.api.start_form import StartForm
from sessions_app.masking.originals import keep_prompt, masked_words
from sessions_app.models import AgentSession, new_session_id


def queue_session(owner: User, form: StartForm) -> AgentSession:
    """Queue the session of a form; a form that is sent twice makes one session."""
    said = form.cleaned_data
    prompt = masked_words(said["prompt"])
    values = {
        "owner": owner,
        "title": prompt.splitlines()[0][: settings.TITLE_MAX_CHARS],
        "prompt": prompt,
        "model": said["model"],
        "engine": form.engine_choice.kind.name,
        "workdir": said["workdir"],
        "permission_mode": said["permission_mode"],
        "options": {
            **form.engine_choice.options,
            **({"effort": said["effort"]} if said["effort"] else {}),
        },
        # The runner creates the worktree and replaces this value.
        "worktree": {"wanted": True} if said.get("worktree") else {},
        "budget": {"usd": float(said["budget_usd"])} if said["budget_usd"] else {},
    }
    with transaction.atomic():
        session, is_new = AgentSession.objects.get_or_create(
            pk=said["session_id"] or new_session_id(), defaults=values
        )
        if not is_new and session.owner == owner and session.prompt == prompt:
            return session
        if not is_new:  # the form was changed after going back: start a new session
            session = AgentSession.objects.create(**values)
        keep_prompt(session, said["prompt"])
        return session
