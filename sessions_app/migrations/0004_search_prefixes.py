from typing import Any

from django.db import migrations

# Adds a prefix index. Without it, `begin*` merges the positions of every word with that
# prefix.
CREATE = """
CREATE VIRTUAL TABLE sessions_app_search_new USING fts5 (
    session, text, tokenize = 'unicode61 remove_diacritics 0'{prefix}
)
"""
STEPS = (
    "INSERT INTO sessions_app_search_new (rowid, session, text) "
    "SELECT rowid, session, text FROM sessions_app_search",
    "DROP TABLE sessions_app_search",
    "ALTER TABLE sessions_app_search_new RENAME TO sessions_app_search",
)


def create(apps: Any, schema_editor: Any) -> None:
    _rebuild(schema_editor, ", prefix = '1 2 3'")


def drop(apps: Any, schema_editor: Any) -> None:
    _rebuild(schema_editor, "")


def _rebuild(schema_editor: Any, prefix: str) -> None:
    if schema_editor.connection.vendor == "sqlite":
        for statement in (CREATE.format(prefix=prefix), *STEPS):
            schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("sessions_app", "0003_search")]

    operations = [migrations.RunPython(create, drop)]
