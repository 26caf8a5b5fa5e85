from django.db import connection, transaction

# Sorted in less memory than it needs, this is written to a temporary file of some
# 300 kB, in the file system of the database.
SPILL = """
SELECT sum(length(text)) FROM
(SELECT repeat('x', 1000) AS text FROM generate_series(1, 300) ORDER BY random()) AS t
"""


@transaction.atomic
def check_room() -> None:
    """Fail as a write does for want of room, if the database's disk is full.

    On PostgreSQL, changing a row proves nothing: the new version often fits into the
    row's page, while every event would need another page. SQLite writes each change to
    its log first, which fails.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL work_mem = '64kB'")
            cursor.execute(SPILL)
