"""Requests for durable streams, with a token of whoever the table is about."""

from django.contrib.auth.models import User
from django.test import Client

from sessions_app.people.api_tokens import Scope, issue


def durable_stream(method: str, name: str) -> int:
    user = User.objects.filter(username="p").first()
    token = issue(user, "doors", set(Scope), None) if user else ""
    answer = Client().generic(
        method,
        f"/api/v1/stream/{name}",
        {"PUT": b"[]", "POST": b"1"}.get(method, b""),
        content_type="application/json",
        headers={"Authorization": f"Bearer {token}"},
    )
    return answer.status_code


def durable_read(session_id: str) -> int:
    (code,) = {durable_stream(method, session_id) for method in ("GET", "HEAD")}
    return code


def durable_write(session_id: str) -> int:
    """An agent writes the session, so whoever may steer it is told that: 405."""
    (code,) = {durable_stream(method, session_id) for method in ("POST", "DELETE")}
    return code
