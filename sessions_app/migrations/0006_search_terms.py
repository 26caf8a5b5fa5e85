from typing import Any

from django.db import migrations, models

# The indexer writes case-folded terms, so the tokenizer only has to separate them.
SQLITE = """
CREATE VIRTUAL TABLE sessions_app_search_terms USING fts5 (
    session, words, parts, prefix = '1 2 3', tokenize = "ascii tokenchars '+#'"
)
"""
POSTGRES = """
CREATE TABLE sessions_app_search_terms (
    event_id bigint PRIMARY KEY,
    session_id varchar(20) NOT NULL,
    terms tsvector NOT NULL
);
CREATE INDEX sessions_app_search_terms_terms
    ON sessions_app_search_terms USING gin (terms);
CREATE INDEX sessions_app_search_terms_session
    ON sessions_app_search_terms (session_id);
"""


FORMER_SQLITE = """
CREATE VIRTUAL TABLE IF NOT EXISTS sessions_app_search USING fts5 (
    session, text, tokenize = 'unicode61 remove_diacritics 0', prefix = '1 2 3'
)
"""
FORMER_POSTGRES = """
CREATE TABLE IF NOT EXISTS sessions_app_search (
    event_id bigint PRIMARY KEY,
    session_id varchar(20) NOT NULL,
    words tsvector NOT NULL
);
CREATE INDEX IF NOT EXISTS sessions_app_search_words
    ON sessions_app_search USING gin (words);
CREATE INDEX IF NOT EXISTS sessions_app_search_session
    ON sessions_app_search (session_id, event_id);
"""


def create(apps: Any, schema_editor: Any) -> None:
    """Create the new index, empty; the indexer fills it, then drops the former one."""
    is_sqlite = schema_editor.connection.vendor == "sqlite"
    schema_editor.execute(SQLITE if is_sqlite else POSTGRES)
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM sessions_app_search)")
        if not cursor.fetchone()[0]:
            schema_editor.execute("DROP TABLE sessions_app_search")


def drop(apps: Any, schema_editor: Any) -> None:
    """Drop the new index; make the former one again, if dropped, to be filled anew."""
    schema_editor.execute("DROP TABLE sessions_app_search_terms")
    is_sqlite = schema_editor.connection.vendor == "sqlite"
    schema_editor.execute(FORMER_SQLITE if is_sqlite else FORMER_POSTGRES)
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM sessions_app_search)")
        if not cursor.fetchone()[0]:
            schema_editor.execute("UPDATE sessions_app_searchindex SET seq = 0")


class Migration(migrations.Migration):
    dependencies = [("sessions_app", "0005_masked_original")]

    operations = [
        migrations.AddField(
            model_name="searchindex",
            name="terms_seq",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="searchindex",
            name="title",
            field=models.CharField(db_default="", default="", max_length=200),
        ),
        migrations.AddField(
            model_name="searchindex",
            name="named",
            field=models.TextField(db_default="", default=""),
        ),
        migrations.RunPython(create, drop),
    ]
