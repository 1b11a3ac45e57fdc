"""Nothing that a scenario started outlives it, however it detached itself."""
import ctypes
import os
import signal
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h


def adopt_orphans():
    """From now on, what loses its parent among our descendants becomes our child."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_group(leader):
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        pass


def _children():
    listing = Path(f"/proc/self/task/{os.getpid()}/children").read_text()
    return [int(pid) for pid in listing.split()]


def end_children():
    """Ends all descendants; returns the names of those that were still running."""
    names = []
    while children := _children():
        for pid in children:
            status = Path(f"/proc/{pid}/stat").read_text()
            name, state = status[status.index("(") + 1:].rsplit(")", 1)
            if state.split()[0] != "Z":
                names.append(name)
                os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)  # its own children, orphaned now, come to us
    return names
