"""Runs one scene: settings, the user's source, its class, `render()`.

Everything of the user's is executed here and nowhere else.
"""

from __future__ import annotations

import linecache
import random
import sys
import types
from pathlib import Path
from typing import Any

import manim
import numpy as np
from manim import config
from manim.constants import RendererType
from manim.scene.scene import Scene

from manim_worker import audit, dry, fast, hearing, outlines, points, report, space, stand_ins, writer
from manim_worker.report import SceneProblem
from manim_worker.tex import Tex
from manim_worker.wire import Channel

#: The class that our prompts and templates ask for.
OURS = "MainScene"
#: Of all randomness, unless the scene names another.
SEED = 0


class Host:
    """One scene on its way to its frames."""

    def __init__(self, channel: Channel, task: dict[str, Any], ring: int | None) -> None:
        self.channel = channel
        self.task = task
        self.size = (task["width"], task["height"])
        self.frame_rate = task["frame_rate"]
        self.draws = task["mode"] == "render"
        self.hears = task["mode"] == "hear"
        self.audit: audit.Audit | None = None
        self.noted: set[tuple[str, str]] = set()
        self.sink = self._sink(ring)

    def run(self) -> None:
        """Plays the scene and tells the supervisor how it ended."""
        try:
            scene = self._play()
            self.channel.send({"type": "done", "plays": scene.renderer.num_plays, "frames": self.sink.frames})
        except BaseException as error:
            self.channel.send(report.failure(error))

    def _sink(self, ring: int | None) -> writer.Sink:
        if not self.draws or ring is None:
            return writer.Tally(self.channel, self.task["most_frames"])
        width, height = self.size
        return writer.Ring(self.channel, ring, self.task["slots"], (height, width, 4))

    def _play(self) -> Any:
        self._configure()
        scene_class = self._find(execute(self.task["source"]))
        self._settle()
        scene = scene_class()
        if not hasattr(getattr(scene, "renderer", None), "file_writer"):
            raise SceneProblem("scene-not-initialised", f"{scene_class.__name__}.__init__() does not call super().__init__().")
        scene.renderer.file_writer.sink = self.sink
        scene.renderer.file_writer.told = self._note
        if self.hears:
            scene.setup()
            scene.construct()
            return scene
        scene.render()
        if self.sink.frames == 0:
            self._still(scene)
        return scene

    def _configure(self) -> None:
        (hearing.Hearing if self.hears else Tex)(self.channel, self._note).install()
        writer.install()
        if fast.install():
            outlines.install()
            space.install()
        points.Padding(self._note).install()
        stand_ins.install(self._note)
        # Equal scenes make equal films, and a dry run sees what a render will.
        config.seed = SEED
        random.seed(SEED)
        np.random.seed(SEED)
        config.media_dir = str(Path.cwd() / "media")
        config.verbosity = "ERROR"
        config.progress_bar = "none"
        self._settle()
        _guard_settings(self)
        if not self.draws and not self.hears:
            dry.install()
            self.audit = audit.install(self._flaw, self.size[1])

    def _settle(self) -> None:
        """Size, rate and output are the film's, whatever the source says."""
        if config.renderer != RendererType.CAIRO:
            config.renderer = RendererType.CAIRO
            self._note("setting-ignored", "The OpenGL renderer is not available: the scene is drawn with Cairo.")
        if (config.pixel_width, config.pixel_height) != self.size:
            width, height = self.size
            # A frame made for other pixels would be seen zoomed in or out.
            if abs(config.frame_width / config.frame_height - width / height) > 0.01:
                config.frame_width = config.frame_height * width / height
            config.pixel_width, config.pixel_height = self.size
        self._settle_quietly()

    def _settle_quietly(self) -> None:
        if config["frame_rate"] != self.frame_rate:
            config["frame_rate"] = self.frame_rate
        config.format = "auto"
        config.dry_run = False
        config.save_sections = False
        config.preview = False
        config.live_preview = False
        config.enable_gui = False
        config.log_to_file = False
        config.disable_caching = True

    def _find(self, module: types.ModuleType) -> type[Scene]:
        found = scenes_of(module)
        wanted = self.task["class"]
        if wanted is not None:
            return _named(found, wanted)
        if not found:
            raise SceneProblem("no-scene-class", "The source defines no scene: write a class that extends Scene.")
        for scene in found:
            if scene.__name__ == OURS:
                return scene
        ends = [one for one in found if not any(one in other.__bases__ for other in found)] or found
        if len(ends) > 1:
            names = ", ".join(one.__name__ for one in ends)
            self._note("several-scenes", f"The source defines several scenes ({names}); the last one is played.")
        return ends[-1]

    def _still(self, scene: Any) -> None:
        """A scene without frames becomes one second of its picture."""
        scene.renderer.static_image = None
        scene.renderer.update_frame(scene)
        self.sink.put(scene.renderer.get_frame(), int(self.frame_rate))
        if self.audit is not None:
            self.audit.look_safely(scene)
        self._note("still-scene", "The scene plays no animation: its picture is shown for one second.")

    def _flaw(self, code: str, message: str, line: int | None) -> None:
        self.channel.send({"type": "flaw", "code": code, "message": message, "line": line})

    def _note(self, code: str, message: str) -> None:
        if (code, message) in self.noted:
            return
        self.noted.add((code, message))
        self.channel.send({"type": "note", "code": code, "message": message})


def execute(source: str) -> types.ModuleType:
    """Runs the user's source as a module that nothing calls `__main__`."""
    source = source.removeprefix("\ufeff")
    lines = source.splitlines(keepends=True)
    linecache.cache[report.SOURCE_NAME] = (len(source), None, lines, report.SOURCE_NAME)
    try:
        code = compile(source, report.SOURCE_NAME, "exec", dont_inherit=True)
    except (ValueError, OverflowError) as error:
        if isinstance(error, SyntaxError):
            raise
        raise SceneProblem("syntax-error", f"The source is not Python: {error}") from None
    module = types.ModuleType("scene")
    module.__file__ = report.SOURCE_NAME
    sys.modules["scene"] = module
    rendering = Scene.render
    # A source that renders itself when imported would do it twice.
    Scene.render = lambda self, preview=False: False
    try:
        exec(code, module.__dict__)
    finally:
        Scene.render = rendering
    return module


def scenes_of(module: types.ModuleType) -> list[type[Scene]]:
    """The scene classes that the source itself defines, in order."""
    found = [
        one
        for one in module.__dict__.values()
        if isinstance(one, type) and issubclass(one, Scene) and one.__module__ == module.__name__
    ]
    return list(dict.fromkeys(found))


def _named(found: list[type[Scene]], wanted: str) -> type[Scene]:
    for scene in found:
        if scene.__name__ == wanted:
            return scene
    names = ", ".join(one.__name__ for one in found) or "none"
    raise SceneProblem("no-scene-class", f"The source defines no scene named {wanted}; its scenes: {names}.")


def _guard_settings(host: Host) -> None:
    """A scene that changes size or rate while it plays gets them back before each play."""
    renderer = manim.CairoRenderer
    play = renderer.play

    def guarded(self: Any, scene: Any, *args: Any, **kwargs: Any) -> None:
        if config["frame_rate"] != host.frame_rate:
            config["frame_rate"] = host.frame_rate
        play(self, scene, *args, **kwargs)

    renderer.play = guarded
