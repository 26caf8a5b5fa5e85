import asyncio
from importlib import import_module

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.utils import timezone

from sessions_app.people.browser_sessions import SessionStore, stored_key

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser() -> Client:
    browser = Client()
    browser.force_login(User.objects.create_user("ada"))
    return browser


def test_the_database_has_no_key_that_signs_anybody_in(browser: Client) -> None:
    key = browser.cookies[settings.SESSION_COOKIE_NAME].value
    (row,) = Session.objects.all()
    assert row.session_key == stored_key(key)
    assert key not in str(Session.objects.values())
    thief = Client()
    thief.cookies[settings.SESSION_COOKIE_NAME] = row.session_key
    assert thief.get("/").status_code == 302
    assert browser.get("/").status_code == 200


def test_signing_out_ends_the_session(browser: Client) -> None:
    key = browser.cookies[settings.SESSION_COOKIE_NAME].value
    browser.logout()
    assert not SessionStore().exists(key)
    late = Client()
    late.cookies[settings.SESSION_COOKIE_NAME] = key
    assert late.get("/").status_code == 302


def test_a_session_that_has_expired_is_none(browser: Client) -> None:
    Session.objects.update(expire_date=timezone.now())
    assert browser.get("/").status_code == 302


def test_a_key_of_a_client_s_choosing_is_not_taken() -> None:
    store = SessionStore("chosen" * 6)
    assert store.get("anything") is None
    store["a"] = 1
    store.save()
    assert store.session_key not in {None, "chosen" * 6}


@pytest.mark.usefixtures("transactional_db")
def test_the_verbs_that_do_not_block_do_the_same() -> None:
    async def live() -> None:
        store = SessionStore()
        await store.aset("a", 1)
        await store.asave()
        key = store.session_key
        assert key is not None
        assert await SessionStore().aexists(key)
        assert await SessionStore(key).aget("a") == 1
        await store.acycle_key()
        assert not await SessionStore().aexists(key)
        await store.aflush()
        assert not await Session.objects.aexists()

    asyncio.run(live())


def test_who_was_signed_in_before_the_keys_were_hashed_stays_so(
    browser: Client,
) -> None:
    key = browser.cookies[settings.SESSION_COOKIE_NAME].value
    Session.objects.update(session_key=key)  # as Django stores it
    migration = import_module("sessions_app.migrations.0007_hashed_session_keys")
    migration.hash_keys(apps, connection.schema_editor())
    assert browser.get("/").status_code == 200
