"""Receives the worker's modules on descriptor 0 and hands over to the zygote.

Passed to the interpreter as `-c`, so that nothing of ours is ever a file that
could be replaced, and nothing under a writable place is importable.
"""

import json
import os
import socket
import sys
import types


def receive(control):
    def exactly(count):
        data = b""
        while len(data) < count:
            piece = control.recv(count - len(data))
            if not piece:
                os._exit(0)
            data += piece
        return data

    return json.loads(exactly(int.from_bytes(exactly(4), "little")))


def load(sources):
    package = sys.modules.setdefault("manim_worker", types.ModuleType("manim_worker"))
    package.__path__ = []
    for name, source in sources:
        module = types.ModuleType("manim_worker." + name)
        module.__package__ = "manim_worker"
        sys.modules[module.__name__] = module
        setattr(package, name, module)
        exec(compile(source, "<manim_worker." + name + ">", "exec", dont_inherit=True), module.__dict__)


def main():
    # Out of the way of descriptor 0, which children see as an empty input.
    control = socket.socket(fileno=os.dup(0))
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.close(nothing)
    start = receive(control)
    load(start["modules"])
    sys.modules["manim_worker.zygote"].main(control, lambda: load(start["warm"]))


main()
