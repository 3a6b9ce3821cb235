"""Sets one formula, or several as pages of a document: TeX source in, SVG out. Runs in a jail of its own, which may start
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
DVISVGM = ["dvisvgm", "--no-fonts", "--verbosity=0"]
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


def run_together(channel: Channel, task: dict[str, Any]) -> None:
    """Sends the picture of each page in order, or why there is none."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        pages = draw_pages(task["source"], task["pages"])
        for page in pages:
            channel.send({"type": "page", "svg": page})
        channel.send({"type": "answer", "value": len(pages)})
    except BaseException as error:
        channel.send(report.failure(error))


def draw_pages(source: str, pages: int) -> list[str]:
    """The SVG of each page of a document that has so many."""
    typeset(source, ["latex"], ".dvi")
    _start([*DVISVGM, "--page=1-", "--output=page-%p.svg", "formula.dvi"])
    drawn = sorted(Path.cwd().glob("page-*.svg"), key=lambda path: int(path.stem.removeprefix("page-")))
    if len(drawn) != pages:
        raise SceneProblem("latex-error", f"{pages} formulas make {len(drawn)} pages.")
    return [picture(path) for path in drawn]


def draw(source: str, compilers: list[str], output: str) -> str:
    """The SVG of a whole TeX document's first page."""
    typeset(source, compilers, output)
    _start([*DVISVGM, *(["--pdf"] if output == ".pdf" else []), "--page=1", "--output=formula.svg", f"formula{output}"])
    return picture(Path("formula.svg"))


def typeset(source: str, compilers: list[str], output: str) -> None:
    """Sets a document."""
    formula = Path("formula.tex")
    formula.write_text(source, encoding="utf-8")
    for compiler in compilers:
        if _start(command(compiler, output)) != 0:
            raise SceneProblem("latex-error", first_error(formula.with_suffix(".log")))


def picture(path: Path) -> str:
    """What dvisvgm wrote."""
    try:
        with path.open("rb") as drawn:
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
