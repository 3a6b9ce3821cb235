"""Where Manim's frames go: into the ring that the supervisor reads, or nowhere.

Takes the place of Manim's file writer behind its Cairo renderer. Frames are the
bytes that Manim's own writer would get, in the same order and number.
"""

from __future__ import annotations

import mmap
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from manim.renderer.cairo_renderer import CairoRenderer
from manim.scene.scene_file_writer import SceneFileWriter

from manim_worker.report import SceneProblem
from manim_worker.wire import Channel

#: A number of frames that every reader can hold, and no film can have.
MOST_TOLD = 1 << 53


class Sink(Protocol):
    """Takes frames."""

    frames: int

    def put(self, pixels: np.ndarray, repeat: int) -> None: ...

    def end_play(self) -> None: ...


class Ring:
    """Puts frames into shared memory and tells the supervisor which slot to read.

    A slot is written again only after the supervisor has given it back.
    """

    def __init__(self, channel: Channel, descriptor: int, slots: int, shape: tuple[int, int, int]) -> None:
        height, width, depth = shape
        memory = mmap.mmap(descriptor, slots * height * width * depth)
        self.views = np.frombuffer(memory, np.uint8).reshape(slots, height, width, depth)
        self.channel = channel
        self.free = deque(range(slots))
        self.frames = 0

    def put(self, pixels: np.ndarray, repeat: int) -> None:
        slot = self._take()
        self.views[slot][...] = pixels
        self.channel.send_bytes(b'{"type":"frame","slot":%d,"repeat":%d}' % (slot, min(repeat, MOST_TOLD)))
        self.frames += repeat

    def end_play(self) -> None:
        self.channel.send_bytes(b'{"type":"play"}')

    def _take(self) -> int:
        while not self.free:
            message = self.channel.receive_one_of("free")
            if message is None:
                raise SystemExit
            self.free.append(message["slot"])
        return self.free.popleft()


class Tally:
    """Counts frames and keeps none. Says when they are more than a film may have.

    The supervisor then ends the job: a scene could catch what were raised here.
    """

    def __init__(self, channel: Channel, most: int) -> None:
        self.channel = channel
        self.most = most
        self.frames = 0

    def put(self, pixels: np.ndarray, repeat: int) -> None:
        self.count(repeat)

    def count(self, frames: int) -> None:
        """Frames that are not even looked at."""
        within = self.frames <= self.most
        self.frames += frames
        if within and self.frames > self.most:
            self.channel.send({"type": "counted", "frames": min(self.frames, MOST_TOLD)})

    def end_play(self) -> None:
        pass


class FrameWriter(SceneFileWriter):
    """Manim's file writer without files. Frames go to `sink`, or nowhere without one."""

    def __init__(self, settings: Any) -> None:
        super().__init__(settings)
        self.sink: Sink | None = None
        self.writing = False
        self.told: Callable[[str, str], None] = lambda code, message: None

    def begin_animation(self, allow_write: bool = False, **_: Any) -> None:
        self.writing = allow_write

    def end_animation(self, allow_write: bool = False) -> None:
        self.writing = False
        if self.sink is not None:
            self.sink.end_play()

    def write_frame(self, pixels: np.ndarray, *, repeat: int = 1) -> None:
        # Manim's own writer drops frames made outside of any animation.
        if self.sink is not None and self.writing:
            self.sink.put(self._proven(pixels, repeat), repeat)

    def save_image(self, pixels: np.ndarray) -> None:
        pass

    def finish(self) -> None:
        pass

    def abort_encode_jobs(self, reraise_encoder_failures: bool = False) -> None:
        self.writing = False

    def is_already_cached(self, hash_invocation: str) -> bool:
        return False

    def add_sound(self, sound_file: Any, *_: Any, **__: Any) -> None:
        self.told("sound-unsupported", "Films have no sound here: add_sound() does nothing.")

    def _proven(self, pixels: np.ndarray, repeat: int) -> np.ndarray:
        encoder = self.video_encoder
        assert encoder is not None
        expected = (encoder.height, encoder.width, 4)
        if pixels.shape != expected or pixels.dtype != np.uint8:
            raise SceneProblem(
                "frame-size",
                f"The scene changed its camera to frames of {pixels.shape}; this film's are {expected}.",
            )
        if not isinstance(repeat, int) or repeat <= 0:
            raise ValueError("Frame repeat must be a positive integer.")
        return pixels


def install() -> None:
    """Every Cairo renderer made from here on writes through a `FrameWriter`."""
    CairoRenderer.init_scene = _init_scene
    CairoRenderer.render = _render


def _init_scene(self: Any, scene: Any, session_spec: Any, file_writer_settings: Any) -> None:
    self.file_writer = FrameWriter(file_writer_settings)


def _render(self: Any, scene: Any, time: float, moving_mobjects: Any = None) -> None:
    # Manim hands out a copy because its encoder reads it later; ours is done at once.
    self.update_frame(scene, moving_mobjects)
    self.add_frame(self.camera.pixel_array)
