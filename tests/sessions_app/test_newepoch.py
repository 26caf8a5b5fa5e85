from datetime import timedelta

from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from sessions_app.models import AgentSession
from sessions_app.people.api_tokens import Scope, find_token, issue
from sessions_app.people.share_link import Dead, follow, make_link
from sessions_app.people.signin import Unusable, look_up, mint


def test_every_session_gets_a_new_epoch(session: AgentSession) -> None:
    other = AgentSession.objects.create(title="t", prompt="p")
    before = {one.pk: one.epoch for one in (session, other)}
    call_command("newepoch")
    for one in AgentSession.objects.all():
        assert one.epoch != before[one.pk]


def test_no_key_of_a_backup_lets_anybody_in(session: AgentSession) -> None:
    user = User.objects.create_user("u")
    browser = Client()
    browser.force_login(user)
    assert browser.get("/").status_code == 200
    tomorrow = timezone.now() + timedelta(days=1)
    link, signin = make_link(session, user, tomorrow), mint(user)
    token = issue(user, "t", set(Scope), None)
    call_command("newepoch")
    assert find_token(token) is None
    assert browser.get("/").status_code == 302
    assert follow(link) is Dead.REVOKED
    assert look_up(signin) is Unusable.UNKNOWN
