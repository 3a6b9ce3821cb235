"""Limits: by substitution, by cancelling, by L'Hôpital's rule, by the highest power."""

from __future__ import annotations

from typing import Any

import mpmath
import sympy as sp

import proof
from lesson import Lesson, New, Piece, bracketed, tex
from notation import CheckFailed, Refused, build

#: How often L'Hôpital's rule is used before giving up.
MAX_ROUNDS = 4
#: Powers of ten at which a function is looked at near its limit.
NEAR, FAR = (4, 8, 12, 16, 20), (2, 4, 6, 8, 10)


def solve(task: dict[str, Any]) -> Lesson:
    """The lesson of one limit."""
    function, x = build(task["function"]), sp.Symbol(task["variable"], real=True)
    point = build(task["point"])
    if not (point.is_real or abs(point) == sp.oo):
        raise Refused("The point of the limit is not a real number.")
    lesson = Lesson("Finding a limit")
    limit = Limit(lesson, function, x, point, task["side"], task["method"])
    lesson.step("", limit.sign(), grouped(task["tex"], function))
    limit.run()
    return lesson


class Limit:
    """One limit, its sides, and the way to it."""

    def __init__(self, lesson: Lesson, function: sp.Expr, x: sp.Symbol, point: sp.Expr, side: str, wanted: str | None) -> None:
        self.lesson, self.function, self.x, self.point, self.side, self.wanted = lesson, function, x, point, side, wanted

    def sign(self, side: str | None = None) -> str:
        mark = {"both": "", "left": "^{-}", "right": "^{+}"}[side or self.side]
        return rf"\lim_{{{tex(self.x)} \to {tex(self.point)}{mark}}}"

    def sides(self) -> list[str]:
        if abs(self.point) == sp.oo:
            return ["left" if self.point == sp.oo else "right"]
        return {"both": ["left", "right"], "left": ["left"], "right": ["right"]}[self.side]

    def of(self, function: sp.Expr, side: str) -> sp.Expr:
        try:
            value = sp.limit(function, self.x, self.point, "-" if side == "left" else "+")
        except (NotImplementedError, ValueError, TypeError, RecursionError):
            raise Refused("This limit needs a method that is not shown here.") from None
        if value.has(sp.AccumBounds, sp.Limit, sp.zoo, sp.nan, sp.I):
            raise Refused("The function does not settle there, or is not real: no limit can be shown.")
        return sp.simplify(value)

    def run(self) -> None:
        values = {}
        for side in self.sides():
            self.check_real(side)
            values[side] = self.of(self.function, side)
            self.check_numbers(values[side], side)
        if len(set(values.values())) > 1:
            self.two_sides(values)
            return
        value = next(iter(values.values()))
        self.explain(value)
        self.lesson.answer(self.sign(), grouped(self.shown(), self.function), "=", tex(value))
        self.lesson.check = "Check: values of the function closer and closer to this point approach the answer." if abs(self.point) != sp.oo else "Check: values of the function farther and farther out approach the answer."
        if abs(value) == sp.oo:
            self.lesson.check = "Check: values of the function there grow beyond every bound."
        self.lesson.claim("limit", function=self.function, variable=self.x, point=self.point, side=self.side, value=value)

    def shown(self) -> str:
        return self.lesson.steps[0]["line"][1]["tex"].removeprefix(r"\left[").removesuffix(r"\right]")

    def two_sides(self, values: dict[str, sp.Expr]) -> None:
        self.lesson.step("From the left:", self.sign("left"), tex_grouped(self.function), "=", New(tex(values["left"])))
        self.lesson.step("From the right:", self.sign("right"), tex_grouped(self.function), "=", New(tex(values["right"])))
        self.lesson.answer(r"\text{the limit does not exist}")
        self.lesson.check = "The two sides differ. Values of the function close to the point confirm both."
        for side, value in values.items():
            self.lesson.claim("limit", function=self.function, variable=self.x, point=self.point, side=side, value=value)

    # -- numbers ------------------------------------------------------------

    def places(self, side: str) -> list[sp.Expr]:
        if abs(self.point) == sp.oo:
            return [sp.Integer(10) ** k * (1 if self.point == sp.oo else -1) for k in FAR]
        step = -1 if side == "left" else 1
        return [self.point + step * sp.Rational(1, sp.Integer(10) ** k) for k in NEAR]

    def values(self, side: str) -> list[mpmath.mpc]:
        with mpmath.workdps(90):
            call = sp.lambdify(self.x, self.function, "mpmath")
            found = []
            for place in self.places(side):
                try:
                    found.append(mpmath.mpmathify(call(mpmath.mpmathify(sp.N(place, 90)))))
                except (ValueError, ZeroDivisionError, OverflowError, TypeError):
                    found.append(mpmath.mpc("nan"))
            return found

    def check_real(self, side: str) -> None:
        if any(not mpmath.isfinite(v) or abs(mpmath.im(v)) > 1e-30 * (1 + abs(v)) for v in self.values(side)):
            where = {"left": "on the left of", "right": "on the right of"}[side]
            raise Refused(f"The function is not defined {where} this point." if abs(self.point) != sp.oo else "The function is not defined that far out.")

    def check_numbers(self, value: sp.Expr, side: str) -> None:
        seen = [mpmath.re(v) for v in self.values(side)]
        if abs(value) == sp.oo:
            sizes = [v if value == sp.oo else -v for v in seen]
            if not (sizes[-1] > sizes[-2] + 1 > sizes[-3] + 1 and sizes[-1] > 10):
                raise CheckFailed("the values do not grow as they should")
            return
        goal = mpmath.re(proof.number(value))
        if abs(seen[-1] - goal) > 1e-4 * (1 + abs(goal)) or abs(seen[-1] - goal) > abs(seen[0] - goal) + mpmath.mpf(10) ** -25:
            raise CheckFailed("the values do not approach the limit")

    # -- ways ---------------------------------------------------------------

    def explain(self, value: sp.Expr) -> None:
        f = self.function
        if self.substituted(f, value):
            return
        top, bottom = (sp.factor_terms(part) for part in sp.fraction(sp.together(f)))
        if self.wanted is None and f.is_rational_function(self.x):
            if abs(self.point) == sp.oo:
                self.highest_power(top, bottom, value)
                return
            if self.cancelled(f, value):
                return
        if self.pole(top, bottom, value):
            return
        if self.hopital(top, bottom, value):
            return
        if self.conjugated(f, value) or self.as_fraction(f, value) or self.as_power(f, value):
            return
        if self.plain_growth(f, value):
            return
        raise Refused("This limit needs a method that is not shown here.")

    def substituted(self, f: sp.Expr, value: sp.Expr, why: str = "The function is continuous there: put the value in.") -> bool:
        if abs(self.point) == sp.oo:
            return False
        there = f.subs(self.x, self.point)
        if there.has(sp.nan, sp.zoo, sp.oo, sp.AccumBounds) or not there.is_real or sp.simplify(there - value) != 0:
            return False
        self.lesson.step(why, self.sign(), tex_grouped(f), "=", New(tex(sp.simplify(there))))
        return True

    def cancelled(self, f: sp.Expr, value: sp.Expr) -> bool:
        """0/0 of polynomials: factor, cancel, put in."""
        top, bottom = sp.fraction(sp.together(f))
        short = sp.cancel(f)
        if top.subs(self.x, self.point) != 0 or bottom.subs(self.x, self.point) != 0:
            return False
        self.lesson.step("Numerator and denominator both become zero: factor them.", self.sign(), New(rf"\frac{{{tex(sp.factor(top))}}}{{{tex(sp.factor(bottom))}}}"))
        self.lesson.step("Cancel the common factor.", self.sign(), New(tex_grouped(short)))
        if self.substituted(short, value, "Now put the value in."):
            return True
        return self.pole(*sp.fraction(short), value)

    def pole(self, top: sp.Expr, bottom: sp.Expr, value: sp.Expr) -> bool:
        """A number other than zero over something that goes to zero."""
        if abs(value) != sp.oo or abs(self.point) == sp.oo:
            return False
        ends = [self.of(top, side) for side in self.sides()], [self.of(bottom, side) for side in self.sides()]
        if any(e == 0 or abs(e) == sp.oo for e in ends[0]) or any(e != 0 for e in ends[1]):
            return False
        sign = "positive" if (value == sp.oo) == (ends[0][0] > 0) else "negative"
        self.lesson.step(
            f"The numerator goes to ${tex(ends[0][0])}$, the denominator to zero and stays {sign} close to it.",
            self.sign(), rf"\frac{{{tex(top)}}}{{{tex(bottom)}}}", "=", New(tex(value)),
        )
        return True

    def hopital(self, top: sp.Expr, bottom: sp.Expr, value: sp.Expr, start: str = "") -> bool:
        """Differentiates above and below while both go to zero or both to infinity."""
        rounds: list[tuple[str, list[Piece]]] = []
        u, v = top, bottom
        for _ in range(MAX_ROUNDS):
            if self.x not in v.free_symbols:
                return False
            kind = self.indeterminate(u, v)
            if kind is None:
                return False
            u, v = sp.simplify(sp.diff(u, self.x)), sp.simplify(sp.diff(v, self.x))
            if v == 0:
                return False
            shown = rf"\frac{{{tex(u)}}}{{{tex(v)}}}" if v != 1 else tex_grouped(u)
            done = sp.simplify(u / v)
            line: list[Piece] = [self.sign(), New(shown)]
            if tex_grouped(done) != shown and self.x in done.free_symbols:
                line += ["=", self.sign(), New(tex_grouped(done))]
            rounds.append((f"Both go to {kind}. L'Hopital's rule: differentiate above and below.", line))
            if len(shown) > 160:
                return False
            if self.reached(done, value):
                for why, line in rounds:
                    self.lesson.step(why, *line)
                self.lesson.method("l'hopital's rule")
                self.last(done, value)
                return True
            u, v = sp.fraction(sp.together(done))
        return False

    def indeterminate(self, u: sp.Expr, v: sp.Expr) -> str | None:
        try:
            ends = {(self.of(u, side), self.of(v, side)) for side in self.sides()}
        except Refused:
            return None
        if all(a == 0 and b == 0 for a, b in ends):
            return "zero"
        if all(abs(a) == sp.oo and abs(b) == sp.oo for a, b in ends):
            return "infinity"
        return None

    def reached(self, f: sp.Expr, value: sp.Expr) -> bool:
        """Whether the limit of `f` can be read off."""
        if self.x not in f.free_symbols:
            return sp.simplify(f - value) == 0
        if abs(self.point) == sp.oo:
            top, bottom = sp.fraction(sp.together(f))
            return (self.x not in top.free_symbols or self.x not in bottom.free_symbols) and self.monotone_part(f)
        there = f.subs(self.x, self.point)
        return bool(there.is_real and not there.has(sp.nan, sp.zoo, sp.oo) and sp.simplify(there - value) == 0)

    def monotone_part(self, f: sp.Expr) -> bool:
        """A single power, exponential or logarithm: its behaviour is known."""
        core = f.as_independent(self.x)[1]
        base = core.base if core.is_Pow and not core.exp.has(self.x) else core
        return base == self.x or isinstance(base, (sp.exp, sp.log)) or base.is_Pow and not base.base.has(self.x)

    def last(self, f: sp.Expr, value: sp.Expr) -> None:
        if self.x not in f.free_symbols:
            self.lesson.step("A constant is left.", self.sign(), tex_grouped(self.function), "=", New(tex(value)))
        elif abs(self.point) == sp.oo:
            self.lesson.step("This can be read off.", self.sign(), tex_grouped(f), "=", New(tex(value)))
        else:
            self.substituted(f, value, "Now put the value in.")

    def highest_power(self, top: sp.Expr, bottom: sp.Expr, value: sp.Expr) -> None:
        x = self.x
        top, bottom = sp.expand(top), sp.expand(bottom)
        degree = max(sp.degree(bottom, x), 0)
        if degree == 0:
            if not self.plain_growth(self.function, value):
                raise Refused("This limit needs a method that is not shown here.")
            return
        power = x**degree
        above, below = (sp.Add(*[sp.cancel(t / power) for t in sp.Add.make_args(part)]) for part in (top, bottom))
        self.lesson.step(
            f"Divide above and below by ${tex(power)}$, the highest power below.",
            self.sign(), New(rf"\frac{{{ordered(above, x)}}}{{{ordered(below, x)}}}"),
        )
        self.lesson.step(f"Fractions with ${tex(x)}$ only below go to zero.", "=", New(tex(value)))

    def conjugated(self, f: sp.Expr, value: sp.Expr) -> bool:
        """√a - b: multiplied by √a + b."""
        if not f.is_Add or len(f.args) != 2 or not any(a.is_Pow and a.exp == sp.Rational(1, 2) for a in f.args):
            return False
        a, b = f.args
        other = a - b
        top = sp.expand(sp.expand(a**2) - sp.expand(b**2))
        if not top.is_polynomial(self.x):
            return False
        self.lesson.step("Multiply above and below by the conjugate.", self.sign(), New(rf"\frac{{{bracketed(f)} {bracketed(other)}}}{{{tex(other)}}}"))
        self.lesson.step("The roots cancel above.", self.sign(), New(rf"\frac{{{tex(top)}}}{{{tex(other)}}}"))
        if self.substituted(top / other, value, "Now put the value in."):
            return True
        if abs(self.point) == sp.oo:
            self.lesson.step(f"Divide above and below by ${tex(self.x)}$ and let it grow.", "=", New(tex(value)))
            return True
        raise Refused("This limit needs a method that is not shown here.")

    def as_fraction(self, f: sp.Expr, value: sp.Expr) -> bool:
        """0 · ∞ as a fraction."""
        if not f.is_Mul:
            return False
        for part in f.args:
            rest = f / part
            try:
                ends = {(self.of(part, side), self.of(rest, side)) for side in self.sides()}
            except Refused:
                continue
            if not all(abs(a) == sp.oo and b == 0 for a, b in ends):
                continue
            below = sp.simplify(1 / rest)
            if len(self.lesson.steps) < 2:
                self.lesson.step("One factor goes to zero, the other to infinity: write it as a fraction.", self.sign(), New(rf"\frac{{{tex(part)}}}{{{tex(below)}}}"))
            return self.hopital(part, below, value)
        return False

    def as_power(self, f: sp.Expr, value: sp.Expr) -> bool:
        """A power with the variable above and below: by its logarithm."""
        if not f.is_Pow or self.x not in f.exp.free_symbols or self.x not in f.base.free_symbols or not value.is_positive:
            return False
        inner = sp.log(f.base) * f.exp
        side = self.sides()[0]
        goal = self.of(inner, side)
        self.lesson.step("Base and exponent both vary: look at the logarithm.", r"\ln f", "=", New(tex(inner)))
        work = Limit(self.lesson, inner, self.x, self.point, self.side, None)
        top, bottom = sp.fraction(sp.together(inner))
        one = 1 / f.exp
        fraction = work.hopital(sp.log(f.base), one, goal) or work.hopital(top, bottom, goal)
        if not fraction or sp.simplify(sp.exp(goal) - value) != 0:
            raise Refused("This limit needs a method that is not shown here.")
        self.lesson.step("Undo the logarithm.", self.sign(), tex(f), "=", New(rf"e^{{{tex(goal)}}}"))
        return True

    def plain_growth(self, f: sp.Expr, value: sp.Expr) -> bool:
        """A single function at infinity, or a polynomial by its leading term."""
        if abs(self.point) != sp.oo:
            if not f.has(sp.log) or abs(value) != sp.oo or not self.monotone_part(f):
                return False
            self.lesson.step("This is how the logarithm behaves at zero.", self.sign(), tex_grouped(f), "=", New(tex(value)))
            return True
        if f.is_polynomial(self.x):
            lead = sp.LT(f, self.x)
            self.lesson.step("For large values the highest power decides.", self.sign(), New(tex(lead)), "=", New(tex(value)))
            return True
        if self.monotone_part(f) or isinstance(f, (sp.atan, sp.tanh)) and f.args[0] == self.x:
            self.lesson.step("This is how the function behaves far out.", self.sign(), tex_grouped(f), "=", New(tex(value)))
            return True
        return False


def grouped(text: str, function: sp.Expr) -> str:
    return rf"\left[{text}\right]" if function.is_Add else text


def tex_grouped(function: sp.Expr) -> str:
    return grouped(tex(function), function)


def ordered(value: sp.Expr, x: sp.Symbol) -> str:
    """Terms by falling powers, negative ones too."""
    parts = sorted(sp.Add.make_args(value), key=lambda t: -sp.degree(sp.fraction(t)[0], x) + sp.degree(sp.fraction(t)[1], x) if t.has(x) else 0)
    text = tex(parts[0])
    for part in parts[1:]:
        piece = tex(part)
        text += f" - {piece[1:].lstrip()}" if piece.startswith("-") else f" + {piece}"
    return text
