import asyncio
import os
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

# A watchdog process shares the command's process group and reads from a pipe whose
# other end only this process holds: when this process dies, in whatever way, the
# watchdog kills the whole group. (PR_SET_PDEATHSIG would end the leader alone, and
# needs code between fork and exec.) After `exec` the watchdog is unknown to the
# command, whose `wait` does not wait for it.
_WATCHDOG = (
    "{ trap '' TERM INT HUP; read -r _ <%s; kill -9 0; } </dev/null >/dev/null 2>&1 &"
)
# A command without input does not get the pipe's descriptor either.
_WITHOUT_INPUT = f"""\
exec 3<&0 </dev/null
{_WATCHDOG % "&3"}
exec 3<&-
exec "$@"
"""
# A command with input inherits the pipe's descriptor: a shell can close and redirect
# only descriptors below 10, and ours may be higher. So the watchdog opens the pipe by
# its path.
_WITH_INPUT = f"""\
{_WATCHDOG % '"/dev/fd/$0"'}
exec "$@"
"""
DESCRIPTOR_MIN = 10  # the shell uses lower ones itself


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
    """Start a command as the leader of a process group that dies with this process.

    The group is also killed when `stack` is left. The command's pid is the group id,
    which cannot be reused while the watchdog lives, even after the command has ended.
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
