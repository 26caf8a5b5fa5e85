"""Transcripts of other agents that are followed (`ringside follow`)."""

FOLLOW_LINE_MAX_BYTES = 24 * 1024 * 1024  # of one line; a longer one is a bad line
FOLLOW_CHUNK_BYTES = 256 * 1024  # read of one transcript before its events are logged
FOLLOW_CONCURRENCY = 4  # transcripts read at a time
FOLLOW_REST_S = 1.0  # without a change: a message that has ended gets no more blocks
FOLLOW_STALE_S = 600.0  # without a change in an agent's turn: the turn was cut short
FOLLOW_SCAN_INTERVAL_S = 10.0  # between searches of all directories, beside inotify
FOLLOW_CHANGE_MS = 20  # changes that come within it are one
FOLLOW_STORE_INTERVAL_S = 0.5  # between looks into a database that has changed
