from contextlib import closing

from tests.faults.clients.raw_client import RawClient
from tests.servers.installation import Installation

FOUND_WITHIN_S = 20.0  # a client that is gone without a word


def test_a_client_that_answers_no_ping_is_cut_off(installation: Installation) -> None:
    server = installation.serve("--signin", "--no-runner")
    with closing(server.first_sign_in()) as person:
        cookies = dict(person.cookies)
    with RawClient(server, cookies) as client:
        # It had asked for a pong.
        assert b"\x89" in client.read_all(within=FOUND_WITHIN_S)
