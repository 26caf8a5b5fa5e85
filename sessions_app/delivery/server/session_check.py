from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY

from sessions_app.people.api_tokens import find_token


def is_known(key: str, token: str) -> bool:
    """Tell whether a session's key, or else an API token, is somebody's."""
    return (bool(key) and is_session(key)) or (
        bool(token) and find_token(token) is not None
    )


def is_session(key: str) -> bool:
    """Tell whether a session of somebody who signed in has this key."""
    engine: Any = import_module(settings.SESSION_ENGINE)
    return SESSION_KEY in engine.SessionStore(key)
