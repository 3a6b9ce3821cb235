"""Imports Manim once, then forks one child per job and buries it.

One thread, no job's data, an empty environment. Reads orders on the control
socket; each job has a leash, and whoever drops the leash kills the job. When the
control socket ends, so does everything.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from manim_worker import job, process
from manim_worker.jail import Lockdown
from manim_worker.wire import Channel


@dataclass
class Child:
    """A running job."""

    pid: int
    leash: Channel


def main(control: socket.socket, lockdown: Lockdown | None, warm_up: Callable[[], None]) -> None:
    """Imports what `warm_up` imports, says so, and serves. Never returns."""
    channel = Channel(control)
    began = time.monotonic()
    try:
        warm_up()
    except BaseException as error:
        channel.send({"type": "failed", "message": f"{type(error).__name__}: {error}"[:2000]})
        os._exit(1)
    process.adopt_orphans()
    # What is here now is never looked through again, so that children share it.
    gc.collect()
    gc.freeze()
    channel.send(_ready(time.monotonic() - began))
    _be_quiet()
    Zygote(channel, lockdown).serve()
    os._exit(0)


def _ready(seconds: float) -> dict[str, Any]:
    manim = sys.modules.get("manim")
    return {
        "type": "ready",
        "manim": manim.__version__ if manim else "",
        "python": ".".join(str(part) for part in sys.version_info[:3]),
        "threads": max(process.thread_count(), threading.active_count()),
        "import_ms": int(seconds * 1000),
    }


def _be_quiet() -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (1, 2):
        os.dup2(nothing, descriptor)
    os.close(nothing)


class Zygote:
    """The loop between the supervisor and the jobs."""

    def __init__(self, control: Channel, lockdown: Lockdown | None) -> None:
        self.lockdown = lockdown
        self.control = control
        self.children: dict[int, Child] = {}
        self.pid = os.getpid()
        self.bell, ring = socket.socketpair()
        for end in (self.bell, ring):
            end.setblocking(False)
        self.ring = ring
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(ring.fileno(), warn_on_full_buffer=False)
        self.poll = select.poll()
        self.poll.register(control.fileno(), select.POLLIN)
        self.poll.register(self.bell.fileno(), select.POLLIN)

    def serve(self) -> None:
        """Until the supervisor leaves."""
        try:
            while self._turn():
                pass
        finally:
            process.end_all(child.pid for child in self.children.values())

    def _turn(self) -> bool:
        for descriptor, _ in self.poll.poll():
            if descriptor == self.control.fileno():
                if not self._take_order():
                    return False
            elif descriptor == self.bell.fileno():
                self._bury()
            elif descriptor in self.children:
                self._kill(descriptor)
        return True

    def _take_order(self) -> bool:
        message, descriptors = self.control.receive_with_descriptors()
        if message is None:
            return False
        leash, *given = descriptors
        if message["imports"]:
            for name in message["imports"]:
                __import__(name)
        order = job.Order(
            scratch=message["scratch"],
            limits=message["limits"],
            plan=bytes.fromhex(message["plan"]) if message["plan"] else None,
            socket=given[0],
            log=given[1],
            ring=given[2] if message["ring"] else None,
        )
        self._fork(order, Channel(socket.socket(fileno=leash)))
        for descriptor in given:
            os.close(descriptor)
        return True

    def _fork(self, order: job.Order, leash: Channel) -> None:
        pid = self._new_process(order)
        if pid == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            job.main(order, self.pid, self.lockdown)
        if pid < 0:
            _tell(leash, {"type": "exited", "code": -pid, "signal": None, "cpu_ms": 0, "peak_kib": 0})
            leash.sock.close()
            return
        self.children[leash.fileno()] = Child(pid, leash)
        # Only the end of the leash is looked for: the supervisor says nothing on it.
        self.poll.register(leash.fileno(), select.POLLIN)
        _tell(leash, {"type": "started", "pid": pid})

    def _new_process(self, order: job.Order) -> int:
        if self.lockdown is None or order.plan is None:
            return os.fork()
        return self.lockdown.fork(order.plan)

    def _kill(self, leash: int) -> None:
        process.kill_group(self.children[leash].pid)
        self.poll.unregister(leash)

    def _bury(self) -> None:
        try:
            self.bell.recv(4096)
        except BlockingIOError:
            pass
        for leash, child in list(self.children.items()):
            ended = process.reap(child.pid)
            if ended is None:
                continue
            status, usage = ended
            del self.children[leash]
            try:
                self.poll.unregister(leash)
            except KeyError:
                pass
            _tell(child.leash, _farewell(status, usage))
            child.leash.sock.close()
        self._kill_strays()

    def _kill_strays(self) -> None:
        """Orphans of jobs that left their group come to us; no job's child lives on."""
        known = {child.pid for child in self.children.values()}
        for pid in process.children():
            if pid not in known:
                process.kill_group(pid)
                process.reap(pid)


def _tell(leash: Channel, message: dict[str, Any]) -> None:
    try:
        leash.send(message)
    except OSError:
        pass


def _farewell(status: int, usage: Any) -> dict[str, Any]:
    signaled = os.WIFSIGNALED(status)
    return {
        "type": "exited",
        "code": None if signaled else os.WEXITSTATUS(status),
        "signal": os.WTERMSIG(status) if signaled else None,
        "cpu_ms": int((usage.ru_utime + usage.ru_stime) * 1000),
        "peak_kib": usage.ru_maxrss if sys.platform == "linux" else usage.ru_maxrss // 1024,
    }
