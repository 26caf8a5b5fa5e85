import json

import pytest

from runners.engines.claude_api.api.client import Claude
from runners.engines.claude_api.api.errors import ContextOverflow, Fatal, Retryable
from runners.simulator.api.canned import Canned
from runners.simulator.simulator import Simulator
from sessions_app.protocol.wire import Json
from tests.runners.engines.claude_api.api.test_client import failure
from tests.runners.engines.claude_api.reply.test_recorded_streams import FOLDER

FILE = FOLDER / "http_errors.json"
RECORDED = json.loads(FILE.read_text()) if FILE.exists() else []
pytestmark = pytest.mark.skipif(not RECORDED, reason=f"there is no {FILE}")


@pytest.mark.parametrize("recorded", RECORDED, ids=lambda r: str(r["status"]))
async def test_a_recorded_error_is_of_the_right_class(
    claude: Claude, simulator: Simulator, recorded: Json
) -> None:
    body = recorded["body"]
    error = body.get("error", body)
    simulator.answer_next(
        Canned(
            status=recorded["status"],
            headers=recorded["headers"],
            body=json.dumps(body).encode(),
        )
    )
    caught = await failure(claude)
    assert not isinstance(caught, Retryable)
    is_overflow = error["message"].startswith("prompt is too long")
    assert isinstance(caught, Fatal)
    assert isinstance(caught, ContextOverflow) == is_overflow
    assert error["message"] in str(caught)
    if not is_overflow:
        assert caught.code == error.get("type", f"http_{recorded['status']}")
    assert len(simulator.requests) == 1
