"""Prints every example of the installed Manim's own documentation, one JSON object a line.

An example is the body of a `.. manim:: Name` directive in a docstring, as the documentation
runs it: under the star import.
"""

import ast
import json
import re
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import manim

DIRECTIVE = re.compile(r"^(\s*)\.\. manim:: *(\w+)")
OPTION = re.compile(r"^\s*:[\w-]+:")
PROMPT = re.compile(r"^(>>>|\.\.\.) ?", re.MULTILINE)
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef)


def docstrings(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        text = ast.get_docstring(node) if isinstance(node, DOCUMENTED) else None
        if text:
            yield text


def examples(text: str) -> Iterator[tuple[str, str]]:
    lines = text.splitlines()
    for index, line in enumerate(lines):
        if found := DIRECTIVE.match(line):
            yield found[2], body(lines[index + 1 :], len(found[1]))


def body(lines: list[str], indent: int) -> str:
    """The indented lines below a directive, less its options and prompts."""
    inside: list[str] = []
    for line in lines:
        if line.strip() and len(line) - len(line.lstrip()) <= indent:
            break
        inside.append(line)
    while inside and (not inside[0].strip() or OPTION.match(inside[0])):
        inside.pop(0)
    code = textwrap.dedent("\n".join(inside))
    return PROMPT.sub("", code) if code.startswith(">>>") else code


def main() -> None:
    for path in sorted(Path(manim.__file__).parent.rglob("*.py")):
        for text in docstrings(path):
            for name, code in examples(text):
                scene = {"name": f"{path.stem}:{name}", "code": f"from manim import *\n\n{code}\n"}
                print(json.dumps(scene))


if __name__ == "__main__":
    sys.exit(main())
