from sessions_app.history.retention.removal import remove
from sessions_app.models import DurableStream


def delete(row: DurableStream) -> None:
    """Delete a stream and its log; one that has forks stays until they are gone."""
    if row.forks.exists():
        DurableStream.objects.filter(pk=row.pk).update(is_deleted=True)
        return
    source = row.forked_from
    remove([row.pk])
    if source is not None and source.is_deleted:
        delete(source)
