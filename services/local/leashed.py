"""Two small programs that :mod:`services.local.leash` runs by path, without site-packages.

``exec``: tell the watcher this process's id, become another user if asked, then become the command
itself. The id is told before the command runs, so there is no moment at which a child exists that
the watcher does not know.

``watch``: read ``+pid signal`` and ``-pid`` lines from standard input. At its end the supervisor is
gone, however it went: ask every child that is left to stop, last started first, then kill it.
"""

import ctypes
import os
import signal
import sys
import time

_CAP_DAC_OVERRIDE = 1


def _keep_file_access() -> None:
    """Linux: go on reaching files under folders closed to others (``/root``) after ``setuid``.

    Best effort: without it the server still starts where its folders are open.
    """
    prctl = ctypes.CDLL(None).prctl
    capset = ctypes.CDLL(None).capset
    mask = 1 << _CAP_DAC_OVERRIDE
    version_3_for_self = (ctypes.c_uint32 * 2)(0x20080522, 0)
    effective_permitted_inheritable = (ctypes.c_uint32 * 6)(mask, mask, mask, 0, 0, 0)
    capset(version_3_for_self, effective_permitted_inheritable)
    prctl(47, 2, _CAP_DAC_OVERRIDE, 0, 0)  # PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE


def _become(uid: int, gid: int) -> None:
    linux = sys.platform == "linux"
    if linux:
        ctypes.CDLL(None).prctl(8, 1, 0, 0, 0)  # PR_SET_KEEPCAPS
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
    if linux:
        _keep_file_access()


def execute(pipe: int, stop_signal: int, user: str, command: list[str]) -> None:
    os.write(pipe, f"+{os.getpid()} {stop_signal}\n".encode())
    os.close(pipe)
    if user:
        uid, gid = user.split(":")
        _become(int(uid), int(gid))
    os.execvp(command[0], command)  # noqa: S606 - that is its purpose


def _signal(pid: int, number: int) -> bool:
    """Signal the child's process group; whether there was any."""
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        return False
    except PermissionError:  # macOS says so of a group of zombies
        return False
    return True


def watch(grace_seconds: float) -> None:
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    children: dict[int, int] = {}
    for line in sys.stdin:
        if line.startswith("+"):
            pid, number = line[1:].split()
            children[int(pid)] = int(number)
        else:
            children.pop(int(line[1:]), None)
    left = [pid for pid in reversed(children) if _signal(pid, children[pid])]
    deadline = time.monotonic() + grace_seconds
    while left and time.monotonic() < deadline:
        time.sleep(0.05)
        left = [pid for pid in left if _signal(pid, 0)]
    for pid in left:
        _signal(pid, signal.SIGKILL)


if __name__ == "__main__":
    if sys.argv[1] == "watch":
        watch(float(sys.argv[2]))
    else:
        execute(int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], sys.argv[5:])
