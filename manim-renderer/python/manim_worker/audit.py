"""Looks at the picture after every play of a dry run: is all of it seen, and can it be read?

What is found is a flaw, never an error. Certain mistakes only: what a scene may mean so
(a plane larger than the frame, a word on a coloured disc, a copy on its original) is passed
over.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from manim.animation.changing import AnimatedBoundary
from manim.camera.three_d_camera import ThreeDCamera
from manim.mobject.graphing.number_line import NumberLine
from manim.mobject.mobject import Mobject
from manim.mobject.text.numbers import DecimalNumber
from manim.mobject.text.tex_mobject import SingleStringMathTex
from manim.mobject.text.text_mobject import MarkupText, Paragraph, Text
from manim.mobject.types.vectorized_mobject import VMobject
from manim.renderer.cairo_renderer import CairoRenderer

from manim_worker import names

TEXTS = (Text, MarkupText, Paragraph, SingleStringMathTex, DecimalNumber)
#: Ink that leaves the frame or another text's by less is not seen.
TOLERANCE = 0.05
#: Two texts closer than this read as one.
LEAST_GAP = 0.15
#: Pixels of an em that can be read in the delivered film.
LEAST_EM_PX = 18
#: The em of `font_size=48` in Manim's units.
EM_OF_48 = 0.64
#: Ink below this opacity is not seen.
VISIBLE = 0.1
#: A scene with more texts at once is a table or a cloud; pairs are not looked at.
MAX_TEXTS = 80
#: Findings of one scene: a repair can use no more.
MAX_FLAWS = 12

#: code, message, line
Report = Callable[[str, str, int | None], None]


@dataclass(frozen=True, eq=False)
class Ink:
    """A text and the boxes of its glyphs: left, bottom, right, top."""

    mobject: Mobject
    boxes: np.ndarray
    #: It counts along a line of numbers, and runs out of the frame with it.
    on_scale: bool = False

    @property
    def box(self) -> np.ndarray:
        return np.concatenate([self.boxes[:, :2].min(axis=0), self.boxes[:, 2:].max(axis=0)])


class Audit:
    """The looks at one scene."""

    def __init__(self, report: Report, height_px: int) -> None:
        self.report = report
        self.height_px = height_px
        self.flaws: set[tuple[Any, ...]] = set()
        # A flaw is told by name, so what it names must not be freed and its id reused.
        self.kept: list[Mobject] = []

    def look_safely(self, scene: Any) -> None:
        """A look never costs a film, whatever a scene's own classes raise."""
        try:
            self.look(scene)
        except Exception:
            pass

    def look(self, scene: Any) -> None:
        """After a play."""
        frame = frame_of(scene)
        if frame is None or len(self.flaws) >= MAX_FLAWS:
            return
        texts = list(inks(scene.mobjects))
        for ink in texts:
            self._frame(ink, frame)
            self._size(ink, frame)
        if len(texts) <= MAX_TEXTS:
            for index, ink in enumerate(texts):
                for other in texts[index + 1 :]:
                    self._pair(ink, other, scene)

    def _frame(self, ink: Ink, frame: np.ndarray) -> None:
        box = ink.box
        beyond = [
            f"{far:.1f} beyond the {side} edge"
            for side, far in zip(("left", "bottom", "right", "top"), (frame[0] - box[0], frame[1] - box[1], box[2] - frame[2], box[3] - frame[3]))
            if far > TOLERANCE
        ]
        # What is out of sight altogether waits for its entrance.
        if beyond and not ink.on_scale and overlap(box, frame) is not None:
            self._tell("off-frame", (ink,), f"{{0}} is cut off: it reaches {' and '.join(beyond)} of the frame.")

    def _size(self, ink: Ink, frame: np.ndarray) -> None:
        size = getattr(ink.mobject, "font_size", None)
        if not isinstance(size, (int, float)) or size <= 0:
            return
        em_px = size / 48 * EM_OF_48 * self.height_px / (frame[3] - frame[1])
        if round(em_px) < LEAST_EM_PX:
            self._tell("too-small", (ink,), f"{{0}} is too small to be read: {em_px:.0f} pixels at the film's size. Give it a larger font_size.")

    def _pair(self, one: Ink, other: Ink, scene: Any) -> None:
        near = overlap(one.box, other.box, LEAST_GAP)
        if near is None or same_place(one.box, other.box) or covered(one, other, scene):
            return
        if glyphs_touch(one.boxes, other.boxes):
            self._tell("overlap", (one, other), "{0} and {1} lie on each other.")
        elif stacked(one, other) and not one_formula(one, other, scene):
            self._tell("tight", (one, other), f"Less than {LEAST_GAP} is left between {{0}} and {{1}}.")

    def _tell(self, code: str, inks_: tuple[Ink, ...], message: str) -> None:
        key = (code, *sorted(id(ink.mobject) for ink in inks_))
        if key in self.flaws or len(self.flaws) >= MAX_FLAWS:
            return
        self.flaws.add(key)
        self.kept += [ink.mobject for ink in inks_]
        for index, ink in enumerate(inks_):
            message = message.replace(f"{{{index}}}", called(ink.mobject))
        self.report(code, message, names.line())


def called(mobject: Mobject) -> str:
    """By the source's name, else by what it says."""
    name = names.name_of(mobject)
    said = getattr(mobject, "original_text", None) or getattr(mobject, "tex_string", None) or getattr(mobject, "text", None)
    if said is None and isinstance(mobject, DecimalNumber):
        said = str(mobject.number)
    words = " ".join(str(said or type(mobject).__name__).split())
    short = words if len(words) <= 30 else words[:29] + "…"
    quoted = f'"{short}"'
    return f"`{name}` ({quoted})" if name else quoted


def frame_of(scene: Any) -> np.ndarray | None:
    """What the camera sees; nothing where it looks from an angle."""
    camera = scene.camera
    if isinstance(camera, ThreeDCamera) or hasattr(camera, "image_mobjects_from_cameras"):
        return None
    centre = np.asarray(camera.frame_center)[:2] if not hasattr(camera, "frame") else camera.frame.get_center()[:2]
    half = np.array([camera.frame_width, camera.frame_height]) / 2
    return np.concatenate([centre - half, centre + half])


def inks(mobjects: list[Mobject]) -> Iterator[Ink]:
    """Each text that is seen, once, whole."""
    seen: set[int] = set()
    stack = [(mobject, False) for mobject in reversed(mobjects)]
    while stack:
        mobject, on_scale = stack.pop()
        # The parts of a boundary are copies that trace another's outline.
        if id(mobject) in seen or isinstance(mobject, AnimatedBoundary):
            continue
        seen.add(id(mobject))
        if isinstance(mobject, TEXTS):
            boxes = glyphs(mobject)
            if len(boxes):
                yield Ink(mobject, boxes, on_scale)
        else:
            on_scale = on_scale or isinstance(mobject, NumberLine)
            stack.extend((part, on_scale) for part in reversed(mobject.submobjects))


def glyphs(text: Mobject) -> np.ndarray:
    """The boxes of the glyphs that are seen."""
    boxes = [
        np.concatenate([part.points[:, :2].min(axis=0), part.points[:, :2].max(axis=0)])
        for part in text.get_family()
        if len(part.points) and is_seen(part)
    ]
    return np.array(boxes).reshape(-1, 4)


def is_seen(part: Mobject) -> bool:
    if not isinstance(part, VMobject):
        return True
    stroke = part.get_stroke_opacity() if part.get_stroke_width() > 0 else 0
    return max(part.get_fill_opacity(), stroke) >= VISIBLE


def overlap(one: np.ndarray, other: np.ndarray, margin: float = 0.0) -> np.ndarray | None:
    """What two boxes, the first widened by `margin`, share."""
    shared = np.concatenate([np.maximum(one[:2] - margin, other[:2]), np.minimum(one[2:] + margin, other[2:])])
    return shared if (shared[2:] > shared[:2]).all() else None


def same_place(one: np.ndarray, other: np.ndarray) -> bool:
    """A copy that is about to leave, or has arrived."""
    return bool(np.abs(one - other).max() < TOLERANCE)


def glyphs_touch(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether ink lies on ink: a letter within the arms of another's box counts, a touch does not."""
    low = np.maximum(one[:, None, :2], other[None, :, :2])
    high = np.minimum(one[:, None, 2:], other[None, :, 2:])
    return bool(((high - low) > TOLERANCE).all(axis=2).any())


def stacked(one: Ink, other: Ink) -> bool:
    """One above the other, along most of the shorter."""
    a, b = one.box, other.box
    shared = min(a[2], b[2]) - max(a[0], b[0])
    return shared > 0.5 * min(a[2] - a[0], b[2] - b[0]) and (a[1] >= b[3] - TOLERANCE or b[1] >= a[3] - TOLERANCE)


def one_formula(one: Ink, other: Ink, scene: Any) -> bool:
    """Whether both are parts of one thing that spaces its parts itself: an axis, a brace's words."""
    return any(
        one.mobject in family and other.mobject in family
        for family in (top.get_family() for top in scene.mobjects if top.submobjects)
    )


def covered(one: Ink, other: Ink, scene: Any) -> bool:
    """Whether something opaque between them hides the lower one."""
    order = [part for top in scene.mobjects for part in top.get_family()]
    places = [index for index, part in enumerate(order) if part is one.mobject or part is other.mobject]
    if len(places) < 2:
        return False
    box = overlap(one.box, other.box, LEAST_GAP)
    return any(hides(part, box) for part in order[places[0] + 1 : places[-1]])


def hides(part: Mobject, box: np.ndarray | None) -> bool:
    if box is None or not isinstance(part, VMobject) or not len(part.points) or part.get_fill_opacity() < 0.7:
        return False
    cover = np.concatenate([part.points[:, :2].min(axis=0), part.points[:, :2].max(axis=0)])
    return bool((cover[:2] <= box[:2] + LEAST_GAP).all() and (cover[2:] >= box[2:] - LEAST_GAP).all())


def watch_setters(report: Report) -> None:
    """Manim answers every `set_…` that it does not know by storing the value: nothing moves."""
    stock = Mobject.__getattr__
    told: set[tuple[str, str]] = set()

    def watching(self: Mobject, name: str) -> Any:
        made = stock(self, name)
        key = (type(self).__name__, name)
        if name.startswith("set_") and key not in told and name[4:] not in known(self) and called_by_scene():
            told.add(key)
            report(
                "invented-setter",
                f"`{key[0]}` has no method `{name}`: Manim accepts the call and only stores the value, so nothing changes on screen.",
                names.line(),
            )
        return made

    Mobject.__getattr__ = watching


def known(mobject: Mobject) -> set[str]:
    return {*vars(mobject), *dir(type(mobject))}


def called_by_scene() -> bool:
    """Whether the scene's own line asked, directly or through `.animate`."""
    frame = sys._getframe(2)
    inside = ("__getattr__", "watching")
    while frame is not None and frame.f_code.co_name in inside:
        frame = frame.f_back
    return frame is not None and frame.f_code.co_filename == names.report.SOURCE_NAME


def install(report: Report, height_px: int) -> Audit:
    """Every play of this process is looked at from here on."""
    audit = Audit(report, height_px)
    stock = CairoRenderer.play

    def play(self: Any, scene: Any, *args: Any, **kwargs: Any) -> None:
        stock(self, scene, *args, **kwargs)
        audit.look_safely(scene)

    CairoRenderer.play = play
    watch_setters(report)
    return audit
