"""What a forked child does, from its first instruction to its last.

Order matters: nothing of the user's is read before the child is locked down.
"""

from __future__ import annotations

import os
import socket
import sys
from dataclasses import dataclass
from typing import Any

from manim_worker import process
from manim_worker.wire import Channel


@dataclass(frozen=True)
class Order:
    """What the zygote was told about a job. Holds no secret and nothing of the user's."""

    scratch: str
    limits: dict[str, int]
    socket: int
    log: int
    ring: int | None


def main(order: Order, zygote: int) -> None:
    """Never returns."""
    try:
        channel = _enter(order, zygote)
        lockdown()
        task = channel.receive()
        if task is not None:
            _perform(channel, task, order.ring)
        _flush()
    finally:
        os._exit(0)


def lockdown() -> None:
    """The place of the jail: after this call, and not before, user code may come."""


def _enter(order: Order, zygote: int) -> Channel:
    os.setsid()
    process.die_with_parent()
    if os.getppid() != zygote:
        os._exit(0)
    os.dup2(order.log, 1)
    os.dup2(order.log, 2)
    kept = [order.socket] if order.ring is None else [order.socket, order.ring]
    process.keep_only(kept)
    os.chdir(order.scratch)
    os.environ.update(HOME=order.scratch, TMPDIR=order.scratch)
    process.limit(order.limits)
    return Channel(socket.socket(fileno=order.socket))


def _perform(channel: Channel, task: dict[str, Any], ring: int | None) -> None:
    if task["type"] == "scene":
        from manim_worker.scene_host import Host

        Host(channel, task, ring).run()
    else:
        from manim_worker import script_host

        script_host.run(channel, task)


def _flush() -> None:
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:
        pass
