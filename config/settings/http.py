"""HTTP requests of one web process, probes, metrics and MCP."""

from config.settings.base import env

HTTP_REQUESTS_MAX = 16  # at once; each has a thread, and may have a connection
HTTP_REQUESTS_OF_ADDRESS_MAX = 12  # of them, from one address
HTTP_REQUESTS_OF_PERSON_MAX = 8  # of them, by one session
HTTP_WAITING_MAX = 512  # until there is room; more are refused at once
HTTP_WAITING_OF_ONE_MAX = 256  # of them, from one address or by one session
HTTP_WAIT_MAX_S = 10.0

HTTP_SOCKETS_MAX = 10_000  # open at once, WebSockets among them
HTTP_SOCKETS_OF_ADDRESS_MAX = env.number(  # of them; a proxy may have them all
    "RINGSIDE_HTTP_SOCKETS_OF_ADDRESS_MAX", 2000, least=1
)
HANDSHAKES_MAX = 64  # of WebSockets at once; the others wait for their turn
OPEN_FILES_MIN = HTTP_SOCKETS_MAX + 500  # a web process asks the system for so many

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

RETRY_AFTER_S = 2  # what answers of 503 ask for

READY_KEPT_S = 0.5  # an answer of /readyz; who asks sooner gets the same
READY_MAX_S = 1.5  # for the database to answer, when /readyz is asked
ADDRESS_MAX_CHARS = 4096  # of a request; a proxy must hold three times that in headers
# Whoever asks for /metrics sends it as a bearer token; none: asked from here alone.
RINGSIDE_METRICS_TOKEN = env.text("RINGSIDE_METRICS_TOKEN")

# The MCP server.
MCP_REQUESTS_MAX = 200  # at once; one that waits for a session, or a person, is one
MCP_REQUESTS_OF_ADDRESS_MAX = 64  # of them, from one address
MCP_BODY_MAX_BYTES = 256 * 1024  # of one request
MCP_EVENTS_MAX = 500  # of a log in one answer
MCP_EVENTS_MAX_BYTES = 64 * 1024  # likewise, unless a single one is larger
MCP_COMPLETIONS_MAX = 100  # the most that the protocol allows

MCP_WAIT_S = 30.0  # for a session, unless the call says otherwise
MCP_WAIT_MAX_S = 50.0  # clients give a call up after a minute
MCP_LOOK_MIN_S = 0.25  # between two looks at a session that is waited for; doubles
MCP_LOOK_MAX_S = 2.0  # up to this

# Whether clients that can ask their person or model get a session, which lives in one
# web process. Several processes (Redis) need a proxy that knows which: docs/mcp.md.
MCP_SESSIONS = env.flag("RINGSIDE_MCP_SESSIONS", default=not env.text("REDIS_URL"))
MCP_SESSIONS_MAX = 1000  # at once
MCP_SESSIONS_OF_TOKEN_MAX = 32  # of them, of one token; the one idle longest goes
MCP_SESSION_IDLE_S = 30 * 60.0  # without a request or a stream; then it ends
MCP_SUBSCRIPTIONS_MAX = 100  # of one session, or of one subscriptions/listen
MCP_ASK_MAX_S = 5 * 60.0  # until a client's person answers
MCP_ASK_MAX_CHARS = 8000  # of a call that is shown; a longer one cannot be approved
MCP_GATHER_S = 0.5  # changes of one resource in this time are told once
MCP_BEGIN_MAX_S = 10.0  # until changes can be followed
MCP_RETRY_MIN_S = 0.25  # to a stream of changes that broke; doubles
MCP_RETRY_MAX_S = 5.0  # up to this

# What a team adds to the server: dotted paths of McpCatalogue values.
MCP_CATALOGUES = env.names("RINGSIDE_MCP_CATALOGUES")
