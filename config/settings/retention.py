"""How long what is over is kept; `manage.py upkeep` removes it."""

ATTEMPTS_KEPT_DAYS = 30  # wrong passwords
ENDED_SHARES_KEPT_DAYS = 30  # shares, after they expired or were revoked
ADMIN_LOG_KEPT_DAYS = 365  # who did what in the admin
STATIC_KEPT_DAYS = 30  # collected files, after the last page that names them
WORKDIRS_KEPT_DAYS = 30  # directories of deleted sessions, after their last change
UPKEEP_ROWS = 1000  # deleted or looked up in one statement
