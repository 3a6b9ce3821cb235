"""Sums with a closed form: of polynomials, geometric, telescoping."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import sympy as sp

from lesson import Lesson, New, Piece, bracketed, signed, terms, tex
from notation import CheckFailed, Refused, build, expanded

#: The highest power of the index.
MAX_DEGREE = 4
#: Largest number of terms, and of terms added one by one to check.
MAX_END, MAX_ADDED = 10**6, 3000
#: Power sums from 1 to N.
FORMULAS = {
    0: "{N}",
    1: r"\frac{{{N} \left({N1}\right)}}{{2}}",
    2: r"\frac{{{N} \left({N1}\right) \left({N2}\right)}}{{6}}",
    3: r"\left(\frac{{{N} \left({N1}\right)}}{{2}}\right)^{{2}}",
    4: r"\frac{{{N} \left({N1}\right) \left({N2}\right) \left({N3}\right)}}{{30}}",
}


def solve(task: dict[str, Any]) -> Lesson:
    """The lesson of one sum."""
    return Sum(task).run()


class Sum:
    """A sum from a number to a number, a letter or infinity."""

    def __init__(self, task: dict[str, Any]) -> None:
        self.task = task
        name = task["index"]
        real = sp.Symbol(name, real=True)
        self.k = sp.Symbol(name, integer=True)
        self.term = build(task["term"]).subs(real, self.k)
        self.low, high = build(task["from"]), build(task["to"])
        self.letter = sp.Symbol("n", integer=True, positive=True)
        symbols = sorted(high.free_symbols, key=lambda s: s.name)
        if symbols:
            self.letter = sp.Symbol(symbols[0].name, integer=True, positive=True)
            high = high.subs(symbols[0], self.letter)
        self.high = high
        self.check_ends()
        self.lesson = Lesson("Finding a sum")

    def check_ends(self) -> None:
        if not self.low.is_Integer or abs(self.low) > MAX_END:
            raise Refused("A sum must start at a whole number.")
        if self.high == sp.oo:
            return
        if self.high.is_number and (not self.high.is_Integer or self.high > MAX_END or self.high < self.low):
            raise Refused("A sum must end at a whole number that is not before its start.")
        if not self.high.is_number and not (self.high == self.letter):
            raise Refused("The end of a sum must be a number, one letter or infinity.")

    def run(self) -> Lesson:
        lines = self.written()
        self.lesson.step("", *lines)
        if not self.term.has(self.k) or self.term.is_polynomial(self.k):
            value = self.polynomial()
        elif self.ratio() is not None:
            value = self.geometric(self.ratio())
        elif self.term.is_rational_function(self.k):
            value = self.telescoping()
        else:
            raise Refused("This sum has no closed form that is known here.")
        self.check(value)
        self.lesson.answer(*lines, "=", *terms(value))
        self.lesson.picture = self.picture()
        self.lesson.claim("sum", term=self.term, index=self.k, low=self.low, high=self.high, value=value)
        return self.lesson

    def sign(self, low: Any = None, high: Any = None) -> str:
        low, high = self.low if low is None else low, self.high if high is None else high
        return rf"\sum_{{{tex(self.k)} = {tex(low)}}}^{{{tex(high)}}}"

    def written(self) -> list[Piece]:
        text = self.task["tex"]
        return [self.sign(), rf"\left({text}\right)" if self.term.is_Add else text]

    # -- polynomials --------------------------------------------------------

    def polynomial(self) -> sp.Expr:
        """Split into power sums, put their formulas in."""
        if self.high == sp.oo:
            raise Refused("This infinite sum has no finite value.")
        k = self.k
        poly = sp.Poly(expanded(self.term), k)
        if poly.degree() > MAX_DEGREE:
            raise Refused(f"Sums of powers up to {MAX_DEGREE} are supported.")
        if any(not c.is_Rational for c in poly.all_coeffs()):
            raise Refused("The terms of the sum must have rational coefficients.")
        self.spell_out()
        if self.low == 1:
            return self.from_one(poly)
        return self.from_elsewhere(poly)

    def spell_out(self) -> None:
        """The first terms and the last one."""
        if self.high.is_number and self.high - self.low < 5:
            return
        first = [self.term.subs(self.k, self.low + i) for i in range(3)]
        last = self.term.subs(self.k, self.high)
        shown = [tex(first[0]), *[signed(t) for t in first[1:]]]
        end = rf"\left({tex(last)}\right)" if last.is_Add else tex(last)
        end = f"+ {end}" if not end.startswith("-") else end
        self.lesson.step("These are the numbers to add.", *[New(p) for p in shown], r"+ \cdots", New(end))

    def from_one(self, poly: sp.Poly) -> sp.Expr:
        k, high = self.k, self.high
        monomials = sorted(((m[0], c) for m, c in poly.terms()), reverse=True)
        alone = len(monomials) == 1 and monomials[0][1] == 1
        if not alone:
            split: list[Piece] = []
            for index, (power, c) in enumerate(monomials):
                lead = "" if abs(c) == 1 else f"{tex(abs(c))} "
                sign = "-" if c < 0 else "+" if index else ""
                split.append(New(f"{sign} {lead}{self.sign()} {tex(k**power)}".strip()))
            self.lesson.step("Split the sum and take the factors out.", "=", *split)
        pieces: list[Piece] = []
        for index, (power, c) in enumerate(monomials):
            sign = "-" if c < 0 else "+" if index else ""
            lead = "" if abs(c) == 1 else rf"{tex(abs(c))} \cdot "
            pieces.append(New(f"{sign} {lead}{self.formula(power)}".strip()))
        why = "Use the formula of this sum." if alone else "Use the formulas of these sums."
        if alone and monomials[0][0] == 1:
            why = "First and last, second and last but one: each pair has the same sum."
        if monomials[0][0] == 0:
            why = "Every term is the same: count them."
        self.lesson.step(why, "=", *pieces)
        value = sp.factor(sum(c * power_sum(power, high) for power, c in monomials))
        value = short(value)
        self.lesson.step("Simplify." if not high.is_number else "Work it out.", "=", *[New(t) for t in terms(value)])
        return value

    def formula(self, power: int) -> str:
        high = self.high
        plus, twice = high + 1, 2 * high + 1
        extra = sp.expand(3 * high**2 + 3 * high - 1)
        shape = FORMULAS[power]
        if high.is_number:
            shape = shape.replace(r" \left({N", r" \cdot {N").replace(r"}\right)", "}", 9) if power != 3 else shape.replace(r" \left({N1}\right)", r" \cdot {N1}")
        return shape.format(N=tex(high), N1=tex(plus), N2=tex(twice), N3=tex(extra))

    def from_elsewhere(self, poly: sp.Poly) -> sp.Expr:
        k, low, high = self.k, self.low, self.high
        whole = sum(c * power_sum(m[0], high) for m, c in poly.terms())
        before = sum(c * power_sum(m[0], low - 1) for m, c in poly.terms())
        body = bracketed(poly.as_expr())
        if low > 1:
            self.lesson.step(
                f"Sum from 1, and take away the terms before ${tex(low)}$.",
                "=", New(f"{self.sign(1, high)} {body}"), "-", New(f"{self.sign(1, low - 1)} {body}"),
            )
        else:
            extra = [self.term.subs(k, sp.Integer(j)) for j in range(int(low), 1)]
            if len(extra) > 6:
                raise Refused("This sum starts too far below 1.")
            self.lesson.step(
                f"Sum from 1, and add the terms from ${tex(low)}$ to $0$.",
                "=", New(f"{self.sign(1, high)} {body}"), New(signed(sum(extra))),
            )
        value = short(sp.factor(whole - before))
        self.lesson.step("Use the formulas for sums of powers.", "=", New(bracketed(sp.factor(whole))), "-", New(bracketed(before)))
        self.lesson.step("Simplify.", "=", *[New(t) for t in terms(value)])
        return value

    # -- geometric ----------------------------------------------------------

    def ratio(self) -> sp.Expr | None:
        """The constant quotient of neighbours."""
        quotient = sp.simplify(self.term.subs(self.k, self.k + 1) / self.term)
        return quotient if quotient.is_Rational and quotient not in (0, 1) else None

    def geometric(self, q: sp.Expr) -> sp.Expr:
        lesson, low, high = self.lesson, self.low, self.high
        lesson.title = "Summing a geometric series"
        first = self.term.subs(self.k, low)
        if high == sp.oo:
            return self.endless(first, q)
        count = high - low + 1
        if high.is_number and abs(q) ** 2 > 0 and int(count) * len(str(abs(q.p * q.q))) > 120:
            raise Refused("The value of this sum has too many digits.")
        names = ["S", "=", *self.row(first, q, high)]
        lesson.step(f"Each term is ${tex(q)}$ times the one before.", *names)
        lesson.step(f"Multiply the sum by ${tex(q)}$.", f"{bracketed(q)} S", "=", *self.row(first * q, q, high + 1))
        after = self.term.subs(self.k, high + 1)
        lesson.step("Subtract: all but two terms cancel.", rf"\left(1 - {bracketed(q)}\right) S", "=", New(tex(first)), "-", New(bracketed(after)))
        value = short(sp.simplify((first - after) / (1 - q)))
        lesson.step(f"Divide by ${tex(1 - q)}$.", "S", "=", *[New(t) for t in terms(value)])
        return value

    def row(self, first: sp.Expr, q: sp.Expr, high: sp.Expr) -> list[Piece]:
        last = self.term.subs(self.k, high)
        text = tex(last)
        return [tex(first), signed(first * q), signed(first * q**2), r"+ \cdots", f"+ {bracketed(last)}" if text.startswith("-") else f"+ {text}"]

    def endless(self, first: sp.Expr, q: sp.Expr) -> sp.Expr:
        if abs(q) >= 1:
            raise Refused("This infinite sum has no finite value.")
        lesson = self.lesson
        lesson.step(f"Each term is ${tex(q)}$ times the one before.", "S", "=", tex(first), signed(first * q), signed(first * q**2), r"+ \cdots")
        lesson.step(f"Because ${tex(abs(q))} < 1$, the sum is the first term divided by $1 - q$.", "S", "=", New(rf"\frac{{{tex(first)}}}{{1 - {bracketed(q)}}}"))
        value = first / (1 - q)
        lesson.step("Work it out.", "S", "=", New(tex(value)))
        return value

    # -- telescoping --------------------------------------------------------

    def telescoping(self) -> sp.Expr:
        """c/(k+a) - c/(k+a+d): neighbours cancel."""
        k, lesson = self.k, self.lesson
        lesson.title = "Summing a telescoping series"
        split = sp.apart(sp.together(self.term), k)
        parts = sp.Add.make_args(split)
        if len(parts) != 2 or any(sp.fraction(p)[1].subs(k, self.low + i) == 0 for p in parts for i in range(2)):
            raise Refused("This sum has no closed form that is known here.")
        one, other = sorted(parts, key=lambda p: -float(p.subs(k, 1000)))
        shift = next((d for d in (1, 2, 3) if sp.simplify(one.subs(k, k + d) + other) == 0), None)
        if shift is None:
            raise Refused("This sum has no closed form that is known here.")
        lesson.step("Split each term into partial fractions.", "=", self.sign(), New(rf"\left({tex(one)} - {tex(-other)}\right)"))
        first = [one.subs(k, self.low + i) for i in range(shift)]
        lesson.step("Neighbours cancel; only the ends are left.", "=", *[New(t) for t in [tex(first[0]), *[signed(t) for t in first[1:]]]], *self.far_end(other, shift))
        value = sum(first, sp.Integer(0))
        if self.high != sp.oo:
            value += sum((other.subs(k, self.high - i) for i in range(shift)), sp.Integer(0))
        value = short(sp.factor(sp.together(value)))
        lesson.step("Simplify.", "=", New(tex(value)))
        return value

    def far_end(self, other: sp.Expr, shift: int) -> list[Piece]:
        if self.high == sp.oo:
            return [New("- 0")]
        return [New(signed(other.subs(self.k, self.high - i))) for i in reversed(range(shift))]

    # -- checks -------------------------------------------------------------

    def check(self, value: sp.Expr) -> None:
        """Adds the terms one by one."""
        if self.high == sp.oo:
            partial = sum(self.fraction(j) for j in range(int(self.low), int(self.low) + 400))
            if abs(float(partial) - float(value)) > 0.01 * max(1.0, abs(float(value))):
                raise CheckFailed("partial sums do not approach the value")
            self.lesson.check = "Check: adding the first 400 terms comes close to this value."
            return
        if self.high.is_number:
            if self.high - self.low > MAX_ADDED:
                raise Refused(f"At most {MAX_ADDED} terms can be added to check a sum.")
            total = sum(self.fraction(j) for j in range(int(self.low), int(self.high) + 1))
            self.same(value, total)
            self.lesson.check = "Check: adding the terms one by one gives the same number."
            return
        total = Fraction(0)
        for j in range(int(self.low), int(self.low) + 12):
            total += self.fraction(j)
            if j >= 1:
                self.same(value.subs(self.letter, j), total)
        n = tex(self.letter)
        self.lesson.check = f"Check: adding the terms one by one agrees for ${n}$ from {max(1, int(self.low))} to {int(self.low) + 11}."

    def fraction(self, j: int) -> Fraction:
        term = self.term.subs(self.k, j)
        if not term.is_Rational:
            raise Refused("The terms of the sum must be rational numbers.")
        return Fraction(int(term.p), int(term.q))

    def same(self, value: sp.Expr, total: Fraction) -> None:
        if sp.Rational(total.numerator, total.denominator) != sp.simplify(value):
            raise CheckFailed("the closed form differs from the terms added")

    def picture(self) -> dict[str, Any] | None:
        kind = self.task["picture"]
        if kind is None or self.low != 1:
            return None
        size = int(self.high) if self.high.is_number and self.high <= 8 else 6
        return {"kind": kind, "n": size}


def power_sum(power: int, high: sp.Expr) -> sp.Expr:
    """1^p + … + N^p, from N alone."""
    n = high
    return {
        0: n,
        1: n * (n + 1) / 2,
        2: n * (n + 1) * (2 * n + 1) / 6,
        3: (n * (n + 1) / 2) ** 2,
        4: n * (n + 1) * (2 * n + 1) * (3 * n**2 + 3 * n - 1) / 30,
    }[power]


def short(value: sp.Expr) -> sp.Expr:
    """The product form, unless the sum is much shorter."""
    product, total = sp.factor(value), sp.expand(value)
    return total if 3 * len(tex(total)) < 2 * len(tex(product)) or total == product else product


