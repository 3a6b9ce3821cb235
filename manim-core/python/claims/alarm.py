"""An end for what takes too long, within one process.

Counted is processor time, so that a busy machine changes no verdict. The signal is raised again
and again: libraries catch more than they should.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

T = TypeVar("T")

#: Seconds of the processor that SymPy may try; numbers decide without it.
ATTEMPT_S = 1.0
#: Seconds between two rings.
AGAIN_S = 0.2


class TimeUp(BaseException):
    """The time is over. No `except Exception` holds it up."""


class _Clock:
    """The moment when the next ring is due; inner deadlines never outlast outer ones."""

    due: float | None = None


def _ring(*_: Any) -> None:
    if _Clock.due is not None and time.process_time() >= _Clock.due:
        raise TimeUp


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Raises `TimeUp` in the body once the time is over."""
    outer = _Clock.due
    due = time.process_time() + seconds
    signal.signal(signal.SIGPROF, _ring)
    _arm(due if outer is None else min(due, outer))
    try:
        yield
    finally:
        _arm(outer)


def _arm(due: float | None) -> None:
    _Clock.due = due
    # Later than due by a hair, so that the ring finds it due. Never disarmed to nothing while due.
    left = 0.0 if due is None else max(due - time.process_time(), 0.0) + 0.001
    signal.setitimer(signal.ITIMER_PROF, left, AGAIN_S if due is not None else 0.0)


def stop() -> None:
    """Forgets every deadline; for who has caught `TimeUp` for good."""
    _arm(None)


def attempt(work: Callable[[], T], seconds: float = ATTEMPT_S) -> T | None:
    """What SymPy finds; nothing when it fails or takes too long."""
    try:
        with within(seconds):
            return work()
    except TimeUp:
        if _Clock.due is not None and time.process_time() >= _Clock.due:
            raise
        return None
    except Exception:  # SymPy raises whatever its algorithms run into.
        return None
