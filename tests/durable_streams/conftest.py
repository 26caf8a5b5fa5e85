import pytest

from tests.agents.install import install


@pytest.fixture(scope="session")
def _suite() -> None:
    if install("durable_streams"):
        pytest.skip("npm could not fetch the suite: python -m tests.agents.install")
