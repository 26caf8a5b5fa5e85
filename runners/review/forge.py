import os
import shutil

from runners.review.remotes import Remote, host_and_path, transport_of
from runners.sandbox.environment import scrubbed
from sessions_app.protocol.fields.branch_state import ForgeTool

FORGES: dict[str, ForgeTool] = {"github": "gh", "gitlab": "glab"}
TOOLS: tuple[ForgeTool, ...] = ("gh", "glab")


def forge_tool(remote: Remote) -> tuple[ForgeTool, str]:
    """Choose the program that opens pull requests at a remote; else says why none does.

    Whether it is signed in is known when it is asked.
    """
    host, path = host_and_path(remote.url)
    is_far = transport_of(remote.url) in {"https", "http", "ssh"}
    if not is_far or not host or "/" not in path:
        return "", f"{remote.shown} is no repository of GitHub or GitLab"
    wanted = [tool for word, tool in FORGES.items() if word in host]
    for tool in wanted or TOOLS:
        if tool and find_tool(tool):
            return tool, ""
    missing = " or ".join(wanted or TOOLS)
    return "", f"{missing} is not installed where the session runs"


def find_tool(name: str) -> str:
    """Where a program is, by the PATH that commands have; "": it is not installed."""
    return shutil.which(name, path=scrubbed(os.environ).get("PATH")) or ""
