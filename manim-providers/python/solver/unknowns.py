"""An equation on its way to its solutions, and the end of every such way: the check."""

from __future__ import annotations

from typing import Any

import sympy as sp

import proof
from lesson import Lesson, New, Piece, terms, tex
from notation import build


class Equation:
    """An equation on its way to its solutions."""

    def __init__(self, task: dict[str, Any]) -> None:
        self.task = task
        self.left, self.right = build(task["left"]), build(task["right"])
        self.x = sp.Symbol(task["unknown"], real=True)
        self.real_only = task["domain"] == "real"
        self.wanted = task["method"]
        self.lesson = Lesson("Solving an equation")
        self.lesson.step("", task["left_tex"], "=", task["right_tex"])
        #: Values that would make a denominator zero.
        self.forbidden: set[sp.Expr] = set()
        self.must_check = False
        #: The answer names real solutions where complex ones exist too.
        self.says_real = False

    def step_if_new(self, why: str, left: sp.Expr, right: sp.Expr) -> None:
        """Shows the multiplied-out form if it is not what was written."""
        written = (flat(self.task["left_tex"]), flat(self.task["right_tex"]))
        if len(self.lesson.steps) > 1:
            written = last_sides(self.lesson)
        if (flat(tex(left)), flat(tex(right))) != written and not same_terms(written, left, right):
            self.lesson.step(why, *[New(t) for t in terms(left)], "=", *[New(t) for t in terms(right)])

    def finish(self, solutions: list[sp.Expr]) -> None:
        """Checks each solution in the equation as it was given, then states them."""
        kept = self.surviving([fraction(value) for value in dict.fromkeys(solutions)])
        if self.real_only:
            kept = [s for s in kept if s.is_real]
        self.prove_complete(kept)
        real = [s for s in kept if s.is_real]
        complex_ones = [s for s in kept if not s.is_real]
        real.sort(key=lambda s: float(s))
        x = tex(self.x)
        if not kept:
            kind = "real " if self.real_only else ""
            self.lesson.answer(rf"\text{{no {kind}solution}}")
            if self.lesson.check is None:
                self.lesson.check = "A search for numbers that solve the equation finds none."
        elif len(kept) == 1:
            self.lesson.answer(x, "=", tex(kept[0]))
        elif not real:
            if len(kept) == 2:
                self.lesson.answer(r"\text{no real solution; }\quad", *joined(self.x, complex_ones))
            else:
                self.lesson.answer(*joined(self.x, complex_ones))
        else:
            start = [r"\text{real solutions: }\quad"] if self.says_real else []
            self.lesson.answer(*start, *joined(self.x, real + complex_ones))
        if kept and self.lesson.check is None:
            self.lesson.check = self.check_in_words(kept)
        self.claim_solutions(real + complex_ones)

    def surviving(self, solutions: list[sp.Expr]) -> list[sp.Expr]:
        kept = []
        for value in solutions:
            if value in self.forbidden:
                self.lesson.step(f"${tex(value)}$ makes a denominator zero and is no solution.", tex(self.x), r"\ne", New(tex(value)))
                continue
            if self.must_check and not self.holds(value):
                self.lesson.step("Put into the equation, this value does not solve it.", tex(self.x), r"\ne", New(tex(value)))
                continue
            proof.solves(self.left, self.right, self.x, value)
            kept.append(value)
        return kept

    def holds(self, value: sp.Expr) -> bool:
        try:
            proof.solves(self.left, self.right, self.x, value)
        except proof.CheckFailed:
            return False
        return True

    def prove_complete(self, kept: list[sp.Expr]) -> None:
        """No solution was lost: signs of the difference between and beyond the solutions."""
        difference = self.left - self.right
        real = sorted(float(s) for s in kept if s.is_real)
        edges = [-60.0, *real, 60.0]
        for low, high in zip(edges, edges[1:]):
            if high - low > 1e-9:
                self.no_change_of_sign(difference, low, high)

    def no_change_of_sign(self, difference: sp.Expr, low: float, high: float) -> None:
        poles = [float(v) for v in self.forbidden if v.is_real]
        signs = []
        for index in range(1, 40):
            place = low + (high - low) * index / 40
            value = proof.number(difference.subs(self.x, sp.Rational(place)))
            broken = not proof.is_number(value) or abs(proof.mpmath.im(value)) > 1e-20
            signs.append(0 if broken else int(proof.mpmath.sign(proof.mpmath.re(value))))
        for index, (one, other) in enumerate(zip(signs, signs[1:]), start=1):
            a, b = (low + (high - low) * i / 40 for i in (index, index + 1))
            if one * other < 0 and not any(a <= pole <= b for pole in poles):
                raise proof.CheckFailed("the equation has a solution that was not found")

    def check_in_words(self, kept: list[sp.Expr]) -> str:
        value = kept[0]
        left = sp.nsimplify(sp.simplify(self.left.subs(self.x, value)))
        if len(kept) == 1 and left.is_Rational:
            return f"Check: both sides are ${tex(left)}$ for ${tex(self.x)} = {tex(value)}$."
        each = "Check: put into the equation, each value makes both sides equal."
        return each if len(kept) > 1 else "Check: put into the equation, this value makes both sides equal."

    def claim_solutions(self, solutions: list[sp.Expr]) -> None:
        self.lesson.claim(
            "solutions", left=self.left, right=self.right, unknown=self.x, solutions=solutions,
            domain="real" if self.real_only else "complex",
        )


def fraction(value: sp.Expr) -> sp.Expr:
    """A sum with denominators as one fraction."""
    return sp.together(value) if value.is_Add and not value.has(sp.log, sp.exp) else value


def joined(x: sp.Symbol, solutions: list[sp.Expr]) -> list[Piece]:
    """x = 2 or x = 3; many as a list with numbers."""
    line: list[Piece] = []
    for index, value in enumerate(solutions):
        if index:
            line.append(r"\quad\text{or}\quad")
        line.append(f"{tex(x)} = {tex(value)}")
    return line


def flat(text: str) -> str:
    return text.replace(" ", "").replace(r"\cdot", "")


def last_sides(lesson: Lesson) -> tuple[str, str]:
    texts = [part["tex"] for part in lesson.steps[-1]["line"]]
    if texts.count("=") != 1:
        return ("", "")
    place = texts.index("=")
    return flat("".join(texts[:place])), flat("".join(texts[place + 1 :]))


def same_terms(written: tuple[str, str], left: sp.Expr, right: sp.Expr) -> bool:
    """Whether what is written has the same terms, only in another order."""
    return all(split_terms(text) == split_terms(flat(tex(side))) for text, side in zip(written, (left, right)))


def split_terms(text: str) -> list[str]:
    """The signed terms outside braces, sorted."""
    parts, depth = [""], 0
    for c in text:
        depth += (c in "{(") - (c in "})")
        if c in "+-" and depth == 0 and parts[-1]:
            parts.append("")
        parts[-1] += c
    return sorted(part.lstrip("+") for part in parts)
