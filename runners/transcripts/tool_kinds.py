"""The kinds of known agents' tools, and the files and diffs in their inputs."""

from types import MappingProxyType
from typing import cast

from sessions_app.protocol.events import TodoUpdate
from sessions_app.protocol.fields.tool_details import FileDiff, FileLocation, ToolKind
from sessions_app.protocol.wire import Json

KINDS = MappingProxyType(
    {
        "read": "read", "notebookread": "read", "ls": "read", "list": "read",
        "view_image": "read",
        "edit": "edit", "multiedit": "edit", "write": "edit", "notebookedit": "edit",
        "apply_patch": "edit", "patch": "edit",
        "glob": "search", "grep": "search", "codesearch": "search",
        "bash": "execute", "bashoutput": "execute", "killshell": "execute",
        "shell": "execute", "shell_command": "execute", "exec_command": "execute",
        "write_stdin": "execute", "local_shell": "execute",
        "todowrite": "think", "update_plan": "think", "task": "think", "agent": "think",
        "spawn_agent": "think",
        "webfetch": "fetch", "websearch": "fetch", "web_search": "fetch",
        "exitplanmode": "switch_mode", "enterplanmode": "switch_mode",
    }
)  # fmt: skip
PATHS = ("file_path", "filePath", "notebook_path", "path")
PATCH_HEADS = MappingProxyType(
    {
        "*** Add File: ": "add",
        "*** Update File: ": "update",
        "*** Delete File: ": "delete",
    }
)


def kind_of(tool: str) -> ToolKind:
    return cast(ToolKind, KINDS.get(tool.lower(), ""))


def locations_in(input_: Json) -> list[FileLocation]:
    """Find the file that a call's input names."""
    path = next((input_[name] for name in PATHS if input_.get(name)), None)
    return [FileLocation(path=path)] if isinstance(path, str) else []


def diffs_in(input_: Json) -> list[FileDiff]:
    """Read the diffs that a call's input describes."""
    where = locations_in(input_)
    if not where:
        return []
    path = where[0].path
    edits = input_.get("edits")
    many = [e for e in edits if isinstance(e, dict)] if isinstance(edits, list) else []
    found = []
    for edit in [input_, *many]:
        old = edit.get("old_string", edit.get("oldString"))
        new = edit.get("new_string", edit.get("newString"))
        if isinstance(old, str) and isinstance(new, str):
            found.append(FileDiff(path=path, old_text=old, new_text=new))
    return found


def diffs_of_patch(patch: str) -> list[FileDiff]:
    """Read a patch in the form of Codex's apply_patch, one diff for each file."""
    found: list[FileDiff] = []
    path, what = "", ""
    old: list[str] = []
    new: list[str] = []

    def end() -> None:
        if path:
            before = None if what == "add" else _joined(old)
            found.append(FileDiff(path=path, old_text=before, new_text=_joined(new)))
        old.clear()
        new.clear()

    for line in patch.splitlines():
        head = next((head for head in PATCH_HEADS if line.startswith(head)), "")
        if head:
            end()
            path, what = line.removeprefix(head).strip(), PATCH_HEADS[head]
        elif line.startswith("*** End"):
            end()
            path = ""
        elif line[:1] in {"+", " "}:
            new.append(line[1:])
            if line[0] == " ":
                old.append(line[1:])
        elif line.startswith("-"):
            old.append(line[1:])
    end()
    return found


def hunks(path: str, patch: object) -> tuple[list[FileDiff], list[FileLocation]]:
    """Read a structured patch: one diff and its first line for each hunk."""
    diffs: list[FileDiff] = []
    places: list[FileLocation] = []
    for hunk in patch if isinstance(patch, list) else []:
        lines = hunk.get("lines") if isinstance(hunk, dict) else None
        if not isinstance(lines, list) or not all(isinstance(x, str) for x in lines):
            continue
        old = [line[1:] for line in lines if line[:1] in {" ", "-"}]
        new = [line[1:] for line in lines if line[:1] in {" ", "+"}]
        diffs.append(FileDiff(path=path, old_text=_joined(old), new_text=_joined(new)))
        start = hunk.get("newStart")
        line_number = start if isinstance(start, int) and 0 < start < 2**31 else None
        places.append(FileLocation(path=path, line=line_number))
    return diffs, places


def todos_in(ts: int, input_: Json) -> list[TodoUpdate]:
    """Read the to-do list from a call that writes one."""
    items = input_.get("todos", input_.get("plan"))
    if not isinstance(items, list):
        return []
    shown = [
        {**item, "content": item.get("content", item.get("step", ""))}
        for item in items
        if isinstance(item, dict)
    ]
    return [TodoUpdate(ts=ts, items=shown)]


def _joined(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
