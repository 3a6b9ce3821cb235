"""Calls the lockdown library. What is done is in the plans; nothing is decided here."""

from __future__ import annotations

import ctypes
import os
from typing import Any


class Lockdown:
    """The library, loaded from memory: no file of ours can be replaced."""

    def __init__(self, library: bytes) -> None:
        memory = os.memfd_create("lockdown")
        os.write(memory, library)
        # PyDLL keeps the interpreter's lock, so that a child holds it as its parent did.
        self._library = ctypes.PyDLL(f"/proc/self/fd/{memory}")
        os.close(memory)
        for name in ("manim_lockdown_fork", "manim_lockdown_run"):
            function = getattr(self._library, name)
            function.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
            function.restype = ctypes.c_int64
        self._library.manim_lockdown_wait.argtypes = [ctypes.c_int64]

    def fork(self, plan: bytes) -> int:
        """As `os.fork()`, into the plan's namespaces; negative is a failed step."""
        buffer = ctypes.create_string_buffer(plan, len(plan))
        ctypes.pythonapi.PyOS_BeforeFork()
        child = self._library.manim_lockdown_fork(buffer, len(plan))
        if child == 0:
            ctypes.pythonapi.PyOS_AfterFork_Child()
        else:
            ctypes.pythonapi.PyOS_AfterFork_Parent()
        return child

    def run(self, plan: bytes) -> None:
        """Performs the plan's steps. A step that fails ends the process."""
        buffer = ctypes.create_string_buffer(plan, len(plan))
        self._library.manim_lockdown_run(buffer, len(plan))

    def stand_by(self, child: int) -> None:
        """Lets go of everything and ends as the child does."""
        self._library.manim_lockdown_wait(child)


def enter(order: dict[str, Any] | None) -> Lockdown | None:
    """Locks this process in as a zygote, and proves that a job can be locked in."""
    if order is None:
        return None
    os.umask(0o022)
    lockdown = Lockdown(bytes.fromhex(order["library"]))
    zygote = bytes.fromhex(order["zygote"])
    if order["forks"]:
        child = lockdown.fork(zygote)
        if child < 0:
            os._exit(-child)
        if child > 0:
            lockdown.stand_by(child)
    lockdown.run(zygote)
    _prove(lockdown, bytes.fromhex(order["proof"]))
    return lockdown


def _prove(lockdown: Lockdown, plan: bytes) -> None:
    child = lockdown.fork(plan)
    if child == 0:
        lockdown.run(plan)
        os._exit(0)
    if child < 0:
        os._exit(-child)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    if code != 0:
        os._exit(code if code > 0 else 255)
