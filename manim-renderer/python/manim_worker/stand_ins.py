"""What a scene asks for and does not have, replaced by the nearest thing that is there.

A film with a plain rectangle in place of a photograph is worth more than none. Each
replacement is told.
"""

from __future__ import annotations

import difflib
import importlib.machinery
import re
import sys
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from pathlib import Path
from typing import Any

from manim import Scene, ThreeDScene, config
from manim.mobject.svg.brace import Brace
from manim.mobject.svg.svg_mobject import SVGMobject
from manim.mobject.text.tex_mobject import MathTex, Tex
from manim.mobject.types import image_mobject
from manim.utils.color import core, manim_colors
from PIL import Image, ImageColor

Tell = Callable[[str, str], None]

#: A narrator's pace.
WORDS_PER_SECOND = 2.5
_SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 3"><rect x="0.1" y="0.1" width="3.8" height="2.8" rx="0.3" fill="#888888" stroke="#ffffff" stroke-width="0.08"/></svg>'


def install(tell: Tell) -> None:
    """For the rest of this process."""
    _colours(tell)
    _files(tell)
    _parts(tell)
    _braces(tell)
    sys.meta_path.append(Plugins(tell))


def colour(name: str, known: dict[str, Any]) -> str | None:
    """The nearest colour's hex value or Manim name for a name that Manim does not have."""
    plain = re.sub(r"[\s_-]", "", name).lower().replace("grey", "gray")
    value = ImageColor.colormap.get(plain)
    if isinstance(value, str) and value.startswith("#"):
        return value
    wanted = re.sub(r"[\s-]", "_", name.strip()).upper()
    near = difflib.get_close_matches(wanted, known, n=1, cutoff=0.6)
    return near[0] if near else None


def known() -> dict[str, Any]:
    """Manim's own colours."""
    return {name: value for name, value in vars(manim_colors).items() if isinstance(value, core.ManimColor)}


def _colours(tell: Tell) -> None:
    stock = core.ManimColor._internal_from_string

    def taking(name: str, alpha: float) -> Any:
        try:
            return stock(name, alpha)
        except ValueError:
            near = colour(name, known())
            if near is None:
                raise
        tell("unknown-colour", f"Manim knows no colour {name[:40]!r}; {near} takes its place.")
        if near.startswith("#"):
            return core.ManimColor(near, alpha)._internal_value
        return stock(near, alpha)

    core.ManimColor._internal_from_string = staticmethod(taking)


def _files(tell: Tell) -> None:
    raster = image_mobject.get_full_raster_image_path
    vector = SVGMobject.get_file_path

    def picture(name: Any) -> Path:
        try:
            return raster(name)
        except OSError:
            tell("missing-file", f"There is no picture {Path(str(name)).name[:60]!r}; a grey one takes its place.")
            return _made("picture.png", lambda path: Image.new("RGB", (400, 300), "#888888").save(path))

    def drawing(self: Any) -> Path:
        try:
            return vector(self)
        except OSError:
            tell("missing-file", f"There is no drawing {Path(str(self.file_name)).name[:60]!r}; a frame takes its place.")
            return _made("drawing.svg", lambda path: path.write_text(_SVG))

    image_mobject.get_full_raster_image_path = picture
    SVGMobject.get_file_path = drawing


def _parts(tell: Tell) -> None:
    """Between double braces Manim keeps the spaces, which nobody writes who asks for the part."""
    stock = MathTex.get_part_by_tex

    def part(self: MathTex, tex: str, **kwargs: Any) -> Any:
        found = stock(self, tex, **kwargs)
        if found is None and isinstance(tex, str):
            alike = [own for own, _ in self.matched_strings_and_ids if own != tex and own.split() == tex.split()]
            if alike:
                tell("formula-part", f"No part of the formula is exactly {tex[:40]!r}; the one with other spaces is taken.")
                found = stock(self, alike[0], **kwargs)
        return found

    MathTex.get_part_by_tex = part


def _braces(tell: Tell) -> None:
    """Manim gives a label's keywords to its place, where a size or a colour has no meaning."""

    def labelling(make: type[MathTex], stock: Callable[..., Any]) -> Callable[..., Any]:
        def label(self: Brace, *text: str, **kwargs: Any) -> Any:
            look = {name: kwargs.pop(name) for name in ("font_size", "color") if name in kwargs}
            if not look:
                return stock(self, *text, **kwargs)
            tell("brace-label", f"{stock.__name__}() takes no {' and no '.join(look)}; the label is made with it.")
            made = make(*text, **look)
            self.put_at_tip(made, **kwargs)
            return made

        return label

    Brace.get_text = labelling(Tex, Brace.get_text)
    Brace.get_tex = labelling(MathTex, Brace.get_tex)


def _made(name: str, make: Callable[[Path], Any]) -> Path:
    path = Path(config.media_dir) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        make(path)
    return path


# -- plugins ---------------------------------------------------------------


class Anything:
    """A part of a plugin that makes no picture: takes every call and does nothing."""

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *_, **__: None


class Tracker:
    """How long a text would be spoken."""

    def __init__(self, scene: Any, text: str) -> None:
        self.scene = scene
        self.duration = max(1.0, len(text.split()) / WORDS_PER_SECOND)
        self.begun = scene.renderer.time

    def get_remaining_duration(self, buff: float = 0.0) -> float:
        """Never negative, as Manim's waits must not be."""
        return max(self.begun + self.duration - self.scene.renderer.time, 0.0) + buff

    def time_until_bookmark(self, *_: Any, **__: Any) -> float:
        return self.get_remaining_duration() / 2


class VoiceoverScene(Scene):
    """Waits as long as the voice would speak."""

    def set_speech_service(self, *_: Any, **__: Any) -> None:
        """Nobody speaks."""

    def add_voiceover_text(self, text: str = "", *_: Any, **__: Any) -> Tracker:
        return Tracker(self, str(text))

    def wait_until_bookmark(self, *_: Any, **__: Any) -> None:
        """Bookmarks belong to the voice."""

    def safe_wait(self, duration: float) -> None:
        if duration > 1 / config["frame_rate"]:
            self.wait(duration)

    def wait_for_voiceover(self) -> None:
        """The `with` statement waits."""

    @contextmanager
    def voiceover(self, text: str = "", ssml: str = "", *_: Any, **__: Any) -> Iterator[Tracker]:
        spoken = re.sub(r"<[^<>]*>", " ", str(text or ssml))
        tracker = Tracker(self, spoken)
        yield tracker
        self.safe_wait(tracker.get_remaining_duration())


class Slide(Scene):
    """Plays its slides one after the other."""

    skip_reversing = True

    def next_slide(self, *_: Any, **__: Any) -> None:
        self.wait(0.5)

    def __getattr__(self, name: str) -> Any:
        # Clicks and loops have no meaning in a film.
        if name in ("start_loop", "end_loop", "pause", "start_skip_animations", "stop_skip_animations"):
            return lambda *_, **__: None
        raise AttributeError(name)


class ThreeDSlide(Slide, ThreeDScene):
    """The same in space."""


#: What is there of each plugin; its other names are `Anything`.
PLUGINS: dict[str, dict[str, Any]] = {
    "manim_voiceover": {"VoiceoverScene": VoiceoverScene},
    "manim_slides": {"Slide": Slide, "ThreeDSlide": ThreeDSlide},
}


class Plugins(MetaPathFinder, Loader):
    """Imports silent stand-ins of plugins that are not installed."""

    def __init__(self, tell: Tell) -> None:
        self.tell = tell

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if name.split(".")[0] not in PLUGINS:
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec: Any) -> types.ModuleType | None:
        return None

    def exec_module(self, module: types.ModuleType) -> None:
        top = module.__name__.split(".")[0]
        if module.__name__ == top:
            self.tell("plugin", f"The plugin {top} is not installed: the film is silent and plays through.")
        module.__dict__.update(PLUGINS[top])
        module.__all__ = list(PLUGINS[top])
        module.__getattr__ = _anything


def _anything(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    return Anything
