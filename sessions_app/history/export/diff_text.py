from difflib import unified_diff

from sessions_app.protocol.fields.tool_details import FileDiff

LINES_MAX = 5_000  # a larger change is shown as all that goes, then all that comes


def diff_text(diff: FileDiff) -> str:
    """Return a change of one file as a unified diff."""
    old, new = (diff.old_text or "").splitlines(), diff.new_text.splitlines()
    before = "/dev/null" if diff.old_text is None else diff.path
    if len(old) + len(new) <= LINES_MAX:
        lines = list(unified_diff(old, new, before, diff.path, lineterm=""))
    else:
        lines = [f"--- {before}", f"+++ {diff.path}", *(f"-{line}" for line in old)]
        lines += [f"+{line}" for line in new]
    return "\n".join(lines)
