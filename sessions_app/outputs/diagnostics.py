from django.db.models.functions import Now

from sessions_app.models import Diagnostics


def keep_diagnostics(session_id: str, text: str, total_bytes: int) -> None:
    """Store the end of a program's stderr, and its total size in bytes."""
    Diagnostics.objects.update_or_create(
        session_id=session_id,
        defaults={"text": text, "total_bytes": total_bytes, "updated_at": Now()},
    )
