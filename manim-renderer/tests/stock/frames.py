"""Renders scenes as Manim itself does and prints what its file writer was given.

Reads JSON on standard input: {"width", "height", "frame_rate", "tex_dir",
"scenes": {name: source}}. Prints one JSON object: name to a list of
[SHA-256 of a frame's bytes, repeat]. A scene that fails has a string instead.
Each scene runs in a fork, so that none sees another's settings.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import sys
import tempfile

import numpy as np
from manim import CairoRenderer, Scene, config
from manim.scene.scene_file_writer import SceneFileWriter


class Recorder(SceneFileWriter):
    """Manim's file writer with an encoder that only looks."""

    seen: list[list] = []
    writing = False

    def open_partial_movie_stream(self, **_):
        self.writing = True

    def close_partial_movie_stream(self):
        self.writing = False

    def write_frame(self, pixels, *, repeat=1):
        if self.writing:
            self.seen.append([hashlib.sha256(np.ascontiguousarray(pixels)).hexdigest(), repeat])

    def save_image(self, pixels):
        self.seen.append([hashlib.sha256(np.ascontiguousarray(pixels)).hexdigest(), int(config.frame_rate)])

    def finish(self):
        pass


def render(name: str, source: str, task: dict) -> list:
    config.pixel_width, config.pixel_height = task["width"], task["height"]
    config.frame_rate = task["frame_rate"]
    config.disable_caching = True
    config.progress_bar = "none"
    config.verbosity = "ERROR"
    config.media_dir = tempfile.mkdtemp()
    config.tex_dir = task["tex_dir"]
    config.seed = 0
    random.seed(0)
    np.random.seed(0)
    module = {"__name__": "scene"}
    exec(compile(source, name, "exec", dont_inherit=True), module)
    scene_class = [one for one in module.values() if isinstance(one, type) and issubclass(one, Scene) and one.__module__ == "scene"][-1]
    stock = CairoRenderer.__init__

    def recorded(self, file_writer_class=Recorder, **kwargs):
        stock(self, file_writer_class=Recorder, **kwargs)

    CairoRenderer.__init__ = recorded
    scene_class().render()
    return Recorder.seen


def in_fork(name: str, source: str, task: dict):
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            answer = render(name, source, task)
        except BaseException as error:
            answer = f"{type(error).__name__}: {error}"
        with os.fdopen(write, "w") as out:
            json.dump(answer, out)
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as answer:
        said = answer.read()
    os.waitpid(pid, 0)
    return json.loads(said) if said else "crashed"


def main() -> None:
    task = json.load(sys.stdin)
    output = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    json.dump({name: in_fork(name, source, task) for name, source in task["scenes"].items()}, output)
    output.close()


main()
