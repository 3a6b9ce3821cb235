"""Sets one formula: TeX source in, SVG out. Runs in a jail of its own, which may start
programs and has nothing else.

Manim's own command lines, with the shell and files outside switched off.
"""

from __future__ import annotations

import re
import signal
import subprocess
from pathlib import Path
from typing import Any

from manim_worker import report
from manim_worker.report import SceneProblem
from manim_worker.wire import Channel

#: Programs that write DVI, XDV or PDF from TeX.
COMPILERS = {"latex", "pdflatex", "luatex", "lualatex", "xelatex"}
#: Larger than any formula's picture.
MAX_SVG_BYTES = 4 * 1024 * 1024


def run(channel: Channel, task: dict[str, Any]) -> None:
    """Sends the picture, or why there is none."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        picture = draw(task["source"], task["compilers"], task["format"])
        channel.send({"type": "answer", "value": picture})
    except BaseException as error:
        channel.send(report.failure(error))


def draw(source: str, compilers: list[str], output: str) -> str:
    """The SVG of a whole TeX document's first page."""
    formula = Path("formula.tex")
    formula.write_text(source, encoding="utf-8")
    for compiler in compilers:
        if _start(command(compiler, output)) != 0:
            raise SceneProblem("latex-error", first_error(formula.with_suffix(".log")))
    dvi = ["dvisvgm", *(["--pdf"] if output == ".pdf" else []), "--page=1", "--no-fonts", "--verbosity=0"]
    _start([*dvi, "--output=formula.svg", f"formula{output}"])
    try:
        with open("formula.svg", "rb") as drawn:
            picture = drawn.read(MAX_SVG_BYTES + 1)
    except OSError:
        raise SceneProblem("latex-error", "dvisvgm made no picture of it.") from None
    if len(picture) > MAX_SVG_BYTES:
        raise SceneProblem("latex-too-large", f"Its picture has more than {MAX_SVG_BYTES} bytes.")
    return picture.decode("utf-8")


def command(compiler: str, output: str) -> list[str]:
    """As Manim has it."""
    if compiler not in COMPILERS:
        raise SceneProblem("latex-compiler", f"TeX compiler {compiler} unknown.")
    if compiler == "xelatex":
        form = ["-no-pdf"] if output == ".xdv" else []
    else:
        form = [f"-output-format={output[1:]}"]
    return [compiler, "-no-shell-escape", "-interaction=batchmode", *form, "-halt-on-error", "formula.tex"]


def _start(program: list[str]) -> int:
    try:
        # Not through a shell; its output is nobody's.
        done = subprocess.run(program, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except FileNotFoundError:
        raise SceneProblem("latex-missing", f"the program {program[0]} is not installed.") from None
    return done.returncode


def first_error(log: Path) -> str:
    """The first error in a TeX log, with the text where TeX stopped."""
    try:
        with log.open(encoding="utf-8", errors="replace") as file:
            lines = file.read(1024 * 1024).splitlines()
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
