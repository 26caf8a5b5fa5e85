"""The log lines of a process."""

from config.settings.base import env

LOG_REPEAT_S = 10.0  # between lines that say the same of what is tried again
LOG_LEVEL = env.one_of("LOG_LEVEL", "INFO", "DEBUG", "WARNING", "ERROR", "CRITICAL")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "sessions_app.operations.log_lines.LineFormatter",
            "format": "%(asctime)s level=%(levelname)s logger=%(name)s %(message)s",
        },
        "json": {"()": "sessions_app.operations.log_lines.JsonFormatter"},
    },
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": env.one_of("LOG_FORMAT", "line", "json"),
        }
    },
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        # A traceback in each process at each loss of Redis; the publisher says it in
        # a line, and the feed heals what is lost.
        "channels_redis": {"level": "CRITICAL"},
        # A line for each try; whoever lacked a connection says so.
        "psycopg.pool": {"level": "ERROR"},
        "axes": {"level": "WARNING"},
        "daphne": {"level": "WARNING"},
        "httpx2": {"level": "WARNING"},
        "mcp": {"level": "WARNING"},
        "watchfiles": {"level": "WARNING"},
        # runserver prints these itself.
        "django.channels.server": {"propagate": False},
    },
}
