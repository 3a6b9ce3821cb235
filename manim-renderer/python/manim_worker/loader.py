"""Receives the worker's modules on descriptor 0 and hands over to the zygote.

Passed to the interpreter as `-c`, so that nothing of ours is ever a file that
could be replaced, and nothing under a writable place is importable.
"""

import json
import os
import socket
import sys
import types


def send(control, message):
    body = json.dumps(message).encode()
    control.sendall(len(body).to_bytes(4, "little") + body)


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


def let_go_of_all_but(kept):
    # What our starter left open by mistake is not for jobs.
    for descriptor in map(int, os.listdir("/dev/fd")):
        if descriptor > 2 and descriptor != kept:
            try:
                os.close(descriptor)
            except OSError:
                pass  # the listing's own


def main():
    # Out of the way of descriptor 0, which children see as an empty input.
    control = socket.socket(fileno=os.dup(0))
    let_go_of_all_but(control.fileno())
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.close(nothing)
    # What is imported from is shown in the jail, and little else is.
    send(control, {"type": "here", "paths": [path for path in sys.path if os.path.isabs(path)]})
    start = receive(control)
    load(start["modules"])
    lockdown = sys.modules["manim_worker.jail"].enter(start["jail"])
    sys.modules["manim_worker.zygote"].main(control, lockdown, lambda: load(start["warm"]))


main()
