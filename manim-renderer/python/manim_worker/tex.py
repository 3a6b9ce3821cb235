"""Formulas to SVG files. A job may start no program: it asks the supervisor, which has
each document set in a jail of its own and sends back the picture.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from manim import config
from manim.mobject.text import tex_mobject
from manim.utils import tex_file_writing as stock

from manim_worker.report import SceneProblem
from manim_worker.wire import Channel

#: The text of a formula that an error shows.
MAX_FORMULA_CHARS = 300
#: Manim marks the parts of a formula so.
MARK = re.compile(r"\\special\{dvisvgm:raw [^{}]*\}")


class Tex:
    """Takes the place of Manim's own function."""

    def __init__(self, channel: Channel, tell: Callable[[str, str], None]) -> None:
        self.channel = channel
        self.tell = tell

    def install(self) -> None:
        """Wherever the function was imported."""
        stock.tex_to_svg_file = self.svg
        tex_mobject.tex_to_svg_file = self.svg

    def svg(self, expression: str, environment: str | None = None, tex_template: Any = None) -> Path:
        """The SVG file of one expression, in this job's own directory."""
        template = config["tex_template"] if tex_template is None else tex_template
        try:
            return self._picture(expression, environment, template)
        except SceneProblem as refused:
            plain = as_text(expression, environment)
            if plain is None or "Missing $" not in str(refused):
                raise
        self.tell("tex-text", f"Outside of formulas `_` and `^` are set as they are in: {shown(expression)[:60]}")
        return self._picture(plain, environment, template)

    def _picture(self, expression: str, environment: str | None, template: Any) -> Path:
        request = document(expression, environment, template)
        digest = hashlib.sha256(repr(sorted(request.items())).encode("utf-8", "replace")).hexdigest()
        directory = config.get_dir("tex_dir")
        directory.mkdir(parents=True, exist_ok=True)
        drawn = directory / f"{digest}.svg"
        if not drawn.exists():
            drawn.write_text(self._ask(request, expression), encoding="utf-8")
        return drawn

    def _ask(self, request: dict[str, Any], expression: str) -> str:
        self.channel.send({"type": "formula", **request})
        answer = self.channel.receive_one_of("drawn", "not_drawn")
        if answer is None:
            raise SystemExit
        if answer["type"] == "drawn":
            return answer["svg"]
        raise problem(answer["code"], answer["message"], expression)


def document(expression: str, environment: str | None, template: Any) -> dict[str, Any]:
    """What determines the picture: the whole document, its compilers, their output."""
    if environment is None:
        source = template.get_texcode_for_expression(expression)
    else:
        source = template.get_texcode_for_expression_in_env(expression, environment)
    compilers = template.tex_compiler
    return {
        "source": source,
        "compilers": [compilers] if isinstance(compilers, str) else [str(one) for one in compilers],
        "format": str(template.output_format),
    }


def as_text(expression: str, environment: str | None) -> str | None:
    """A text whose lone signs of formulas are meant as signs; nothing if it has formulas of its own."""
    if environment != "center" or re.search(r"\$|\\[(\[]|\\begin\b|\\ensuremath\b", expression):
        return None
    signs = {"_": r"\_", "^": r"\^{}"}
    plain = re.sub(rf"{MARK.pattern}|\\.|([_^])", lambda found: signs.get(found[1], found[0]), expression)
    return plain if plain != expression else None


def shown(expression: str) -> str:
    """In one line, without Manim's own marks."""
    return " ".join(MARK.sub("", str(expression)).split())


def problem(code: str, said: str, expression: str) -> SceneProblem:
    """Names the formula. Of the machine's faults the scene's part is only that it has one."""
    formula = shown(expression)[:MAX_FORMULA_CHARS]
    if code == "latex-missing":
        return SceneProblem(code, "The scene sets a formula, and LaTeX or dvisvgm is not installed.")
    if code == "latex-error":
        return SceneProblem(code, f"LaTeX cannot set this formula: {formula}\n{said}")
    return SceneProblem(code, f"{said} The formula: {formula}")
