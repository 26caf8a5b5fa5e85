"""Processes that run sessions: leases, commands, stopping."""

from config.settings.base import env

# What `runagent` prints: text for people, json (a line an event), or auto: text on a
# terminal, json to anything else.
RINGSIDE_OUTPUT = env.one_of("RINGSIDE_OUTPUT", "auto", "text", "json")
# Whose the sessions started on a command line are; none: the only superuser's.
RINGSIDE_OWNER = env.text("RINGSIDE_OWNER")

HEARTBEAT_INTERVAL_S = 2.0
REAP_INTERVAL_S = 1.0  # how often dead runners are looked for
LEASE_TIMEOUT_S = 10.0  # without a heartbeat, as others have seen: a dead runner
PRUNE_MAX_S = 3600.0  # the same, of a process that deletes a session without heartbeats
PROCESS_KEPT_S = 86_400.0  # a process that is gone is listed for as long
COMMAND_POLL_S = 0.25  # how often a runner looks for commands not nudged

STOP_FINISH_S = 1.8  # for the steps under way: a runner that stops hands over in 2 s
STOP_MAX_S = 10.0  # for all sessions to end in good order
RUNNER_DB_THREADS = 4
TAP_MAX_CHARS = 4 * 1024 * 1024  # not shown yet where the runner prints; then it waits
