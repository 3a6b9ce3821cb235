"""Runs one of our own programs on untrusted input."""

from __future__ import annotations

import json
import sys
import types
from typing import Any

from manim_worker import report
from manim_worker.report import SceneProblem
from manim_worker.wire import Channel

#: An answer is a few steps and formulas; a megabyte is a runaway.
MAX_ANSWER_BYTES = 1024 * 1024


def run(channel: Channel, task: dict[str, Any]) -> None:
    """Calls `main(input)` of the last module and sends back what it returns."""
    try:
        module = load(task["modules"])
        answer = json.dumps(module.main(task["input"]), allow_nan=False, ensure_ascii=False)
        body = answer.encode("utf-8", "replace")
        if len(body) > MAX_ANSWER_BYTES:
            raise SceneProblem("answer-too-large", f"The answer has {len(body)} bytes; at most {MAX_ANSWER_BYTES} are taken.")
        channel.send_bytes(b'{"type":"answer","value":' + body + b"}")
    except BaseException as error:
        channel.send(report.failure(error))


def load(modules: list[list[str]]) -> types.ModuleType:
    """Makes the modules importable by name, each by those after it."""
    module = types.ModuleType("empty")
    for name, source in modules:
        module = types.ModuleType(name)
        module.__file__ = f"{name}.py"
        sys.modules[name] = module
        exec(compile(source, f"{name}.py", "exec", dont_inherit=True), module.__dict__)
    return module
