"""The database, and its connections."""

from config.settings.base import DATA_DIR, env
from config.settings.http import HTTP_REQUESTS_MAX, HTTP_STREAM_STEPS_MAX

# At HTTP_REQUESTS_MAX no request waits for a connection.
DATABASE_POOL_MAX = HTTP_REQUESTS_MAX + HTTP_STREAM_STEPS_MAX
# A request that has waited so long for a connection asks whether the database is there,
DATABASE_PATIENCE_S = 1.4
DATABASE_CHECK_S = 0.4  # and the database has so long to answer.
DATABASES = {
    "default": env.database(
        "DATABASE_URL", f"sqlite:///{DATA_DIR / 'ringside.sqlite3'}"
    )
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # FULL survives a power loss at the price of a sync per commit.
    SQLITE_SYNCHRONOUS = env.one_of(
        "SQLITE_SYNCHRONOUS", "NORMAL", "FULL", "EXTRA", "OFF"
    )
    DATABASES["default"]["ENGINE"] = "sessions_app.sqlite"
    DATABASES["default"]["CONN_MAX_AGE"] = None
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 10,  # seconds to wait for another writer
        "init_command": (
            f"PRAGMA journal_mode=WAL; PRAGMA synchronous={SQLITE_SYNCHRONOUS};"
        ),
    }
else:
    DATABASES["default"]["ENGINE"] = "sessions_app.postgres"
    DATABASES["default"]["CONN_MAX_AGE"] = 0  # of the pool's; the others last
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    # True: a pooler such as PgBouncer gives each transaction another connection. It
    # takes no start-up options, and a cursor ends with its transaction.
    TRANSACTION_POOLER = env.flag("RINGSIDE_TRANSACTION_POOLER")
    DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = TRANSACTION_POOLER
    # Who freezes amid a transaction, or vanishes, locks rows that others want.
    TRANSACTION_IDLE_MAX_S = 10  # then PostgreSQL ends the transaction
    DATABASES["default"]["OPTIONS"] = {
        "options": f"-c idle_in_transaction_session_timeout={TRANSACTION_IDLE_MAX_S}s",
        "connect_timeout": 3,  # seconds
        "keepalives_idle": 10,  # likewise; a server that is gone is missed in 25 s
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 5_000,  # ms; of what was sent and not acknowledged
        # Of a web process, for HTTP requests alone; see sessions_app/postgres.
        "pool": {
            "min_size": 1,
            "max_size": DATABASE_POOL_MAX,
            "timeout": 1.5,  # seconds to wait for one
            "max_idle": 60,  # seconds; then more than min_size are closed
            "reconnect_timeout": 2,  # seconds; then whoever asks next tries again
        },
    } | DATABASES["default"].get("OPTIONS", {})
    if TRANSACTION_POOLER:
        del DATABASES["default"]["OPTIONS"]["options"]
