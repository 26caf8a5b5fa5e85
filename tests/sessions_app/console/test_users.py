import pytest
from django.contrib.auth.models import User
from django.test import Client

from sessions_app.models import WebhookDelivery
from sessions_app.people.api_tokens import Scope, issue
from sessions_app.webhooks.endpoints import add_endpoint
from sessions_app.webhooks.occasion import Occasion
from tests.sessions_app.logbook import held_session

NEW = {"usable_password": "false"}


@pytest.fixture
def admin(client: Client, db: None) -> Client:
    client.force_login(User.objects.create_superuser("root"))
    return client


def test_an_admin_makes_no_user_whose_name_differs_by_case_alone(admin: Client) -> None:
    User.objects.create_user("émile")
    refused = admin.post("/admin/auth/user/add/", NEW | {"username": "ÉMILE"})
    assert "There is a user émile" in refused.content.decode()
    made = admin.post("/admin/auth/user/add/", NEW | {"username": "carol"})
    assert made.status_code == 302, made.content.decode()
    assert set(User.objects.values_list("username", flat=True)) == {
        "root",
        "émile",
        "carol",
    }


def test_an_admin_renames_nobody_to_it_but_keeps_what_was_there(admin: Client) -> None:
    carol = User.objects.create_user("carol")
    User.objects.create_user("Carol")  # from before names were checked
    dave = User.objects.create_user("dave")
    dates = {"date_joined_0": "2026-01-01", "date_joined_1": "00:00:00"}
    for user, name, status in ((dave, "CAROL", 200), (carol, "carol", 302)):
        answer = admin.post(
            f"/admin/auth/user/{user.pk}/change/", dates | {"username": name}
        )
        assert answer.status_code == status, answer.content.decode()
    dave.refresh_from_db()
    assert dave.username == "dave"


def test_an_admin_deletes_a_user_with_their_tokens_and_webhooks(admin: Client) -> None:
    dave = User.objects.create_user("dave")
    issue(dave, "t", {Scope.READ}, None)
    url = "https://hooks.example.com/x"
    endpoint, _ = add_endpoint(dave, "slack", url, list(Occasion), of_all=False)
    WebhookDelivery.objects.create(
        endpoint=endpoint, session=held_session(), seq=1, occasion="done"
    )
    answer = admin.post(f"/admin/auth/user/{dave.pk}/delete/", {"post": "yes"})
    assert answer.status_code == 302
    assert not User.objects.filter(pk=dave.pk).exists()
