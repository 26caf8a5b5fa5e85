import re

import pytest
from django.contrib.auth.models import User
from django.test import Client

from sessions_app.api.v1.api import api
from sessions_app.pages.api_page import operations

pytestmark = pytest.mark.django_db


def test_page_has_every_operation_and_field_of_the_description(client: Client) -> None:
    client.force_login(User.objects.create_user("carol"))
    page = client.get("/api/").content.decode()
    described = list(operations(api.get_openapi_schema()))
    assert described
    for one in described:
        assert f'<h2 id="{one.name}"><code>{one.method} {one.path}</code></h2>' in page
        for field in one.fields:
            assert f"<code>{field.name}</code>" in page
    assert "Idempotency-Key" in page


def test_page_loads_nothing_from_elsewhere(client: Client) -> None:
    client.force_login(User.objects.create_user("carol"))
    answer = client.get("/api/")
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    page = answer.content.decode()
    assert re.findall(r'(?:src|href)="', page)
    assert not re.findall(r'(?:src|href|action)="(?:\w+:)?//', page)


def test_page_is_for_who_is_signed_in(client: Client) -> None:
    assert client.get("/api/").status_code == 302
