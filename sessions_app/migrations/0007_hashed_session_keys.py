import hashlib
from typing import Any

from django.db import migrations


def hash_keys(apps: Any, schema_editor: Any) -> None:
    """Replace each session key by its hash; people stay signed in."""
    sessions = apps.get_model("sessions", "Session").objects
    for key in list(sessions.values_list("session_key", flat=True)):
        hashed = hashlib.sha256(key.encode()).hexdigest()[:40]
        sessions.filter(session_key=key).update(session_key=hashed)


def sign_out_all(apps: Any, schema_editor: Any) -> None:
    """Delete all sessions: a hash cannot be reversed, so people sign in again."""
    apps.get_model("sessions", "Session").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [
        ("sessions_app", "0006_search_terms"),
        ("sessions", "0001_initial"),
    ]

    operations = [migrations.RunPython(hash_keys, sign_out_all)]
