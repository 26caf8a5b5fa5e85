"""The log of events, its search, and what is kept beside it."""

from config.settings.base import env

EVENT_MAX_BYTES = 256 * 1024  # one event, encoded; more travels cut, see Output
WHOLE_MAX_BYTES = 32 * 1024 * 1024  # of such an event, kept beside the log
OUTPUT_MAX_BYTES = 8 * 1024 * 1024  # of a tool's full output, likewise
OUTPUT_PAGE_MAX_BYTES = 256 * 1024  # of it in one answer
IMAGE_MAX_BYTES = 5 * 1024 * 1024  # of one image in a tool's result; sent whole
PAGE_MAX_ROWS = 500  # events of one page or frame
PAGE_MAX_CHARS = 256 * 1024  # text of one page or frame
# True: what looks like a secret in tools' inputs and outputs is stored as stars.
MASK_SECRETS = env.flag("MASK_SECRETS", default=True)

# Durable streams that programs write; see docs/durable-streams.md.
STREAMS_OF_PERSON_MAX = 10_000
STREAM_PRODUCERS_MAX = 1000  # that one stream remembers
STREAM_LONG_POLL_S = env.number(  # without news, then an answer without any
    "RINGSIDE_STREAM_LONG_POLL_S", 20.0, least=0.1
)
STREAM_SSE_MAX_S = 60.0  # then the response ends, and its reader comes back

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

# Search.
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
SEARCH_COUNT_MAX = 1000  # places counted; of more it says so
SEARCH_COUNT_MAX_S = 0.3  # likewise, for the time that counting may take
SEARCH_NEWEST_ENTRIES = 1000  # looked through before PostgreSQL is asked for its index
SEARCH_NARROW_SESSIONS = 20  # so few are searched at once, not from the newest back
SEARCH_SCOPE_MAX_SESSIONS = 200  # more, and each find's session is looked at
