"""What the scene's source calls an object, and which of its lines is being played."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import FrameType
from typing import Any

from manim_worker import report

#: Members of a list or group that are looked through for an object.
MAX_MEMBERS = 200


def frames() -> Iterator[FrameType]:
    """The frames of the scene's own source, innermost first."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_filename == report.SOURCE_NAME:
            yield frame
        frame = frame.f_back


def line() -> int | None:
    """The line of the scene's source that is being played."""
    return next((frame.f_lineno for frame in frames()), None)


def name_of(wanted: Any) -> str | None:
    """`title`, `self.title` or `labels[2]`."""
    for frame in frames():
        for prefix, names in _spaces(frame):
            found = _in(names, prefix, wanted)
            if found is not None:
                return found
    return None


def _spaces(frame: FrameType) -> Iterator[tuple[str, dict[str, Any]]]:
    names = dict(frame.f_locals)
    this = names.pop("self", None)
    yield "", names
    if this is not None:
        yield "self.", {name: value for name, value in vars(this).items() if name not in ("mobjects", "moving_mobjects", "static_mobjects", "foreground_mobjects", "animations")}


def _in(names: dict[str, Any], prefix: str, wanted: Any) -> str | None:
    for name, value in names.items():
        if value is wanted:
            return prefix + name
    for name, value in names.items():
        for index, member in enumerate(_members(value)):
            if member is wanted:
                return f"{prefix}{name}[{index}]"
    return None


def _members(value: Any) -> list[Any]:
    try:
        if isinstance(value, (list, tuple)):
            return list(value[:MAX_MEMBERS])
        if isinstance(value, dict):
            return []
        return list(getattr(value, "submobjects", [])[:MAX_MEMBERS])
    except Exception:
        return []
