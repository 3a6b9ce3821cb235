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
from manim_worker.jail import Lockdown
from manim_worker.wire import Channel


@dataclass(frozen=True)
class Order:
    """What the zygote was told about a job. Holds no secret and nothing of the user's."""

    scratch: str
    limits: dict[str, int]
    plan: bytes | None
    socket: int
    log: int
    ring: int | None


def main(order: Order, zygote: int, lockdown: Lockdown | None) -> None:
    """Never returns."""
    try:
        channel = _enter(order)
        if lockdown is not None and order.plan is not None:
            lockdown.run(order.plan)
            # Nobody, seen from namespaces of its own.
            if os.getppid() not in (0, zygote):
                os._exit(0)
        else:
            _limit(order, zygote)
        # The task comes only to who is locked in.
        channel.send({"type": "locked"})
        task = channel.receive()
        if task is not None:
            _perform(channel, task, order.ring)
        _flush()
    finally:
        os._exit(0)


def _enter(order: Order) -> Channel:
    os.setsid()
    os.dup2(order.log, 1)
    os.dup2(order.log, 2)
    kept = [order.socket] if order.ring is None else [order.socket, order.ring]
    process.keep_only(kept)
    os.environ.update(HOME=order.scratch, TMPDIR=order.scratch)
    return Channel(socket.socket(fileno=order.socket))


def _limit(order: Order, zygote: int) -> None:
    """All there is without a jail."""
    process.die_with_parent()
    if os.getppid() != zygote:
        os._exit(0)
    os.chdir(order.scratch)
    process.limit(order.limits)


def _perform(channel: Channel, task: dict[str, Any], ring: int | None) -> None:
    if task["type"] == "scene":
        from manim_worker.scene_host import Host

        Host(channel, task, ring).run()
    elif task["type"] == "formula":
        from manim_worker import tex_host

        tex_host.run(channel, task)
    elif task["type"] == "formulas":
        from manim_worker import tex_host

        tex_host.run_together(channel, task)
    else:
        from manim_worker import script_host

        script_host.run(channel, task)


def _flush() -> None:
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:
        pass
