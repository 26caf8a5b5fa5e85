"""Calls every operation of the API's description with whatever it allows, and more."""

from typing import Any

import pytest
import schemathesis
from django.contrib.auth.models import User
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, settings
from schemathesis import Case
from schemathesis.specs.openapi.checks import positive_data_acceptance

from sessions_app.people.api_tokens import Scope, issue
from sessions_app.protocol.events import Text
from tests.sessions_app.logbook import held_session, write_log

# Who does not say that they accept a stream gets none.
STREAMS = {"/api/v1/events"}
schema = schemathesis.openapi.from_wsgi(
    "/api/v1/openapi.json", get_wsgi_application(), headers={"Host": "localhost"}
)


@pytest.fixture
def token(transactional_db: None) -> str:
    root = User.objects.create_superuser("root")
    session = held_session(id="s_one", owner=root)
    write_log(session, Text(block="m1.0", text="hello"))
    return issue(root, "t", set(Scope), None)


@schema.parametrize()
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.filter_too_much,
    ],
)
def test_every_answer_is_declared(case: Case[Any], token: str) -> None:
    # Not every text is a directory, a model or a prompt that somebody may use.
    is_free = case.method == "POST" or case.path in STREAMS
    excluded: Any = [positive_data_acceptance] if is_free else []
    case.call_and_validate(
        headers={"Authorization": f"Bearer {token}", "Host": "localhost"},
        excluded_checks=excluded,
    )
