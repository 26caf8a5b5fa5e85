import os
import socket
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

PATH_MAX_BYTES = 103  # of a socket's path: macOS has the least room, Linux 107
NAME_MAX_BYTES = 18  # of a socket in the directory


def layer_dir(data_dir: Path, database: Mapping[str, object]) -> Path | None:
    """Choose where this machine's processes of one database meet by sockets.

    None: they cannot, for the system has none, or the path is too long for one.
    Another database's may share the data directory; they are not to hear of its events.
    """
    place = f"{database['HOST']}:{database['PORT']}/{database['NAME']}"
    path = data_dir / "layer" / sha256(place.encode()).hexdigest()[:8]
    is_short = len(os.fsencode(path)) + 1 + NAME_MAX_BYTES <= PATH_MAX_BYTES
    return path if hasattr(socket, "AF_UNIX") and is_short else None
