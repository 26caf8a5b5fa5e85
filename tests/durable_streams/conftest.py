import pytest

from tests.agents.install import NODE_BIN, TARGET

SUITE = TARGET / "durable_streams"


@pytest.fixture(scope="session", autouse=True)
def _installed() -> None:
    if not (SUITE / "installed").exists() or not NODE_BIN.exists():
        pytest.skip("npm has not fetched the clients: python -m tests.agents.install")
