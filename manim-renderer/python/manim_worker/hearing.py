"""Hears which formulas a scene will ask for, so that they can be set together and ahead.

The scene runs in a job of its own: nothing is played, formulas are rows of boxes. What is heard
may be too little or too much; only speed depends on it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from manim.scene.scene import Scene

from manim_worker.tex import Tex
from manim_worker.wire import Channel

#: Scenes take parts of a formula by number; a row this long has most of them.
MAX_BOXES = 40
#: A scene that plays so often without a new formula waits for a time that does not come.
MAX_PLAYS = 300


class Silence(BaseException):
    """Nothing more is to be heard."""


class Hearing(Tex):
    """Tells of formulas and does not wait for them; no time passes in this process."""

    def __init__(self, channel: Channel, tell: Callable[[str, str], None]) -> None:
        super().__init__(channel, tell)
        self.plays = 0

    def install(self) -> None:
        super().install()
        hearing = self

        def play(scene: Scene, *args: Any, **kwargs: Any) -> None:
            hearing.play()

        Scene.play = play
        Scene.wait = play
        Scene.add_sound = play

    def play(self) -> None:
        self.plays += 1
        if self.plays > MAX_PLAYS:
            raise Silence

    def _ask(self, request: dict[str, Any], expression: str) -> str:
        self.plays = 0
        self.channel.send({"type": "wanted", **request})
        return boxes(expression)


def boxes(expression: str) -> str:
    """A picture with as many parts as the formula may have, in the groups that Manim looks for."""
    marks = re.findall(r"dvisvgm:raw <g id='(unique\w+)'>", expression)
    signs = re.sub(r"\\special\{dvisvgm:raw [^}]*\}|[{}^_&\s]|\\(?=[a-zA-Z])", "", expression)
    row = "".join(f"<rect x='{x}' y='0' width='0.8' height='1'/>" for x in range(max(1, min(len(signs), MAX_BOXES))))
    groups = "".join(f"<g id='{mark}'>{row}</g>" for mark in marks or ["page1"])
    return f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {MAX_BOXES} 1'>{groups}</svg>"
