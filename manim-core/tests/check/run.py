"""Runs scenes under the installed Manim with rendering skipped.

Reads JSON lines {"name", "code"}; writes JSON lines {"name", "ok", "error"}. Each scene runs in
a child of its own, which is given up after a minute.
"""

import contextlib
import io
import json
import os
import signal
import sys
import tempfile
import types

import manim
from manim import Scene, config, tempconfig

SECONDS = 60


def play(code: str) -> None:
    """Plays the last scene class that the source itself defines."""
    module = types.ModuleType("scene_under_test")
    sys.modules["scene_under_test"] = module
    exec(compile(code, "scene.py", "exec"), module.__dict__)
    scenes = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Scene) and value.__module__ == "scene_under_test"
    ]
    if not scenes:
        raise RuntimeError("no scene class")
    with tempfile.TemporaryDirectory() as folder:
        with tempconfig({"dry_run": True, "save_last_frame": True, "media_dir": folder, "frame_rate": 5, "verbosity": "CRITICAL"}):
            scenes[-1]().render()


def attempt(code: str) -> str | None:
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            play(code)
    except BaseException as error:  # SystemExit too
        return f"{type(error).__name__}: {error}"[:300]
    return None


def in_child(code: str) -> str | None:
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        signal.alarm(SECONDS)
        os.close(reader)
        error = attempt(code)
        os.write(writer, json.dumps(error).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        said = pipe.read()
    os.waitpid(pid, 0)
    return json.loads(said) if said else "killed"


def main() -> None:
    config.progress_bar = "none"
    manim.logger.disabled = True
    for line in sys.stdin:
        scene = json.loads(line)
        error = in_child(scene["code"])
        print(json.dumps({"name": scene["name"], "ok": error is None, "error": error}), flush=True)


if __name__ == "__main__":
    main()
