"""A file that differs between two states of a working directory."""

from typing import Literal

from sessions_app.protocol.wire import WireValue

PathStatus = Literal["added", "deleted", "modified", "renamed", "copied", "type"]


class ChangedPath(WireValue, frozen=True, kw_only=True):
    """One file of a comparison by git.

    `path` is relative to the directory, with slashes. A name that is not UTF-8, or that
    has a quote or a control character, is in quotes, escaped as git does it. The file's
    patch is the part of output `output_id` that begins at byte `offset` and has `bytes`
    bytes; `lines` counts the lines of its hunks. Without an output it was too large to
    be kept.
    """

    path: str
    old_path: str = ""  # of a renamed or copied file
    status: PathStatus = "modified"
    # Both, where the mode has changed: 100644, 100755, 120000 (a link), 160000.
    old_mode: str = ""
    new_mode: str = ""
    added: int = 0  # lines
    removed: int = 0
    binary: bool = False
    blob: str = ""  # git's name of the content as it is now; "": the file is gone
    output_id: str = ""
    offset: int = 0
    bytes: int = 0
    lines: int = 0
