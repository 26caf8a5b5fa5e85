from sessions_app.protocol.encoding.server_sent_events import (
    ServerSentEvent,
    server_sent_events,
)

STREAM = """\
: a heartbeat

id: 1.2
data: {"seq": 2}

event:live
data:  one
data: two

id: 1.3

data
unknown: field

event: end
data: unfinished"""
MESSAGES = [
    ServerSentEvent("1.2", "", '{"seq": 2}'),
    ServerSentEvent(None, "live", " one\ntwo"),
    ServerSentEvent("1.3", "", ""),
    ServerSentEvent(None, "", ""),
]


def test_each_message_that_a_blank_line_ends_is_read_and_no_other() -> None:
    lines = STREAM.split("\n")
    assert list(server_sent_events(lines)) == MESSAGES
    for cut in range(len(lines)):
        whole = lines[:cut].count("") - 1  # the heartbeat is ended by the first
        expected = MESSAGES[: max(whole, 0)]
        assert list(server_sent_events(lines[:cut])) == expected
