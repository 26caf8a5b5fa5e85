import os
from datetime import timedelta
from pathlib import Path

from config import data_dir, secret_key
from config.environment import Environment
from config.layer_dir import layer_dir
from sessions_app.protocol.engine_kind import BUILT_IN

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment()
PLAIN_NAMES = env.has_plain_names  # DATABASE_URL counts, besides RINGSIDE_DATABASE_URL
IGNORED_NAMES = env.ignored()

# --- where things are -------------------------------------------------------

DATA_DIR = data_dir.make(
    Path(env.text("RINGSIDE_DATA_DIR", str(data_dir.default(BASE_DIR))))
)
DEBUG = env.flag("DEBUG")
SECRET_KEY_FILE = DATA_DIR / "secret_key"  # made where SECRET_KEY is not set
SECRET_KEY = env.text("SECRET_KEY") or secret_key.read_or_create(SECRET_KEY_FILE)
# Older keys, that what was encrypted or signed with them can still be read.
SECRET_KEY_FALLBACKS = env.names("SECRET_KEY_FALLBACKS")
ALLOWED_HOSTS = env.names("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.names("CSRF_TRUSTED_ORIGINS")

# --- Claude -----------------------------------------------------------------

ANTHROPIC_API_KEY = env.text("ANTHROPIC_API_KEY")
ANTHROPIC_BASE_URL = env.text("ANTHROPIC_BASE_URL")
RINGSIDE_MODEL = env.text("RINGSIDE_MODEL", "claude-opus-5-5")
# True: sessions run on the built-in simulator and need no key.
RINGSIDE_SIMULATE = env.flag("RINGSIDE_SIMULATE")
# What can be "the agent", by name. More: dotted paths of EngineKind values.
ENGINES = {
    **BUILT_IN,
    **{kind.name: kind for kind in env.engine_kinds("RINGSIDE_ENGINES")},
}
RINGSIDE_SIMULATOR_RATE = env.number("RINGSIDE_SIMULATOR_RATE", 60.0)  # tokens/s
# 0 to 1: how unevenly its tokens come, as a part of the time between two.
RINGSIDE_SIMULATOR_JITTER = env.number("RINGSIDE_SIMULATOR_JITTER", 0.3, most=1.0)
# What `runagent` prints: text for people, json (a line an event), or auto: text on a
# terminal, json to anything else.
RINGSIDE_OUTPUT = env.one_of("RINGSIDE_OUTPUT", "auto", "text", "json")
# Whose the sessions started on a command line are; none: the only superuser's.
RINGSIDE_OWNER = env.text("RINGSIDE_OWNER")
# Where sessions started from the page may work; none: only in a fresh directory.
RINGSIDE_WORKDIR_ROOTS = env.directories("RINGSIDE_WORKDIR_ROOTS")
# What the bash tool starts commands by, such as bwrap; {workdir} is the session's own.
# See docs/security.md.
BASH_WRAPPER = env.command("RINGSIDE_BASH_WRAPPER")
# Variables that commands get besides those of the built-in list; `*` stands for any
# characters. See docs/security.md.
TOOL_ENVIRONMENT = env.names("RINGSIDE_TOOL_ENV")
# Django puts TIME_ZONE into TZ, which commands and child processes would inherit.
os.environ.setdefault("RINGSIDE_TZ", os.environ.get("TZ", ""))
WORKDIRS_DIR = DATA_DIR / "workdirs"  # the fresh ones
WORKTREES_DIR = DATA_DIR / "worktrees"  # of sessions that work in a git worktree
GIT_TIMEOUT_S = 60.0  # of one git command on them

# --- the log ----------------------------------------------------------------

EVENT_MAX_BYTES = 256 * 1024  # one event, encoded; more travels cut, see Output
WHOLE_MAX_BYTES = 32 * 1024 * 1024  # of such an event, kept beside the log
OUTPUT_MAX_BYTES = 8 * 1024 * 1024  # of a tool's full output, likewise
OUTPUT_PAGE_MAX_BYTES = 256 * 1024  # of it in one answer
PAGE_MAX_ROWS = 500  # events of one page or frame
PAGE_MAX_CHARS = 256 * 1024  # text of one page or frame
# True: what looks like a secret in tools' inputs and outputs is stored as stars.
MASK_SECRETS = env.flag("MASK_SECRETS", default=True)
LOG_QUEUE_MAX_BYTES = 4 * 1024 * 1024  # not known to be committed; then append waits
LOG_GATHER_MAX_S = 0.008  # before a commit, of a log that is busy
LOG_CALM_EVENTS_PER_S = 1500  # up to here nothing gathers, from there on it begins to
LOG_BUSY_EVENTS_PER_S = 3000  # from here on it is LOG_GATHER_MAX_S
LOG_RATE_SPAN_S = 0.25  # over which that is reckoned
LOG_RETRY_MAX_S = 1.0  # between tries while the database is away
SWEEP_MAX_ROWS = 500  # superseded deltas deleted in one statement
SWEEP_MAX_FINALS = 50  # looked at in one step, until one has some
SWEEP_INTERVAL_S = 2.0
DELTAS_PASSED_MIN = 500  # sweep and search pass over, where nothing else has come

# --- search -----------------------------------------------------------------

SEARCH_INTERVAL_S = 2.0  # between looks for what cannot be searched yet
SEARCH_STEP_ROWS = 100  # events made searchable in one transaction
SEARCH_STEP_CHARS = 256 * 1024  # likewise
SEARCH_TEXT_MAX_CHARS = EVENT_MAX_BYTES  # of one event: all of it
SEARCH_QUERY_MAX_CHARS = 200
SEARCH_PAGE_ROWS = 20
# A text that more of the log has is looked for in one session after the other.
SEARCH_LIST_EVENTS = 4000
SEARCH_LIST_SESSIONS = 500
SEARCH_LIST_ROWS = 60  # sessions that are then searched before the page is looked at
SEARCH_MAX_S = 2.0  # a search that has taken longer says how far back it has come
SEARCH_NEWEST_ENTRIES = 1000  # looked through before PostgreSQL is asked for its index
SEARCH_NARROW_SESSIONS = 20  # so few are searched at once, not from the newest back
SEARCH_SCOPE_MAX_SESSIONS = 200  # more, and each find's session is looked at

# --- leases -----------------------------------------------------------------

HEARTBEAT_INTERVAL_S = 2.0
REAP_INTERVAL_S = 1.0  # how often dead runners are looked for
LEASE_TIMEOUT_S = 10.0  # without a heartbeat, as others have seen: a dead runner
PROCESS_KEPT_S = 86_400.0  # one that is gone is shown as such for as long
PRUNE_MAX_S = 3600.0  # likewise, of who deletes a session and sends no heartbeats
CENSUS_INTERVAL_S = 5.0  # how often a web process says who watches
COMMAND_POLL_S = 0.25  # how often a runner looks for commands not nudged

# --- runners ----------------------------------------------------------------

AGENT_DEPTH_MAX = 5  # levels of sub-agents below a session
STOP_FINISH_S = 2.0  # for the steps under way, when a runner stops
STOP_MAX_S = 10.0  # for all sessions to end in good order
RUNNER_DB_THREADS = 4
TAP_MAX_CHARS = 4 * 1024 * 1024  # not shown yet where the runner prints; then it waits

# --- external programs (runagent --exec) ------------------------------------

EXEC_LINE_MAX_BYTES = 8 * 1024 * 1024  # of one line on its stdout
EXEC_BAD_LINES_MAX = 100  # told of one run; the others are counted
EXEC_STDIN_MAX_BYTES = 1024 * 1024  # of commands that it has not read yet
EXEC_CHILDREN_MAX = 1000  # sub-agents of one run
EXEC_EXIT_S = 5.0  # from its agent_complete, and the end of its stdin, to SIGTERM
EXEC_INTERRUPT_S = 3.0  # from an interrupt, likewise
EXEC_TERM_S = 2.0  # from SIGTERM to SIGKILL
EXEC_DRAIN_S = 1.0  # for what is left in its output, after its exit
DIAGNOSTICS_MAX_BYTES = 64 * 1024  # of its stderr that are kept, the last

# --- delivery ---------------------------------------------------------------

LAYER_MESSAGE_MAX_CHARS = 64 * 1024  # larger batches travel as a mere notice
PUBLISH_QUEUE_MAX_BATCHES = 1000  # then batches are dropped; the log heals it
PUBLISH_DEADLINE_S = 0.25
HEAD_CHECK_INTERVAL_S = 1.0  # a shared layer may lose messages
TAIL_INTERVAL_S = 0.005  # SQLite's data_version, without a shared layer
TAIL_BUSY_INTERVAL_S = 0.001  # the same, for a while after it has moved
TAIL_BUSY_S = 0.5  # how long that is
TAIL_RELAXED_INTERVAL_S = 0.05  # the same, for as long after a layer has brought news
NEWS_MAX_PAGES = 50  # read at once; sessions beyond are read by themselves
TAIL_QUERY_INTERVAL_S = 0.02  # the heads of other databases, likewise
LIST_INTERVAL_S = 0.5  # changes of the list of sessions
LIST_MAX_ROWS = 200  # told at first to who watches the list
LIST_PAGE_ROWS = 50  # main sessions of one page of it
LIST_CHOICES_MAX = 100  # to choose from in one of its filters
INBOX_MAX_ASKS = 100  # shown at once; answered ones make room
WORKDIRS_MAX = 50  # directories offered to complete a path
TRANSCRIPT_MAX_ROWS = 300  # events of a page without scripts
TRANSCRIPT_PRINT_MAX_ROWS = 20_000  # events of a transcript that is to be printed
TAG_MAX_CHARS = 32
FEED_DB_THREADS = 2
RECENT_MAX_CHARS = 256 * 1024  # the window of a watched session, if few are watched
RECENT_MIN_CHARS = 16 * 1024  # if many are
RECENT_TOTAL_MAX_CHARS = 4 * 1024 * 1024  # all windows, which share it evenly
RECENT_MAX_AGE_S = 10.0  # of a batch in it
FRAME_CACHE_MAX_CHARS = 1024 * 1024  # of frames for viewers in step; as bytes again
FAN_OUT_MAX_PAUSE_S = 0.05  # between fan-outs, however long they take
FAN_OUT_GATHER_S = 4e-6  # between fan-outs, for each event delivered to a viewer
FAN_OUT_GATHER_MAX_S = 0.03  # however many were
PRESSURE_INTERVAL_S = 0.5  # between looks at how the feed keeps up
PRESSURE_HIGH_BATCHES = 256  # waiting for fan-out: slow the sessions that press
PRESSURE_LOW_BATCHES = 32  # no longer
PRESSURE_HIGH_S = 0.5  # lateness of the event loop, likewise
PRESSURE_LOW_S = 0.1
THROTTLE_DELAY_MS = 1000  # between API calls of a session that presses
THROTTLE_TTL_S = 5.0  # then a throttle that was not renewed is void
OUTBOX_MAX_FRAMES = 256  # unacknowledged
OUTBOX_MAX_BYTES = 1024 * 1024  # unacknowledged
OUTBOX_MAX_AGE_S = env.number(  # of the oldest unacknowledged frame
    "RINGSIDE_OUTBOX_MAX_AGE_S", 30.0, least=0.1
)
OUTBOX_EAGER_FRAMES = 4  # fewer than this unacknowledged: send at once
OUTBOX_PILE_S = 0.02  # else gather so long, times the cube of frames / EAGER
CONTROL_MAX_FRAMES = 1000  # waiting for a connection that does not read
SUBSCRIPTIONS_MAX = 500  # sessions watched by one connection
CLIENT_FRAME_MAX_CHARS = 16 * 1024
# Frames from a browser, acks apart, at once.
CLIENT_FRAMES_BURST = 2 * SUBSCRIPTIONS_MAX
CLIENT_FRAMES_PER_S = 20  # and after that
# Requests for the list, of one person over all sockets: at once, and after that.
DEAR_REQUESTS_BURST = SOCKETS_OF_PERSON_MAX = 64  # a socket of each tab
DEAR_REQUESTS_PER_S = 2
GUARD_INTERVAL_S = 3.0  # between looks at whether viewers may still be here
PING_INTERVAL_S = 5  # of silence; with the next one a dead client is found in 20 s
PING_TIMEOUT_S = 10
DRAIN_MAX_S = 3.0  # for sockets and requests to end when the server stops

# --- HTTP requests, of one web process --------------------------------------

HTTP_REQUESTS_MAX = 16  # at once; each has a thread, and may have a connection
HTTP_REQUESTS_OF_ADDRESS_MAX = 12  # of them, from one address
HTTP_REQUESTS_OF_PERSON_MAX = 8  # of them, by one session
HTTP_WAITING_MAX = 512  # until there is room; more are refused at once
HTTP_WAITING_OF_ONE_MAX = 256  # of them, from one address or by one session
HTTP_WAIT_MAX_S = 10.0
HTTP_SOCKETS_MAX = 4000  # open at once, WebSockets among them
HTTP_SOCKETS_OF_ADDRESS_MAX = env.number(  # of them; a proxy may have them all
    "RINGSIDE_HTTP_SOCKETS_OF_ADDRESS_MAX", 500, least=1
)
HTTP_HEADERS_MAX_S = env.number(  # from a connection to the end of its first headers
    "RINGSIDE_HTTP_HEADERS_MAX_S", 10.0, least=0.1
)
HTTP_BODY_MAX_S = env.number(  # from there to the end of the body
    "RINGSIDE_HTTP_BODY_MAX_S", 60.0, least=0.1
)
HTTP_KEEP_ALIVE_MAX_S = 75.0  # from an answer to the end of the next headers
HTTP_BODY_MAX_BYTES = DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
HTTP_BODY_ANONYMOUS_MAX_BYTES = 64 * 1024  # of somebody without a session
HTTP_STALL_MAX_S = 60.0  # without a byte taken of an answer that is sent in pieces
HTTP_STREAMS_MAX = 64  # exports being sent
HTTP_STREAM_STEPS_MAX = 4  # of them that read the database at once
# At HTTP_REQUESTS_MAX no request waits for a connection.
DATABASE_POOL_MAX = HTTP_REQUESTS_MAX + HTTP_STREAM_STEPS_MAX
DATABASE_PATIENCE_S = (
    1.4  # then a request that waits asks whether the database is there
)
DATABASE_CHECK_S = 0.4  # for the database to say so
ADMIN_LOG_MAX_ROWS = 25_000  # looked through at once: the newest, or of one log
ADMIN_ACT_MAX_SESSIONS = 200  # at once
RETRY_AFTER_S = 2  # what answers of 503 ask for
# What `manage.py upkeep` removes, and how long it is kept:
ATTEMPTS_KEPT_DAYS = 30  # wrong passwords
ENDED_SHARES_KEPT_DAYS = 30  # shares, after they expired or were revoked
ADMIN_LOG_KEPT_DAYS = 365  # who did what in the admin
STATIC_KEPT_DAYS = 30  # collected files, after the last page that names them
WORKDIRS_KEPT_DAYS = 30  # directories of deleted sessions, after their last change
UPKEEP_ROWS = 1000  # deleted or looked up in one statement
READY_KEPT_S = 0.5  # an answer of /readyz; who asks sooner gets the same
READY_MAX_S = 2.0  # for the database to answer, when /readyz is asked

# --- people -----------------------------------------------------------------

ADDRESS_MAX_CHARS = 4096  # of a request; a proxy must hold three times that in headers
TITLE_MAX_CHARS = 80  # of a title that is cut from a prompt
PROMPT_MAX_CHARS = 40_000  # fits one event, however it is encoded
COMMAND_MAX_BYTES = EVENT_MAX_BYTES - 4096  # the event it causes has more fields
SIGNIN_LINK_MAX_AGE_S = 600
SHARE_DAYS = 7  # of a share, unless said otherwise
SHARE_MAX_DAYS = 365
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "session_list"
LOGOUT_REDIRECT_URL = "login"
SESSION_ENGINE = "sessions_app.people.browser_sessions"
SESSION_COOKIE_NAME = "ringside_session"
CSRF_COOKIE_NAME = "ringside_csrf"
# All of it over https: cookies go nowhere else, and http is sent there.
HTTPS = env.flag("HTTPS")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
# How long browsers remember that; begin low, raise it when all works.
SECURE_HSTS_SECONDS = int(env.number("HSTS_SECONDS", 3600)) if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
# Whether browsers ship with that is for the domain's owner to say.
SILENCED_SYSTEM_CHECKS = ["security.W021"]
# Only behind a proxy that sets X-Forwarded-Proto, and adds to X-Forwarded-For, itself
# and on every request; Host it must pass on.
BEHIND_PROXY = env.flag("BEHIND_PROXY")
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

# Who has failed this often must wait; a password is guessed slowly, or not at all.
AXES_FAILURE_LIMIT = 10  # wrong passwords for one user name, from one address
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "sessions_app/locked_out.html"
AXES_CLIENT_IP_CALLABLE = "sessions_app.people.client_address.client_address"
AXES_DISABLE_ACCESS_LOG = True  # a sign-in costs no row
AXES_VERBOSE = False
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "sessions_app.people.role_backend.RoleBackend",
]

# --- Django -----------------------------------------------------------------

INSTALLED_APPS = [
    "daphne",  # first: it replaces runserver
    "sessions_app.apps.RingsideAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "axes",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "channels",
    "sessions_app",
    "runners",
]
MIDDLEWARE = [
    "sessions_app.pages.middleware.content_security.content_security",
    "sessions_app.pages.middleware.url_length_limit.address_limit",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "sessions_app.pages.middleware.database_unavailable.DatabaseUnavailable",
    "axes.middleware.AxesMiddleware",  # last: it answers 429 to who is locked out
]
ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        # The wheel carries the templates inside the package `config`.
        "DIRS": [BASE_DIR / "templates", BASE_DIR / "config" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "libraries": {"spelled": "sessions_app.pages.template_filters"},
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "sessions_app.pages.page_context.page_context",
            ],
        },
    },
]
STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATIC_ROOT.mkdir(exist_ok=True)  # whitenoise warns where there is none
# Files are served from where they are. A deployment collects them (`manage.py
# collectstatic`): compressed, under names that may be cached for ever.
STATIC_COLLECTED = env.flag("STATIC_COLLECTED")
WHITENOISE_USE_FINDERS = not STATIC_COLLECTED
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "whitenoise.storage.CompressedManifestStaticFilesStorage"
            if STATIC_COLLECTED
            else "django.contrib.staticfiles.storage.StaticFilesStorage"
        )
    },
}
USE_TZ = True
TIME_ZONE = env.time_zone("TIME_ZONE")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- servers ----------------------------------------------------------------

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

REDIS_URL = env.redis("REDIS_URL")
# Whoever asks for /metrics sends it as a bearer token; none: asked from here alone.
RINGSIDE_METRICS_TOKEN = env.text("RINGSIDE_METRICS_TOKEN")
LAYER_DIR = layer_dir(DATA_DIR, DATABASES["default"])
if REDIS_URL:
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {
                "hosts": [REDIS_URL],
                "prefix": env.text("REDIS_PREFIX", "ringside"),
            },
        }
    }
elif LAYER_DIR:
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "sessions_app.channel_layer.layer.LocalLayer",
            "CONFIG": {"directory": LAYER_DIR},
        }
    }
else:
    CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}

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
        # runserver prints these itself.
        "django.channels.server": {"propagate": False},
    },
}
