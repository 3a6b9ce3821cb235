"""Plays a scene without drawing it: the same frames are counted, none is made.

An animation that is a plain function of time is looked at in three moments and
its other frames are only counted. Whatever may depend on the moments before it
(an updater, a stop condition, an animation class of the scene's own) is played
moment by moment, so that counts and states are those of a real render.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from manim import config
from manim.animation.animation import Animation
from manim.animation.composition import AnimationGroup
from manim.animation.movement import PhaseFlow
from manim.animation.updaters.update import UpdateFromFunc
from manim.camera.camera import Camera
from manim.renderer.cairo_renderer import CairoRenderer
from manim.scene.scene import Scene


def install() -> None:
    """No pixel is drawn in this process from here on."""
    for kind in ("vectorized", "point_cloud", "image"):
        setattr(Camera, f"display_multiple_{kind}_mobjects", _draw_nothing)
    CairoRenderer.get_frame = lambda self: self.camera.pixel_array
    Scene.get_time_progression = _moments


class Moments:
    """The times at which an animation is looked at."""

    def __init__(self, times: Iterable[float]) -> None:
        self.times = times

    def __iter__(self) -> Iterator[float]:
        return iter(self.times)

    def close(self) -> None:
        """As Manim's progress bar has it."""


def _draw_nothing(self: Any, mobjects: Any, pixel_array: Any) -> None:
    pass


def _moments(
    self: Any,
    run_time: float,
    description: str,
    n_iterations: int | None = None,
    override_skip_animations: bool = False,
) -> Moments:
    renderer = self.renderer
    if renderer.skip_animations and not override_skip_animations:
        return Moments([run_time])
    # The very expression that a render uses, so that the count is the same.
    times = np.arange(0, run_time, 1 / config["frame_rate"])
    if len(times) <= 3 or not depends_on_time_only(self):
        return Moments(times)
    unseen = len(times) - 3
    renderer.time += unseen / renderer.camera.frame_rate
    if renderer.file_writer.sink is not None and renderer.file_writer.writing:
        renderer.file_writer.sink.count(unseen)
    return Moments(times[[0, len(times) // 2, -1]])


def depends_on_time_only(scene: Any) -> bool:
    """Whether each frame of the current animations is a function of its time alone."""
    if scene.updaters or scene.stop_condition is not None or scene.always_update_mobjects:
        return False
    if any(mobject.updaters for top in scene.mobjects for mobject in top.get_family()):
        return False
    return all(is_plain(animation) for animation in scene.animations)


def is_plain(animation: Animation) -> bool:
    """Whether an animation is one of Manim's own that keeps nothing between frames."""
    if not type(animation).__module__.startswith("manim."):
        return False
    if isinstance(animation, (UpdateFromFunc, PhaseFlow)):
        return False
    if isinstance(animation, AnimationGroup):
        return all(is_plain(part) for part in animation.animations)
    mobject = animation.mobject
    return mobject is None or not any(part.updaters for part in mobject.get_family())
