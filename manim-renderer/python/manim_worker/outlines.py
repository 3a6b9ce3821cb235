"""Reads the outlines of letters with fewer steps: the same segments to the last bit.

dvisvgm and Pango write paths of absolute commands and plain numbers. Whatever else is in a
path is left to svgelements, as everything is with another version of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import svgelements
from svgelements import Close, CubicBezier, Line, Move, Path, Point

#: The version that this was written against and compared with.
VERSION = "1.9.6"
#: How many numbers a command takes.
ARITY = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Z": 0}
#: A command, a number as svgelements reads it, or what is neither.
TOKEN = re.compile(r"[MLHVCSZ]|[-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?|[^\s,]")
KINDS = {"M": Move, "L": Line, "H": Line, "V": Line, "C": CubicBezier, "S": CubicBezier, "Z": Close}

_parse = Path.parse


def install() -> bool:
    """Whether anything was replaced."""
    if getattr(svgelements, "SVGELEMENTS_VERSION", None) != VERSION:
        return False
    Path.parse = parse
    return True


def parse(self: Path, pathdef: str) -> None:
    """Fills an empty path with segments."""
    steps = None if self._segments else plain(pathdef)
    if steps is None:
        _parse(self, pathdef)
        return
    self._segments.extend([_segment(*step) for step in steps])
    self._length = None


#: Coordinates of a point.
At = tuple[float, float]
#: A segment: its kind, where it starts, its control points, where it ends, whether it is smooth.
Step = tuple[type, At | None, tuple[At, ...], At, bool]


@lru_cache(maxsize=1024)
def plain(pathdef: str) -> list[Step] | None:
    """A path in the plain form, or nothing. A letter comes again and again."""
    tokens = TOKEN.findall(pathdef)
    if not tokens or tokens[0] != "M":
        return None
    try:
        return list(_steps(tokens))
    except (KeyError, ValueError):
        # A command that is not plain, or a number that is missing.
        return None


def _steps(tokens: list[str]) -> Iterator[Step]:
    here: At | None = None
    begin = here
    #: The last control point of the curve before, if there was one.
    control: At | None = None
    for command, numbers in _commands(tokens):
        start, controls, smooth = here, (), command != "C"
        if command == "Z":
            here = begin
        elif command == "H":
            here = (numbers[0], start[1])
        elif command == "V":
            here = (start[0], numbers[0])
        else:
            here = (numbers[-2], numbers[-1])
        if command == "M":
            begin = here
        elif command == "C":
            controls = ((numbers[0], numbers[1]), (numbers[2], numbers[3]))
        elif command == "S":
            controls = (start if control is None else _reflected(control, start), (numbers[0], numbers[1]))
        control = controls[-1] if controls else None
        yield KINDS[command], start, controls, here, smooth


def _commands(tokens: list[str]) -> Iterator[tuple[str, list[float]]]:
    """Every command with its numbers, also where its letter is left out."""
    at = 0
    while at < len(tokens):
        command = tokens[at]
        arity = ARITY[command]
        at += 1
        while True:
            numbers = [float(token) for token in tokens[at : at + arity]]
            if len(numbers) < arity:
                raise ValueError(command)
            yield command, numbers
            at += arity
            if at >= len(tokens) or tokens[at] in ARITY:
                break
            if arity == 0:
                raise ValueError(command)
            # More points after a move are lines.
            command = "L" if command == "M" else command


def _reflected(point: At, across: At) -> At:
    return across[0] + (across[0] - point[0]), across[1] + (across[1] - point[1])


def _segment(kind: type, start: At | None, controls: tuple[At, ...], end: At, smooth: bool) -> Any:
    segment = kind.__new__(kind)
    segment.relative = False
    segment.smooth = smooth
    segment.start = None if start is None else Point(*start)
    segment.end = Point(*end)
    if controls:
        segment.control1 = Point(*controls[0])
        segment.control2 = Point(*controls[1])
    return segment
