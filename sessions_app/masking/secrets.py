import re

import msgspec

from sessions_app.masking.mask import masked
from sessions_app.protocol import events
from sessions_app.protocol.events import Event

# How well-known secrets begin, of which characters they are, how many at least.
FORMATS = (
    (r"sk-ant-", r"[\w-]", 20),  # Anthropic
    (r"sk-(?:proj-)?", r"[A-Za-z0-9_-]", 32),  # OpenAI
    (r"gh[opsur]_", r"[A-Za-z0-9]", 36),  # GitHub
    (r"github_pat_", r"\w", 22),
    (r"glpat-", r"[\w-]", 20),  # GitLab
    (r"(?:AKIA|ASIA)", r"[A-Z0-9]", 16),  # AWS
    (r"xox[abeoprs]-", r"[A-Za-z0-9-]", 10),  # Slack
    (r"AIza", r"[\w-]", 35),  # Google
    (r"[rs]k_live_", r"[A-Za-z0-9]", 16),  # Stripe
    (r"npm_", r"[A-Za-z0-9]", 36),
    (r"pypi-AgE", r"[\w-]", 50),
    (r"(?<!\.)eyJ", r"[\w.-]", 40),  # JSON web tokens, not their middles
    (r"[Bb]earer ", r"[\w.~+/=-]", 20),
    (r"-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----", r"[A-Za-z0-9+/=\s\\]", 40),
)
TAIL_CHARS = 64  # more than the longest prefix
PREFIXES = "|".join(f"(?<![A-Za-z0-9]){prefix}" for prefix, _, _ in FORMATS)


def _pattern(is_whole: bool) -> re.Pattern[str]:
    """Match each format's prefix (a group) and its body, up to where another begins."""
    return re.compile(
        "|".join(
            f"(?<![A-Za-z0-9])({prefix})(?:(?!{PREFIXES}){body})"
            f"{{{least if is_whole else 0},}}"
            for prefix, body, least in FORMATS
        ),
        re.ASCII,
    )


WHOLE = _pattern(is_whole=True)
# In a stream nobody knows yet how long it will be: what may be a secret is covered.
BEGUN = _pattern(is_whole=False)


def without_secrets(text: str) -> str:
    """Cover what looks like a secret, all but its prefix, as long as it was."""
    return WHOLE.sub(_covered, text)


def without_secrets_in(data: bytes) -> bytes:
    """Do the same in UTF-8 that may be cut anywhere."""
    text = data.decode(errors="surrogateescape")
    return without_secrets(text).encode(errors="surrogateescape")


def unmasked(event: Event) -> Event:
    return event


class SecretMask:
    """Masks what the tools of one session are given and say, as it comes.

    A secret that deltas split is covered all the same: from its prefix on, before
    its end is known. The final shows what was none after all.
    """

    def __init__(self) -> None:
        self._tails: dict[str, str] = {}  # of each stream, where a secret may begin

    def __call__(self, event: Event) -> Event:
        match event:
            case events.ToolInputDelta() | events.ToolOutputDelta():
                delta = self._delta(event.stream or "", event.delta)
                return msgspec.structs.replace(event, delta=delta)
            case events.ToolUse() | events.ApprovalRequest() | events.Approval():
                self._tails.pop(event.stream or "", None)
                given = masked(event.input, without_secrets)
                return msgspec.structs.replace(event, input=given)
            case events.ToolResult():
                self._tails.pop(event.stream or "", None)
                output = without_secrets(event.output)
                return msgspec.structs.replace(event, output=output)
            case events.AgentSpawn():
                return msgspec.structs.replace(event, task=without_secrets(event.task))
        return event

    def _delta(self, stream: str, delta: str) -> str:
        tail = self._tails.get(stream, "")
        text = tail + delta
        left = text[-TAIL_CHARS:]
        for match in BEGUN.finditer(text):
            if match.end() == len(text):  # it may go on
                prefix = _prefix(match)
                left = prefix + match[0][len(prefix) :][-TAIL_CHARS:]
        self._tails[stream] = left
        # No format has characters beyond ASCII: each is covered by one star.
        return BEGUN.sub(_covered, text)[len(tail) :]


def _prefix(match: "re.Match[str]") -> str:
    return next(group for group in match.groups() if group is not None)


def _covered(match: "re.Match[str]") -> str:
    prefix = _prefix(match)
    return prefix + "*" * (len(match[0]) - len(prefix))
