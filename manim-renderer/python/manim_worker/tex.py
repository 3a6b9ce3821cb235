"""Formulas to SVG files: the one place of a job that starts other programs.

Keeps Manim's own templates and command lines. Adds a cache that jobs share, a
time limit, and errors that name the formula. A broker outside the job takes the
place of this module's `svg` once jobs may start nothing.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from manim import config
from manim.mobject.text import tex_mobject
from manim.utils import tex_file_writing as stock

from manim_worker import process
from manim_worker.report import SceneProblem

#: A formula takes about 0.4 s; one that takes this long never ends.
TIMEOUT_S = 10.0
#: The text of a formula that an error shows.
MAX_FORMULA_CHARS = 300
#: What a scene with formulas is told where there is no LaTeX at all.
MISSING = "The scene sets a formula, and LaTeX or dvisvgm is not installed."


class Tex:
    """Compiles what the shared cache does not have."""

    def __init__(self, cache: Path | None, installed: bool) -> None:
        self.cache = cache
        self.installed = installed

    def install(self) -> None:
        """Takes the place of Manim's own function, wherever it was imported."""
        stock.tex_to_svg_file = self.svg
        tex_mobject.tex_to_svg_file = self.svg
        stock.subprocess = _Programs

    def svg(self, expression: str, environment: str | None = None, tex_template: Any = None) -> Path:
        """The SVG file of one expression."""
        template = config["tex_template"] if tex_template is None else tex_template
        tex_file = stock.generate_tex_file(expression, environment, template)
        cached = self._cached(tex_file, template)
        if cached is not None and cached.exists():
            return cached
        if not self.installed:
            raise SceneProblem("latex-missing", MISSING)
        try:
            dvi = stock.compile_tex(tex_file, template.tex_compiler, template.output_format)
            svg = stock.convert_to_svg(dvi, template.output_format)
        except _ProgramFailed as error:
            raise _problem(error, tex_file, expression) from None
        return svg if cached is None else _publish(svg, cached)

    def _cached(self, tex_file: Path, template: Any) -> Path | None:
        if self.cache is None:
            return None
        parts = (tex_file.read_text("utf-8"), str(template.tex_compiler), template.output_format)
        name = hashlib.sha256("\0".join(parts).encode()).hexdigest()
        return self.cache / f"{name}.svg"


class _ProgramFailed(Exception):
    def __init__(self, program: str, why: str) -> None:
        super().__init__(why)
        self.program = program
        self.why = why


class _Programs:
    """Stands where Manim looks for `subprocess`."""

    DEVNULL = subprocess.DEVNULL

    @staticmethod
    def run(command: list[str], stdout: int | None = None) -> subprocess.CompletedProcess[bytes]:
        program = command[0]
        if program != "dvisvgm":
            command = [program, "-no-shell-escape", *command[1:]]
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                timeout=TIMEOUT_S,
                preexec_fn=process.die_with_parent,
            )
        except FileNotFoundError:
            raise _ProgramFailed(program, "missing") from None
        except subprocess.TimeoutExpired:
            raise _ProgramFailed(program, "timeout") from None
        if done.returncode != 0:
            raise _ProgramFailed(program, "error")
        return done


def _problem(error: _ProgramFailed, tex_file: Path, expression: str) -> SceneProblem:
    formula = " ".join(str(expression).split())[:MAX_FORMULA_CHARS]
    if error.why == "missing":
        return SceneProblem("latex-missing", f"The scene sets a formula and the program {error.program} is not installed.")
    if error.why == "timeout":
        return SceneProblem("latex-timeout", f"{error.program} took more than {TIMEOUT_S:g} s over this formula: {formula}")
    said = first_error(tex_file.with_suffix(".log"))
    return SceneProblem("latex-error", f"LaTeX cannot set this formula: {formula}\n{said}")


def first_error(log: Path) -> str:
    """The first error in a TeX log, with the text where TeX stopped."""
    try:
        lines = log.read_text("utf-8", "replace").splitlines()
    except OSError:
        return "It left no log."
    for index, line in enumerate(lines):
        if line.startswith("!"):
            return line[1:].strip() + _where(lines[index + 1 :])
    return "Its log names no error."


def _where(lines: list[str]) -> str:
    for line in lines:
        if matched := re.match(r"l\.\d+ ?(.*)", line):
            stopped = matched[1].strip()
            return f" (TeX stopped after: {stopped})" if stopped else ""
    return ""


def _publish(svg: Path, cached: Path) -> Path:
    """Shares `svg` in one step, so that no other job reads half of it."""
    try:
        descriptor, draft = tempfile.mkstemp(dir=cached.parent, suffix=".draft")
        with os.fdopen(descriptor, "wb") as out:
            out.write(svg.read_bytes())
        os.replace(draft, cached)
    except OSError:
        return svg
    return cached
