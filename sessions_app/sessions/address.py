"""The address of a session's page, for processes that load no pages.

Django's `reverse` imports every page. Ringside is at the root of its host, so an
address is a path alone; a test compares it with the table of addresses.
"""


def session_address(session_id: str) -> str:
    return f"/sessions/{session_id}/"
