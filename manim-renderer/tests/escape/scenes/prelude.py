"""What every attack starts with."""

import ctypes
import errno
import glob
import json
import mmap
import os
import re
import signal
import socket
import stat
import struct
import subprocess
import sys
import threading
import time

from manim import *

LIBC = ctypes.CDLL(None, use_errno=True)


class Leak(Exception):
    """What was stolen gets out as the message of this."""


def leak(loot):
    raise Leak(loot if isinstance(loot, str) else repr(loot))


def call(number, *arguments):
    """A system call by its number on x86-64."""
    arguments = [ctypes.c_long(one) if isinstance(one, int) else one for one in arguments]
    result = LIBC.syscall(ctypes.c_long(number), *arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def quietly(action, *arguments):
    """What is refused is tried and forgotten."""
    try:
        return action(*arguments)
    except BaseException:
        return None


def name(text):
    """What the kernel calls us."""
    LIBC.prctl(15, text.encode())


def look():
    """Asks to be looked at as we are now; lasts until that is done."""
    name(LOOK)
    while True:
        time.sleep(1)


def read(path):
    with open(path, "rb") as file:
        return file.read(1 << 20).decode("latin-1")


def write(path, text="harm"):
    with open(path, "w") as file:
        file.write(text)


def wire():
    """The socket to the supervisor."""
    for descriptor in range(3, 300):
        if quietly(lambda: stat.S_ISSOCK(os.fstat(descriptor).st_mode)):
            return descriptor
    raise OSError("no socket")


def say(text):
    """One well-framed message to the supervisor."""
    body = text if isinstance(text, bytes) else text.encode()
    data = len(body).to_bytes(4, "little") + body
    while data:
        data = data[os.write(wire(), data) :]


OUT, INTO = os.pipe()


def secrets_in(start, end):
    """Secrets in our own memory, read in a way that the kernel checks."""
    found = set()
    for page in range(start, end, 4096):
        if LIBC.write(INTO, ctypes.c_void_p(page), 4096) == 4096:
            found.update(re.findall(KIND_OF_SECRET.encode(), os.read(OUT, 4096)))
    return found
