from types import MappingProxyType

from runners.engines.program.read_object import read_object
from sessions_app.masking.originals import masked_words
from sessions_app.protocol.encoding.codec import ProtocolError
from sessions_app.protocol.encoding.surrogates import mend, mend_all
from sessions_app.protocol.events import TS_MAX
from sessions_app.protocol.wire import Json

# Other words that programs use for an agent's outcome.
OUTCOMES = MappingProxyType(
    {
        "completed": "success",
        "complete": "success",
        "done": "success",
        "ok": "success",
        "failed": "error",
        "failure": "error",
        "canceled": "cancelled",
    }
)


def read_line(data: bytes) -> Json:
    """Parse a line of JSON into the fields of an event that has a type.

    Raises ProtocolError.
    """
    value = read_object(data)
    if not isinstance(value.get("type"), str) or not value["type"]:
        raise ProtocolError("type", "an event needs a `type`, a non-empty string")
    # A lone surrogate at the end of a delta may be completed by the next delta.
    fields = {mend(k): v if k == "delta" else mend_all(v) for k, v in value.items()}
    ts = fields.get("ts")
    if type(ts) is not int or not 0 <= ts <= TS_MAX:
        fields.pop("ts", None)  # invalid: the log's clock sets it
    fields.pop("seq", None)  # the log assigns sequence numbers
    # They name outputs and commands of another database.
    for name in ("wholeId", "outputId", "commandId"):
        fields.pop(name, None)
    fields.pop("unmaskedId", None)
    fields.pop("masked", None)  # only the log sets it
    if isinstance(signature := fields.get("signature"), str):
        fields["signature"] = masked_words(signature)  # no API verifies it
    status = fields.get("status")
    if fields["type"] == "agent_complete" and isinstance(status, str):
        fields["status"] = OUTCOMES.get(status, status)
    return fields
