import pytest
from django.contrib.auth.models import User
from django.test import Client

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
