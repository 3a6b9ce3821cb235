"""What a film says: lines of formulas, the reason of each, the answer, the claims."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import sympy as sp

from notation import tree

#: A film with more lines bores; a solver that would need more refuses.
MAX_STEPS = 14


@dataclass(frozen=True)
class New:
    """A piece of a line that the step has changed: it is highlighted."""

    tex: str


Piece = str | New


@dataclass
class Lesson:
    """A solved problem."""

    title: str
    steps: list[dict[str, Any]] = field(default_factory=list)
    result: list[dict[str, Any]] = field(default_factory=list)
    check: str | None = None
    picture: dict[str, Any] | None = None
    methods: list[str] = field(default_factory=list)
    claims: list[dict[str, Any]] = field(default_factory=list)

    def step(self, why: str, *line: Piece) -> None:
        """Adds a line; a line that says the same as the one before is left out."""
        parts = pieces(line)
        text = "".join(part["tex"] for part in parts).replace(" ", "")
        if self.steps:
            last = "".join(part["tex"] for part in self.steps[-1]["line"]).replace(" ", "")
            if last == text:
                return
        self.steps.append({"line": parts, "why": why})

    def answer(self, *line: Piece) -> None:
        self.result = pieces(line)

    def method(self, name: str) -> None:
        if name not in self.methods:
            self.methods.append(name)

    def claim(self, kind: str, **parts: Any) -> None:
        """A statement for an independent program to check."""
        self.claims.append({"kind": kind, **{name: as_data(part) for name, part in parts.items()}})

    def data(self) -> dict[str, Any]:
        return {
            "title": self.title,
            "steps": fitted(self.steps),
            "result": fitted(self.result),
            "check": fitted(self.check),
            "picture": fitted(self.picture),
            "methods": self.methods,
            "claims": self.claims,
        }


def as_data(part: Any) -> Any:
    """Expressions become trees, also inside lists; words stay words."""
    if isinstance(part, (str, bool, int)) or part is None:
        return part
    if isinstance(part, (list, tuple)):
        return [as_data(item) for item in part]
    if isinstance(part, sp.MatrixBase):
        return [[tree(entry) for entry in row] for row in part.tolist()]
    return tree(part)


def pieces(line: tuple[Piece, ...]) -> list[dict[str, Any]]:
    parts = [piece for piece in line if piece != ""]
    return [
        {"tex": part.tex, "mark": True} if isinstance(part, New) else {"tex": part, "mark": False} for part in parts
    ]


def fitted(part: Any) -> Any:
    r"""Brackets grow only around what is tall: TeX sets a thin space beside those that may, `f (x)`."""
    if isinstance(part, dict):
        return {name: fitted(value) for name, value in part.items()}
    if isinstance(part, list):
        return [fitted(value) for value in part]
    if not isinstance(part, str):
        return part
    low = GROWING.sub(plain_if_low, part)
    return low if low == part else fitted(low)


GROWING = re.compile(r"\\left([(\[])((?:(?!\\left|\\right).)*)\\right([)\]])")
TALL = re.compile(r"\\(d?frac|sqrt|sum|int|prod|lim|begin|binom|overline)")


def plain_if_low(brackets: re.Match[str]) -> str:
    opening, inner, closing = brackets.groups()
    return brackets.group() if TALL.search(inner) else f"{opening}{inner.strip()}{closing}"


def tex(value: Any) -> str:
    """LaTeX as a school book sets it."""
    text = sp.latex(value, ln_notation=True, inv_trig_style="full", fold_short_frac=False, mul_symbol=None)
    text = re.sub(r"\\left\|\{([^{}|]*)\}\\right\|", r"\\left|\1\\right|", text.replace(r" \right", r"\right"))
    return re.sub(LOG_OF_ABS, r"\\ln\\left|\1\\right|", unbraced(text))


LOG_OF_ABS = re.compile(r"\\ln\\left\(\\left\|([^|]*?)\\right\|\\right\)")


def unbraced(text: str) -> str:
    r"""`\sin\left(x\right)` for SymPy's `\sin{\left(x\right)}`: as the problem is written."""
    start = text.find(r"{\left(")
    while start >= 0:
        end = closing_brace(text, start)
        if re.search(FUNCTION_NAME, text[:start]) and text[:end].endswith(r"\right)"):
            text = text[:start] + text[start + 1 : end] + text[end + 1 :]
        start = text.find(r"{\left(", start + 1)
    return text


FUNCTION_NAME = re.compile(r"\\(a?(sin|cos|tan)h?|arc(sin|cos|tan)|sec|csc|cot|ln|log|exp|operatorname\{[a-z]+\})(\^\{\d+\})?$")


def closing_brace(text: str, start: int) -> int:
    depth = 0
    for place in range(start, len(text)):
        depth += (text[place] == "{") - (text[place] == "}")
        if depth == 0:
            return place
    return len(text)


def signed(value: sp.Expr) -> str:
    """A term to be added after others: with its sign."""
    text = tex(value)
    return "- " + text[1:].lstrip() if text.startswith("-") else f"+ {text}"


def terms(value: sp.Expr, variable: sp.Symbol | None = None) -> list[str]:
    """A sum term by term, so that the film can move and break it; else one piece."""
    if not value.is_Add:
        return [tex(value)]
    ordered = value.as_ordered_terms()
    first, *rest = ordered
    return [tex(first), *[signed(term) for term in rest]]


def bracketed(value: sp.Expr) -> str:
    """With parentheses if it is a sum or starts with a sign."""
    text = tex(value)
    if value.is_Add or text.startswith("-"):
        return rf"\left({text}\right)"
    return text


def approx(value: sp.Expr, digits: int = 4) -> str:
    """A decimal without trailing zeros."""
    number = sp.N(value, 30)
    text = f"{float(number):.{digits}f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
