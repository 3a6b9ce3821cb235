"""Turns an exception into words that a person and a model understand."""

from __future__ import annotations

import builtins
import errno
import re
from types import TracebackType
from typing import Any

#: The name under which a scene's source is compiled.
SOURCE_NAME = "scene.py"
#: A message is a sentence, not a log.
MAX_MESSAGE_CHARS = 2000
#: The file system, the file or the quota is full.
_FULL = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)


class SceneProblem(Exception):
    """The scene asks for what cannot be. Carries its own stable code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def failure(error: BaseException) -> dict[str, Any]:
    """The message that tells the supervisor of `error`."""
    line, column = place(error)
    return {
        "type": "failed",
        "code": code_of(error),
        "message": message_of(error)[:MAX_MESSAGE_CHARS],
        "line": line,
        "column": column,
    }


def code_of(error: BaseException) -> str:
    """A stable kebab-case name: that of the nearest built-in or Manim class."""
    if isinstance(error, SceneProblem):
        return error.code
    if isinstance(error, MemoryError):
        return "memory-error"
    if isinstance(error, OSError) and error.errno in _FULL:
        return "no-space"
    for kind in type(error).__mro__:
        known = getattr(builtins, kind.__name__, None) is kind
        if known or kind.__module__.split(".")[0] == "manim":
            return kebab(kind.__name__)
    return "exception"


def kebab(name: str) -> str:
    """`ZeroDivisionError` → `zero-division-error`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", name).lower()


def message_of(error: BaseException) -> str:
    """One sentence: what was raised and what it says."""
    said = words_of(error)
    if isinstance(error, SceneProblem):
        return said
    if isinstance(error, SystemExit):
        return "The scene ended itself with exit(); let construct() return instead."
    if isinstance(error, RecursionError):
        return "RecursionError: a function calls itself without end."
    if isinstance(error, MemoryError):
        return "MemoryError: the scene needs more memory than it may have."
    name = type(error).__name__
    return f"{name}: {said}" if said else f"{name} was raised without a message"


def words_of(error: BaseException) -> str:
    """`str(error)`, whatever its `__str__` does."""
    try:
        if isinstance(error, SyntaxError):
            return str(error.msg)
        if isinstance(error, KeyError) and len(error.args) == 1:
            return f"no such key: {error.args[0]!r}"
        return str(error)
    except BaseException:
        return "(its message cannot be shown)"


def place(error: BaseException) -> tuple[int | None, int | None]:
    """Line and column, from 1, of the innermost frame in the scene's own source."""
    if isinstance(error, SyntaxError) and error.filename == SOURCE_NAME:
        column = error.offset if error.offset and error.offset > 0 else None
        return error.lineno, column
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        found = _innermost(cause.__traceback__)
        if found is not None:
            return found
        cause = cause.__cause__ or cause.__context__
    return None, None


def _innermost(traceback: TracebackType | None) -> tuple[int, int | None] | None:
    found = None
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename == SOURCE_NAME:
            found = traceback
        traceback = traceback.tb_next
    if found is None:
        return None
    return found.tb_lineno, _column(found)


def _column(traceback: TracebackType) -> int | None:
    positions = getattr(traceback.tb_frame.f_code, "co_positions", None)
    if positions is None:
        return None
    for index, (_, _, start, _) in enumerate(positions()):
        if index * 2 == traceback.tb_lasti:
            return None if start is None else start + 1
    return None
