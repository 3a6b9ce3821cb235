"""What a process does to itself and to its children. Calls the system, decides nothing."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
from collections.abc import Iterable, Mapping

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36

_LINUX = sys.platform == "linux"
# Looked up before the first fork: a child must not have to load anything.
_prctl = ctypes.CDLL(None, use_errno=True).prctl if _LINUX else None


def die_with_parent() -> None:
    """The kernel kills this process when its parent ends. Linux only."""
    if _prctl is not None:
        _prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)


def adopt_orphans() -> None:
    """Descendants whose parent ends become our children. Linux only."""
    if _prctl is not None:
        _prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def limit(limits: Mapping[str, int]) -> None:
    """Sets resource limits by their lower-case names, never above the present ones."""
    for name, value in limits.items():
        kind = getattr(resource, "RLIMIT_" + name.upper(), None)
        if kind is None:
            continue
        _, hard = resource.getrlimit(kind)
        if hard != resource.RLIM_INFINITY:
            value = min(value, hard)
        # The soft CPU limit has a signal of its own; the hard one is a plain SIGKILL.
        slack = 5 if name == "cpu" and hard == resource.RLIM_INFINITY else 0
        resource.setrlimit(kind, (value, value + slack))


def keep_only(descriptors: Iterable[int]) -> None:
    """Closes every descriptor above 2 that is not named."""
    low = 3
    for keep in sorted(descriptors):
        os.closerange(low, keep)
        low = keep + 1
    highest = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    os.closerange(low, min(highest, 1 << 20))


def thread_count() -> int:
    """Threads of this process as the kernel counts them; 1 where it cannot be known."""
    return len(os.listdir("/proc/self/task")) if _LINUX else 1


def children() -> list[int]:
    """Direct children of this process, where the kernel lists them."""
    try:
        with open(f"/proc/self/task/{os.getpid()}/children") as listing:
            return [int(pid) for pid in listing.read().split()]
    except OSError:
        return []


def kill_group(pid: int) -> None:
    """Kills a process and the group that it leads."""
    for kill in (os.killpg, os.kill):
        try:
            kill(pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass


def reap(pid: int) -> tuple[int, resource.struct_rusage] | None:
    """Status and usage of a child that has ended, with its group killed. `None` while it runs."""
    if hasattr(os, "waitid"):
        if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            return None
        # As long as it is not reaped, its number cannot be another's.
        kill_group(pid)
    found, status, usage = os.wait4(pid, os.WNOHANG)
    return (status, usage) if found else None


def end_all(known: Iterable[int]) -> None:
    """Kills all children, and those that become ours by that, until there are none."""
    left = set(known)
    while left:
        for pid in left:
            kill_group(pid)
        for pid in left:
            os.waitpid(pid, 0)
        left = set(children())
