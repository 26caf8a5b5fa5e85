from django.core.management import call_command

from sessions_app.models import AgentSession


def test_every_session_gets_a_new_epoch(session: AgentSession) -> None:
    other = AgentSession.objects.create(title="t", prompt="p")
    before = {one.pk: one.epoch for one in (session, other)}
    call_command("newepoch")
    for one in AgentSession.objects.all():
        assert one.epoch != before[one.pk]
