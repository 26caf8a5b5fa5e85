from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY


def is_session(key: str) -> bool:
    """Tell whether a session of somebody who signed in has this key."""
    engine: Any = import_module(settings.SESSION_ENGINE)
    return SESSION_KEY in engine.SessionStore(key)
