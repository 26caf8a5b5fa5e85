import asyncio
import os
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

# A watchdog shares the command's process group and waits for the end of a pipe whose
# other end only this process holds: when we die, however we die, the whole group does.
# (PR_SET_PDEATHSIG would end the leader alone, and needs code between fork and exec.)
# After `exec` the command does not know of it: its `wait` does not wait for it.
_WATCHDOG = (
    "{ trap '' TERM INT HUP; read -r _ <%s; kill -9 0; } </dev/null >/dev/null 2>&1 &"
)
# A command that takes no input is given no descriptor of the pipe either.
_WITHOUT_INPUT = f"""\
exec 3<&0 </dev/null
{_WATCHDOG % "&3"}
exec 3<&-
exec "$@"
"""
# One that does is: a shell closes, and redirects, descriptors below 10 only, which we
# have not. So the watchdog opens the pipe by its path.
_WITH_INPUT = f"""\
{_WATCHDOG % '"/dev/fd/$0"'}
exec "$@"
"""
DESCRIPTOR_MIN = 10  # the shell uses those below


async def start_process_group(
    stack: AsyncExitStack,
    argv: Sequence[str],
    *,
    workdir: str | Path,
    env: Mapping[str, str],
    stdout: int,
    stderr: int,
    stdin: int | None = None,
    pass_fds: Sequence[int] = (),
) -> asyncio.subprocess.Process:
    """Start a command as the leader of a process group, which dies when we do.

    And when `stack` is left. Its pid is the group's number, and nobody else's as long
    as the watchdog lives, whatever has become of the command.
    """
    watched, ours = os.pipe()
    stack.callback(os.close, ours)
    try:
        return await asyncio.create_subprocess_exec(
            "/bin/sh",
            "-c",
            _WITHOUT_INPUT if stdin is None else _WITH_INPUT,
            str(watched),
            *argv,
            stdin=watched if stdin is None else stdin,
            stdout=stdout,
            stderr=stderr,
            cwd=workdir,
            env=env,
            pass_fds=pass_fds if stdin is None else (*pass_fds, watched),
            start_new_session=True,
        )
    finally:
        os.close(watched)
