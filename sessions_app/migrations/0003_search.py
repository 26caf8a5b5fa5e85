from typing import Any

from django.db import migrations

# A copy of events' text, with their ids, by which redaction and deletion find it.
SQLITE = """
CREATE VIRTUAL TABLE sessions_app_search USING fts5 (
    session, text, tokenize = 'unicode61 remove_diacritics 0'
)
"""
POSTGRES = """
CREATE TABLE sessions_app_search (
    event_id bigint PRIMARY KEY,
    session_id varchar(20) NOT NULL,
    words tsvector NOT NULL
);
CREATE INDEX sessions_app_search_words ON sessions_app_search USING gin (words);
CREATE INDEX sessions_app_search_session
    ON sessions_app_search (session_id, event_id);
"""


def create(apps: Any, schema_editor: Any) -> None:
    is_sqlite = schema_editor.connection.vendor == "sqlite"
    schema_editor.execute(SQLITE if is_sqlite else POSTGRES)


def drop(apps: Any, schema_editor: Any) -> None:
    schema_editor.execute("DROP TABLE sessions_app_search")


class Migration(migrations.Migration):
    dependencies = [("sessions_app", "0002_roles")]

    operations = [migrations.RunPython(create, drop)]
