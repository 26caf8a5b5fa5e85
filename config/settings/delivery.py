"""From the log to browsers: the channel layer, the feed, connections; webhooks."""

from config.layer_dir import layer_dir
from config.settings.base import DATA_DIR, env
from config.settings.database import DATABASES

CENSUS_INTERVAL_S = 5.0  # how often a web process says who watches

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
DEAR_REQUESTS_BURST = 64  # one of each tab
DEAR_REQUESTS_PER_S = 2

# WebSockets of one person: tabs, dashboards, load tests. Viewers share the bytes that
# they are sent, so that many which stall cost little more than one.
SOCKETS_OF_PERSON_MAX = env.number("RINGSIDE_SOCKETS_OF_PERSON_MAX", 1000, least=1)

GUARD_INTERVAL_S = 3.0  # between looks at whether viewers may still be here
PING_INTERVAL_S = 5  # of silence; with the next one a dead client is found in 20 s
PING_TIMEOUT_S = 10
# For so long a thread of a web process computes while others want to.
THREAD_SWITCH_INTERVAL_S = 0.0005
DRAIN_MAX_S = 3.0  # for sockets and requests to end when the server stops

EVENT_STREAMS_MAX = 500  # responses of Server-Sent Events open in one web process
EVENT_STREAMS_OF_PERSON_MAX = 64  # of them, of one person
EVENT_STREAMS_OPENING_MAX = 64  # whose token and rights are being looked up
EVENT_STREAMS_OPENING_OF_ADDRESS_MAX = 32  # of them, from one address
EVENT_STREAM_SESSIONS_MAX = 500  # a session and its sub-agents in one stream
EVENT_STREAM_HEARTBEAT_S = 15.0  # of silence, then a comment is sent
EVENT_STREAM_PACE_S = 0.05  # between two pieces of a stream that has caught up
EVENT_STREAM_RETRY_S = env.number(  # then a reader that was cut off comes back
    "RINGSIDE_EVENT_STREAM_RETRY_S", 1.0, least=0.01
)
WHOLE_LOG_INTERVAL_S = 0.05  # between looks for events of all sessions, but on SQLite
WHOLE_LOG_SCAN_MAX_EVENTS = 20_000  # looked through for one page of a reader
WHOLE_LOG_GATHER_S = 0.02  # after the log has grown, until it is read

REDIS_URL = env.redis("REDIS_URL")
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

# Webhooks, to other servers and by mail.
# Addresses and networks (CIDR) that are private, and that webhooks may go to all the
# same, by http too: 10.0.0.5,192.168.0.0/16. All others must be public.
WEBHOOK_ALLOWED = env.networks("RINGSIDE_WEBHOOK_ALLOWED")
WEBHOOKS_OF_PERSON_MAX = 20
WEBHOOK_URL_MAX_CHARS = 2000
WEBHOOK_INTERVAL_S = 1.0  # between looks for news, and for what is due
WEBHOOK_SESSIONS_MAX = 50  # looked at in one step
WEBHOOK_EVENTS_MAX = 500  # of one session, likewise
WEBHOOK_AT_ONCE_MAX = 8  # deliveries under way in a web process, one of an endpoint
WEBHOOK_CONNECT_MAX_S = 5.0
WEBHOOK_SEND_MAX_S = 15.0  # from looking the name up to the answer's head
WEBHOOK_ANSWER_MAX_BYTES = 16 * 1024  # read of an answer; what is in it does not count
WEBHOOK_LEASE_S = env.number(  # then another process sends what one has begun to
    "RINGSIDE_WEBHOOK_LEASE_S", 60.0, least=1.0
)
# After each try that failed, in seconds: 5 s, 5 min, half an hour, and up to a day.
WEBHOOK_RETRY_S = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
WEBHOOK_KEPT_DAYS = 30  # of deliveries in their log

# Web Push: to browsers, by the push services that they name (RFC 8030).
PUSH_BROWSERS_MAX = 20  # of one person
PUSH_MUTED_MAX = 1000  # sessions that one person wants to hear nothing of
PUSH_TTL_S = 12 * 3600  # for which a service keeps a message for a browser that is away
PUSH_CALL_MAX_CHARS = 120  # of a call that can be approved in a notification
PUSH_TEXT_MAX_CHARS = 160  # of a notification's title, and of its text
PUSH_ANSWER_MAX_S = 24 * 3600  # a notification's buttons work for so long
PUSH_LOOKED_AT_S = env.number(  # then it is asked again whether somebody still looks
    "RINGSIDE_PUSH_LOOKED_AT_S", 10.0, least=0.1
)
PUSH_CONTACT = env.text("VAPID_CONTACT")  # mailto:… or https://…, for push services

# Mail goes by SMTP; without a host there is none.
EMAIL_HOST = env.text("SMTP_HOST")
EMAIL_PORT = int(env.number("SMTP_PORT", 587, least=1, most=65535))
EMAIL_HOST_USER = env.text("SMTP_USER")
EMAIL_HOST_PASSWORD = env.text("SMTP_PASSWORD")
EMAIL_USE_TLS = env.flag("SMTP_TLS", default=True)
EMAIL_TIMEOUT = 10.0
DEFAULT_FROM_EMAIL = env.text("SMTP_FROM", "ringside@localhost")
