import base64
import hashlib
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core import signing

from sessions_app.masking.secret_spans import without_secrets
from sessions_app.models import AgentSession
from sessions_app.people.rights import may_control
from sessions_app.protocol.encoding.numbers import encode_json
from sessions_app.protocol.events import ApprovalRequest
from sessions_app.protocol.hidden_characters import spell_out
from sessions_app.sessions.address import session_address
from sessions_app.sessions.budget_limits import TOOL as BUDGET_TOOL
from sessions_app.webhooks.message import WebhookMessage
from sessions_app.webhooks.occasion import Occasion
from sessions_app.webhooks.push.call_text import whole_call

SALT = "answer from a notification"
URGENT = frozenset({Occasion.WAITING, Occasion.BUDGET})


@dataclass(frozen=True, slots=True)
class ShownQuestion:
    """A call that waits, in the words in which a notification shows it.

    `shown` is all of the call, or its tool alone; only in the first case may the
    notification say yes. The digest is of what was shown, and of which call.
    """

    session: str
    tool_use_id: str
    shown: str
    can_approve: bool

    @classmethod
    def of(
        cls, session: AgentSession, request: ApprovalRequest
    ) -> "ShownQuestion | None":
        """Return None for a question that has more answers than yes and no."""
        if request.tool == BUDGET_TOOL or request.questions or request.options:
            return None
        call = whole_call(request)
        shown = _line(call or f"{request.tool}: open the page to see all of it")
        return cls(session.pk, request.tool_use_id, shown, can_approve=shown == call)

    @property
    def digest(self) -> str:
        said = encode_json([self.session, self.tool_use_id, self.shown])
        hashed = hashlib.sha256(said).digest()
        return base64.urlsafe_b64encode(hashed).decode().rstrip("=")

    @property
    def answers(self) -> list[str]:
        return ["approve", "deny"] if self.can_approve else ["deny"]


@dataclass(frozen=True, slots=True)
class AnswerToken:
    """What the buttons of one notification may answer, and who."""

    user: int
    session: str
    tool_use_id: str
    digest: str

    def signed(self) -> str:
        said = [self.user, self.session, self.tool_use_id, self.digest]
        return signing.dumps(said, salt=SALT)

    @classmethod
    def read(cls, text: str) -> "AnswerToken | None":
        """Return None for one that is not ours, or is older than PUSH_ANSWER_MAX_S."""
        try:
            age = settings.PUSH_ANSWER_MAX_S
            return cls(*signing.loads(text, salt=SALT, max_age=age))
        except signing.BadSignature:
            return None


def payload(
    message: WebhookMessage, request: ApprovalRequest | None, user: User
) -> bytes:
    """Write what a browser is to show: JSON, read by `service_worker.js`.

    The session's title and, of a call that waits, the call; nothing else is said of
    what people or agents wrote.
    """
    session = message.session
    question = ShownQuestion.of(session, request) if request else None
    shown: dict[str, Any] = {
        "title": _line(message.title),
        "text": question.shown if question else "",
        "tag": session.pk,
        "path": session_address(session.pk),
        "urgent": message.occasion in URGENT,
    }
    if question and may_control(user, session):
        token = AnswerToken(user.pk, session.pk, question.tool_use_id, question.digest)
        shown |= {"answers": question.answers, "token": token.signed()}
    return encode_json(shown)


def _line(text: str) -> str:
    """One line without secrets and hidden characters, cut to what a browser shows."""
    line = spell_out(" ".join(without_secrets(text).split()))
    most = settings.PUSH_TEXT_MAX_CHARS
    return line if len(line) <= most else f"{line[: most - 1]}…"
