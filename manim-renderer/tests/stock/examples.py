"""Prints the examples in the docstrings of the installed Manim, as JSON: name to source.

With names as arguments, only those; a name that Manim does not have is an error.
"""

from __future__ import annotations

import importlib.util
import json
import re
import sys
import textwrap
from pathlib import Path

_DIRECTIVE = re.compile(r"^(?P<indent> *)\.\. manim:: (?P<name>\w+)(?P<rest>.*)$")


def examples() -> dict[str, str]:
    package = Path(importlib.util.find_spec("manim").origin).parent
    found: dict[str, str] = {}
    for path in sorted(package.rglob("*.py")):
        found.update(in_text(path.read_text("utf-8")))
    return found


def in_text(text: str) -> dict[str, str]:
    lines = text.splitlines()
    found = {}
    for index, line in enumerate(lines):
        if matched := _DIRECTIVE.match(line):
            body = block(lines[index + 1 :], len(matched["indent"]))
            found[matched["name"]] = "from manim import *\n\n" + body
    return found


def block(lines: list[str], indent: int) -> str:
    """The lines that are indented deeper, without the directive's options."""
    inside = []
    for line in lines:
        if line.strip() and len(line) - len(line.lstrip()) <= indent:
            break
        inside.append(line)
    inside = textwrap.dedent("\n".join(inside)).strip("\n").splitlines()
    while inside and (inside[0].startswith(":") or not inside[0].strip()):
        inside.pop(0)
    return "\n".join(inside) + "\n"


def main() -> None:
    found = examples()
    wanted = sys.argv[1:] or sorted(found)
    json.dump({name: found[name] for name in wanted}, sys.stdout)


main()
