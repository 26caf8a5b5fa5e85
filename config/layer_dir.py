import os
import socket
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

PATH_MAX_BYTES = 103  # longest path of a Unix socket on macOS; Linux allows 107
NAME_MAX_BYTES = 18  # longest name of a socket in the directory


def layer_dir(data_dir: Path, database: Mapping[str, object]) -> Path | None:
    """Return the directory of the local channel layer's sockets for one database.

    None if the system has no Unix sockets, or the path would be too long for one. The
    directory depends on the database, because processes of several databases may share
    a data directory and must not receive each other's events.
    """
    place = f"{database['HOST']}:{database['PORT']}/{database['NAME']}"
    path = data_dir / "layer" / sha256(place.encode()).hexdigest()[:8]
    is_short = len(os.fsencode(path)) + 1 + NAME_MAX_BYTES <= PATH_MAX_BYTES
    return path if hasattr(socket, "AF_UNIX") and is_short else None
