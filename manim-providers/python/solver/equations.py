"""Equations in one unknown: polynomial, and those that become polynomial."""

from __future__ import annotations

from typing import Any

import sympy as sp

import proof
from lesson import Lesson, New, Piece, approx, bracketed, signed, terms, tex
from notation import Refused, build, expanded

#: The highest degree that is factored.
MAX_DEGREE = 8
#: Digits of a coefficient of a polynomial.
MAX_COEFFICIENT = 10**12


def solve(task: dict[str, Any]) -> Lesson:
    """The lesson of one equation."""
    equation = Equation(task)
    equation.run()
    return equation.lesson


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

    def run(self) -> None:
        difference = self.left - self.right
        if difference.has(sp.Abs):
            self.absolute()
        elif self.is_root_equation(difference):
            self.radical()
        elif self.x in sp.denom(sp.together(difference)).free_symbols:
            self.rational()
        elif difference.is_polynomial(self.x):
            self.polynomial(self.left, self.right)
        else:
            self.transcendental()

    # -- polynomial ---------------------------------------------------------

    def polynomial(self, left: sp.Expr, right: sp.Expr) -> None:
        """Brings all to one side and looks at the degree."""
        left, right = expanded(left), expanded(right)
        self.step_if_new("Multiply out both sides.", left, right)
        gathered = expanded(left - right)
        poly = sp.Poly(gathered, self.x)
        if any(not c.is_Rational for c in poly.all_coeffs()):
            self.with_irrational_coefficients(poly)
            return
        if max(abs(sp.Rational(c).p) + sp.Rational(c).q for c in poly.all_coeffs()) > MAX_COEFFICIENT:
            raise Refused("The coefficients of the equation are too large.")
        if poly.degree() > MAX_DEGREE:
            raise Refused(f"Equations up to degree {MAX_DEGREE} are supported.")
        if poly.is_zero or poly.degree() == 0:
            self.without_unknown(gathered)
        elif poly.degree() == 1:
            self.linear(left, right)
        else:
            self.higher(poly, left, right)

    def with_irrational_coefficients(self, poly: sp.Poly) -> None:
        if poly.degree() != 1:
            raise Refused("Only linear equations may have irrational coefficients.")
        slope, offset = poly.all_coeffs()
        self.lesson.title = "Solving a linear equation"
        self.lesson.step("Collect the unknown on the left.", tex(slope * self.x), "=", New(tex(-offset)))
        self.finish([sp.simplify(-offset / slope)])

    def without_unknown(self, gathered: sp.Expr) -> None:
        """The unknown has dropped out."""
        x = tex(self.x)
        if gathered == 0:
            self.lesson.step("Both sides are the same: the equation is always true.", "0", "=", "0")
            self.lesson.answer(rf"\text{{every value of }} {x} \text{{ is a solution}}")
            proof.same_function(self.left, self.right, {self.x})
            self.lesson.check = "Any number put in makes both sides equal."
            self.lesson.claim("identity", left=self.left, right=self.right, variable=self.x)
            return
        self.lesson.step("The unknown cancels and a false statement is left.", New(tex(gathered)), "=", "0")
        self.lesson.answer(r"\text{no solution}")
        values = [proof.number((self.left - self.right).subs(self.x, place)) for place in proof.SAMPLES]
        expected = proof.number(gathered)
        if not all(proof.close(value, expected) for value in values):
            raise proof.CheckFailed("the two sides do not differ by a constant")
        self.lesson.check = f"The two sides always differ by ${tex(gathered)}$."
        self.claim_solutions([])

    def linear(self, left: sp.Expr, right: sp.Expr) -> None:
        """Unknown to the left, numbers to the right, divide."""
        x = self.x
        self.lesson.title = "Solving a linear equation"
        a, b = left.coeff(x, 1), left.coeff(x, 0)
        c, d = right.coeff(x, 1), right.coeff(x, 0)
        if c != 0:
            verb = f"Subtract ${tex(c * x)}$ from" if c.could_extract_minus_sign() is False else f"Add ${tex(-c * x)}$ to"
            self.lesson.step(f"{verb} both sides.", *self.marked_first((a - c) * x, b), "=", tex(d))
            a, c = a - c, sp.Integer(0)
        if b != 0:
            verb = f"Subtract ${tex(b)}$ from" if b > 0 else f"Add ${tex(-b)}$ to"
            self.lesson.step(f"{verb} both sides.", tex(a * x), "=", New(tex(d - b)))
            d, b = d - b, sp.Integer(0)
        if a == -1:
            self.lesson.step("Change the signs of both sides.", tex(x), "=", New(tex(d / a)))
        elif a != 1:
            why = f"Divide both sides by ${tex(a)}$." if a.is_Integer else f"Multiply both sides by ${tex(1 / a)}$."
            self.lesson.step(why, tex(x), "=", New(tex(d / a)))
        self.finish([d / a])

    def marked_first(self, first: sp.Expr, rest: sp.Expr) -> list[Piece]:
        if first == 0:
            return [New(tex(rest))]
        return [New(tex(first)), signed(rest)] if rest != 0 else [New(tex(first))]

    def higher(self, poly: sp.Poly, left: sp.Expr, right: sp.Expr) -> None:
        """Degree two and more: gathered on one side, cleared of fractions."""
        x = self.x
        names = {2: "a quadratic equation", 3: "a cubic equation"}
        self.lesson.title = f"Solving {names.get(poly.degree(), 'a polynomial equation')}"
        if poly.degree() == 2 and poly.coeff_monomial(x) == 0 and self.wanted in (None,):
            self.pure_square(poly)
            return
        if right != 0:
            self.lesson.step("Bring everything to one side.", *[New(t) for t in terms(poly.as_expr())], "=", "0")
        scale, primitive = poly.clear_denoms()
        content, primitive = primitive.primitive()
        if primitive.LC() < 0:
            content, primitive = -content, -primitive
        factor = content / sp.Integer(scale)
        if factor != 1:
            why = f"Divide both sides by ${tex(factor)}$." if factor.is_Integer else f"Multiply both sides by ${tex(1 / factor)}$."
            self.lesson.step(why, *[New(t) for t in terms(primitive.as_expr())], "=", "0")
        if poly.degree() == 2:
            self.quadratic(primitive)
        else:
            self.by_factors(primitive)

    def pure_square(self, poly: sp.Poly) -> None:
        """a x^2 = c."""
        x = self.x
        a, c = poly.coeff_monomial(x**2), -poly.coeff_monomial(1)
        self.lesson.step("Bring the constants to the right.", tex(a * x**2), "=", New(tex(c)))
        if a != 1:
            why = f"Divide both sides by ${tex(a)}$." if a.is_Integer else f"Multiply both sides by ${tex(1 / a)}$."
            self.lesson.step(why, tex(x**2), "=", New(tex(c / a)))
        value = c / a
        if value == 0:
            self.lesson.step("Only zero has the square zero.", tex(x), "=", New("0"))
            self.finish([sp.Integer(0)])
            return
        if value < 0:
            self.lesson.step("A square of a real number is never negative: there is no real solution.", tex(x**2), "=", New(tex(value)), "< 0")
        root = sp.sqrt(value)
        if value > 0 or not self.real_only:
            why = "Take the square root: both signs are possible." if value > 0 else "With the imaginary unit $i$, where $i^2 = -1$:"
            self.lesson.step(why, tex(x), "=", New(rf"\pm {tex(root)}"))
        self.finish([-root, root])

    def quadratic(self, poly: sp.Poly) -> None:
        a, b, c = poly.all_coeffs()
        discriminant = b**2 - 4 * a * c
        splits = sp.sqrt(discriminant).is_Rational
        if self.wanted == "factoring" and not splits:
            raise Refused("This quadratic does not factor over the rational numbers.")
        if self.wanted == "completing the square":
            self.complete_square(a, b, c)
        elif splits and self.wanted != "quadratic formula":
            self.factor_quadratic(poly, a, b, c)
        else:
            self.formula(a, b, c, discriminant)

    def factor_quadratic(self, poly: sp.Poly, a: sp.Expr, b: sp.Expr, c: sp.Expr) -> None:
        x = self.x
        self.lesson.method("factoring")
        roots = sorted(sp.roots(poly), key=sp.default_sort_key)
        if c == 0:
            self.lesson.step(f"Both terms contain ${tex(x)}$: take it out.", New(tex(x)), New(bracketed(a * x + b)), "=", "0")
        elif len(roots) == 1:
            # Primitive and with a positive lead: a perfect square.
            base = sp.sqrt(a) * x + b / (2 * sp.sqrt(a))
            self.lesson.step("This is a perfect square.", New(rf"\left({tex(base)}\right)^{{2}}"), "=", "0")
        elif a == 1:
            p, q = -roots[1], -roots[0]
            why = f"Two numbers with product ${tex(c)}$ and sum ${tex(b)}$ are ${tex(p)}$ and ${tex(q)}$."
            self.lesson.step(why, New(bracketed(x + p)), New(bracketed(x + q)), "=", "0")
        else:
            self.split_middle(a, b, c)
        self.zero_product(roots, [x - r for r in roots] if a == 1 and c != 0 else self.linear_factors(poly))

    def split_middle(self, a: sp.Expr, b: sp.Expr, c: sp.Expr) -> None:
        """The ac method."""
        x = self.x
        root = sp.sqrt(b**2 - 4 * a * c)
        m, n = (b + root) / 2, (b - root) / 2
        why = f"Two numbers with product ${tex(a)} \\cdot {bracketed(c)} = {tex(a * c)}$ and sum ${tex(b)}$ are ${tex(m)}$ and ${tex(n)}$."
        self.lesson.step(why, tex(a * x**2), New(signed(m * x)), New(signed(n * x)), signed(c), "=", "0")
        common = sp.gcd(a, m)
        inner = (a * x**2 + m * x) / (common * x)
        inner = sp.expand(inner)
        outer = sp.cancel((n * x + c) / inner)
        tail = signed(outer) if abs(outer) != 1 else ("+" if outer == 1 else "-")
        self.lesson.step(
            "Take out the common factor of each pair.",
            New(tex(common * x)), bracketed(inner), New(tail), bracketed(inner), "=", "0",
        )
        self.lesson.step("Take out the common bracket.", New(bracketed(inner)), New(bracketed(common * x + outer)), "=", "0")

    def linear_factors(self, poly: sp.Poly) -> list[sp.Expr]:
        return [factor.as_expr() for factor, _ in poly.factor_list()[1]]

    def zero_product(self, roots: list[sp.Expr], factors: list[sp.Expr]) -> None:
        line: list[Piece] = []
        for index, factor in enumerate(factors):
            line += [r"\quad\text{or}\quad" if index else "", New(tex(factor)), "= 0"]
        if len(factors) > 1:
            self.lesson.step("A product is zero when one of its factors is zero.", *[p for p in line if p != ""])
        self.finish(roots)

    def formula(self, a: sp.Expr, b: sp.Expr, c: sp.Expr, discriminant: sp.Expr) -> None:
        """The quadratic formula with its discriminant."""
        x = tex(self.x)
        self.lesson.method("quadratic formula")
        self.lesson.step(
            f"Use the quadratic formula with $a = {tex(a)}$, $b = {tex(b)}$, $c = {tex(c)}$.",
            x, "=", r"\frac{-b \pm \sqrt{b^{2} - 4ac}}{2a}",
        )
        self.lesson.step(
            "The discriminant is the number under the root.",
            "b^{2} - 4ac", "=", f"{bracketed_square(b)} - 4 \\cdot {bracketed(a)} \\cdot {bracketed(c)}", "=", New(tex(discriminant)),
        )
        if discriminant < 0:
            why = "It is negative: there is no real solution."
            if self.real_only:
                self.lesson.step(why, New(tex(discriminant)), "< 0")
                self.finish([])
                return
            self.lesson.step(why + " The complex ones have $i = \\sqrt{-1}$.", x, "=", New(rf"\frac{{{tex(-b)} \pm \sqrt{{{tex(discriminant)}}}}}{{{tex(2 * a)}}}"))
        else:
            self.lesson.step("Put the numbers in.", x, "=", New(rf"\frac{{{tex(-b)} \pm \sqrt{{{tex(discriminant)}}}}}{{{tex(2 * a)}}}"))
        root = sp.sqrt(discriminant)
        solutions = [sp.simplify((-b - root) / (2 * a)), sp.simplify((-b + root) / (2 * a))]
        if discriminant == 0:
            solutions = solutions[:1]
        self.finish(solutions)

    def complete_square(self, a: sp.Expr, b: sp.Expr, c: sp.Expr) -> None:
        x = self.x
        self.lesson.method("completing the square")
        if a != 1:
            self.lesson.step(f"Divide both sides by ${tex(a)}$.", *[New(t) for t in terms(x**2 + b / a * x + c / a)], "=", "0")
        p, q = b / a, c / a
        self.lesson.step("Bring the constant to the right.", *terms(x**2 + p * x), "=", New(tex(-q)))
        half = p / 2
        self.lesson.step(
            f"Add the square of half of ${tex(p)}$ to both sides.",
            *terms(x**2 + p * x), New(f"+ {bracketed_square(half)}"), "=", tex(-q), New(f"+ {bracketed_square(half)}"),
        )
        value = half**2 - q
        self.lesson.step("The left side is now a square.", New(rf"\left({tex(x + half)}\right)^{{2}}"), "=", New(tex(value)))
        if value < 0 and self.real_only:
            self.lesson.step("A square is never negative: there is no real solution.", tex(value), "< 0")
            self.finish([])
            return
        if value < 0:
            why = "No real square is negative; with $i = \\sqrt{-1}$:"
        else:
            why = "Take the square root: both signs are possible."
        root = sp.sqrt(value)
        sign = "" if value == 0 else r"\pm "
        self.lesson.step(why, tex(x + half), "=", New(f"{sign}{tex(root)}"))
        self.finish([-half] if value == 0 else [sp.simplify(-half - root), sp.simplify(-half + root)])

    def by_factors(self, poly: sp.Poly) -> None:
        """Degree three and more: rational factors, each solved by itself."""
        x = self.x
        _, factors = poly.factor_list()
        biquadratic = self.power_of_unknown(poly)
        if len(factors) == 1 and factors[0][1] == 1:
            if biquadratic:
                self.substitute(poly, biquadratic)
            else:
                self.numerically(poly)
            return
        if any(factor.degree() > 2 for factor, _ in factors):
            raise Refused("This equation has no solutions that can be written with roots of rational factors.")
        self.lesson.method("factoring")
        shown = [New(factor_tex(factor, times, x)) for factor, times in factors]
        self.lesson.step(self.why_factors(poly, factors), *shown, "=", "0")
        line: list[Piece] = []
        for index, (factor, _) in enumerate(factors):
            line += ([r"\quad\text{or}\quad"] if index else []) + [New(tex(factor.as_expr())), "= 0"]
        if len(factors) > 1:
            self.lesson.step("A product is zero when one of its factors is zero.", *line)
        solutions: list[sp.Expr] = []
        for factor, _ in factors:
            solutions += self.roots_of_factor(factor)
        self.finish(solutions)

    def why_factors(self, poly: sp.Poly, factors: list[tuple[sp.Poly, int]]) -> str:
        x = self.x
        linear = [sp.Rational(-f.coeff_monomial(1), f.LC()) for f, _ in factors if f.degree() == 1]
        whole = [root for root in linear if root.is_Integer and root != 0]
        if poly.coeff_monomial(1) == 0:
            return f"Take out ${tex(x)}$ and factor the rest." if len(factors) > 2 or factors[0][0].degree() > 1 else "Factor the left side."
        if whole:
            root = min(whole, key=abs)
            return f"${tex(x)} = {tex(root)}$ makes the left side zero, so ${tex(x - root)}$ is a factor. Factor completely."
        return "Factor the left side."

    def roots_of_factor(self, factor: sp.Poly) -> list[sp.Expr]:
        if factor.degree() == 1:
            return [-factor.coeff_monomial(1) / factor.LC()]
        a, b, c = factor.all_coeffs()
        d = b**2 - 4 * a * c
        roots = [sp.simplify((-b - sp.sqrt(d)) / (2 * a)), sp.simplify((-b + sp.sqrt(d)) / (2 * a))]
        why = f"${tex(factor.as_expr())} = 0$ by the quadratic formula."
        if d < 0:
            why = f"${tex(factor.as_expr())} = 0$ has no real solution: its discriminant is ${tex(d)}$."
            if self.real_only:
                self.lesson.step(why, New(tex(d)), "< 0")
                return []
        if b == 0:
            self.lesson.step(why if d < 0 else f"Solve ${tex(factor.as_expr())} = 0$.", tex(self.x), "=", New(rf"\pm {tex(roots[1])}"))
        else:
            self.lesson.step(why, tex(self.x), "=", New(rf"\frac{{{tex(-b)} \pm \sqrt{{{tex(d)}}}}}{{{tex(2 * a)}}}"))
        return roots

    def power_of_unknown(self, poly: sp.Poly) -> int:
        """The k for which the equation is a quadratic in x^k; 0 if there is none."""
        exponents = sorted(monomial[0] for monomial in poly.monoms())
        half, odd = divmod(exponents[-1], 2)
        return half if not odd and set(exponents) == {0, half, 2 * half} else 0

    def substitute(self, poly: sp.Poly, k: int) -> None:
        if k != 2:
            raise Refused("This equation has no solutions that can be written simply.")
        x, u = self.x, sp.Symbol("u", real=True)
        a, b, c = poly.coeff_monomial(x**4), poly.coeff_monomial(x**2), poly.coeff_monomial(1)
        self.lesson.method("substitution")
        self.lesson.step(f"Write $u$ for ${tex(x**2)}$.", *[New(t) for t in terms(a * u**2 + b * u + c)], "=", "0")
        d = b**2 - 4 * a * c
        if d < 0:
            raise Refused("This equation has no real solutions, and its complex ones are not simple.")
        values = [sp.simplify((-b - sp.sqrt(d)) / (2 * a)), sp.simplify((-b + sp.sqrt(d)) / (2 * a))]
        self.lesson.step("Solve for $u$ with the quadratic formula.", "u", "=", New(rf"\frac{{{tex(-b)} \pm \sqrt{{{tex(d)}}}}}{{{tex(2 * a)}}}"))
        solutions: list[sp.Expr] = []
        for value in dict.fromkeys(values):
            root = sp.sqrtdenest(sp.sqrt(value))
            solutions += [-root, root]
            self.lesson.step(f"Go back: ${tex(x**2)} = {tex(value)}$.", tex(x), "=", New(rf"\pm {tex(root)}"))
        self.finish(solutions)

    def numerically(self, poly: sp.Poly) -> None:
        """No exact answer worth showing: real solutions as decimals, and said so."""
        x = self.x
        count = poly.count_roots()
        if count == 0:
            raise Refused("This equation has no real solutions, and its complex ones are not simple.")
        roots = sorted(sp.N(root, 30) for root in sp.Poly(poly, x).real_roots())
        self.lesson.step("It does not factor over the rational numbers, so the real solutions are approximated.", *terms(poly.as_expr()), "=", "0")
        intervals = poly.intervals(eps=sp.Rational(1, 10))
        for root, ((low, high), _) in zip(roots, intervals, strict=True):
            below, above = sp.floor(10 * root) / 10, sp.ceiling(10 * root) / 10
            self.lesson.step(
                f"The left side changes its sign between ${approx(below)}$ and ${approx(above)}$. Halving this interval again and again gives:",
                tex(x), r"\approx", New(approx(root)),
            )
        line: list[Piece] = []
        for index, root in enumerate(roots):
            line += [f"{name(x, index, len(roots))} \\approx {approx(root)}" + (r",\quad" if index + 1 < len(roots) else "")]
            value = abs(proof.number(poly.as_expr().subs(x, root)))
            slope = abs(proof.number(poly.as_expr().diff(x).subs(x, root)))
            if value > 1e-12 * max(1, slope):
                raise proof.CheckFailed("an approximate solution does not solve the equation")
        self.lesson.answer(*line)
        self.lesson.check = f"Real solutions, rounded to four decimals. A count of sign changes confirms that there {'is' if count == 1 else 'are'} exactly {count}."
        self.lesson.claim("real_solutions", left=self.left, right=self.right, unknown=self.x, approximate=[sp.Rational(approx(r)) for r in roots])

    # -- equations that become polynomial -----------------------------------

    def rational(self) -> None:
        """Multiplies by the common denominator and remembers what must not be zero."""
        x = self.x
        self.lesson.title = "Solving a rational equation"
        denominators = self.denominators()
        for denominator in denominators:
            if not denominator.is_polynomial(x):
                raise Refused("Equations with such denominators are not supported.")
        common = sp.Integer(1)
        for denominator in denominators:
            common = sp.lcm(common, denominator)
        common = sp.factor(common)
        self.forbidden = set(sp.roots(sp.Poly(common, x), multiple=True))
        if any(value.has(sp.RootOf) for value in self.forbidden) or len(self.forbidden) == 0 and sp.degree(common, x) > 2:
            raise Refused("The denominators of the equation are too complicated.")
        real = sorted((v for v in self.forbidden if v.is_real), key=sp.default_sort_key)
        if real:
            values = ", ".join(tex(v) for v in real)
            self.lesson.step(f"A denominator must not be zero, so ${tex(x)}$ must not be ${values}$.", self.task["left_tex"], "=", self.task["right_tex"], r",\quad", New(rf"{tex(x)} \ne {values}"))
        left, right = sp.cancel(self.left * common), sp.cancel(self.right * common)
        self.lesson.step(f"Multiply both sides by ${tex(common)}$.", New(tex(left)), "=", New(tex(right)))
        title = self.lesson.title
        self.polynomial(left, right)
        self.lesson.title = title

    def denominators(self) -> list[sp.Expr]:
        """Denominators of the terms as they were written, before anything cancels."""
        x = self.x
        found: list[sp.Expr] = []
        collect_denominators(self.task["left"], found)
        collect_denominators(self.task["right"], found)
        return [d for d in found if x in d.free_symbols]

    def absolute(self) -> None:
        """k·|p| = c with numbers k and c."""
        x = self.x
        self.lesson.title = "Solving an equation with an absolute value"
        bars = list((self.left - self.right).atoms(sp.Abs))
        mark = sp.Dummy("bar")
        linear = expanded((self.left - self.right).subs(bars[0], mark)) if len(bars) == 1 else None
        if linear is None or x in linear.free_symbols or sp.degree(linear, mark) != 1:
            raise Refused("Only equations with one absolute value that equals a number are supported.")
        k, m = linear.coeff(mark, 1), linear.coeff(mark, 0)
        inside, value = bars[0].args[0], -m / k
        if not inside.is_polynomial(x) or sp.degree(inside, x) > 2:
            raise Refused("Only linear and quadratic expressions inside the absolute value are supported.")
        self.lesson.step("Leave the absolute value alone on the left.", tex(bars[0]), "=", New(tex(value)))
        if value < 0:
            self.lesson.step("An absolute value is never negative.", tex(bars[0]), "=", tex(value), New("< 0"))
            self.finish([])
            return
        cases = [value] if value == 0 else [-value, value]
        line: list[Piece] = []
        for index, case in enumerate(cases):
            line += ([r"\quad\text{or}\quad"] if index else []) + [tex(inside), "= " + tex(case)]
        why = "Only zero has the absolute value zero." if value == 0 else f"The expression inside is ${tex(-value)}$ or ${tex(value)}$."
        self.lesson.step(why, *[New(p) if p.startswith("=") else p for p in line])
        solutions: list[sp.Expr] = []
        for case in cases:
            solutions += [r for r in sp.roots(sp.Poly(inside - case, x), multiple=True) if r.is_real]
        self.real_only = True
        self.finish(sorted(set(solutions), key=lambda s: float(s)))

    def is_root_equation(self, difference: sp.Expr) -> bool:
        return any(self.x in p.free_symbols for p in self.square_roots(difference))

    def square_roots(self, expr: sp.Expr) -> list[sp.Expr]:
        return [p for p in expr.atoms(sp.Pow) if p.exp == sp.Rational(1, 2) and self.x in p.free_symbols]

    def radical(self) -> None:
        """One square root: isolate, square, and keep what survives the check."""
        x = self.x
        self.lesson.title = "Solving an equation with a square root"
        difference = self.left - self.right
        roots = self.square_roots(difference)
        mark = sp.Dummy("root")
        linear = expanded(difference.subs(roots[0], mark)) if len(roots) == 1 else None
        if linear is None or sp.degree(linear, mark) != 1 or x in linear.coeff(mark, 1).free_symbols:
            raise Refused("Only equations with one square root are supported.")
        rest = expanded(-linear.coeff(mark, 0) / linear.coeff(mark, 1))
        if not (rest.is_polynomial(x) and roots[0].base.is_polynomial(x)):
            raise Refused("Only square roots of polynomials are supported.")
        self.lesson.step("Leave the square root alone on one side.", tex(roots[0]), "=", New(tex(rest)))
        self.must_check = True
        self.lesson.step("Square both sides. This can add false solutions, which a check removes.", New(tex(roots[0].base)), "=", New(tex(rest**2)))
        title = self.lesson.title
        self.real_only = True
        self.polynomial(roots[0].base, rest**2)
        self.lesson.title = title

    def transcendental(self) -> None:
        """b^p = c and ln p = c, with a polynomial p of degree one or two."""
        x, difference = self.x, self.left - self.right
        self.real_only = True
        powers = [p for p in difference.atoms(sp.Pow, sp.exp) if x in p.as_base_exp()[1].free_symbols]
        logs = [p for p in difference.atoms(sp.log) if x in p.free_symbols]
        found = powers + logs
        mark = sp.Dummy("value")
        linear = sp.expand(difference.subs(found[0], mark)) if len(found) == 1 else None
        if linear is None or x in linear.free_symbols or not linear.is_polynomial(mark) or sp.degree(linear, mark) != 1:
            raise Refused("Equations with these functions are not supported.")
        value = sp.simplify(-linear.coeff(mark, 0) / linear.coeff(mark, 1))
        if logs:
            self.logarithmic(logs[0], value)
        else:
            self.exponential(found[0], value)

    def exponential(self, found: sp.Expr, value: sp.Expr) -> None:
        x = self.x
        self.lesson.title = "Solving an exponential equation"
        base, exponent = found.as_base_exp()
        if not (base.is_positive and base != 1 and exponent.is_polynomial(x) and sp.degree(exponent, x) <= 2):
            raise Refused("Equations with these powers are not supported.")
        self.lesson.step("Leave the power alone on one side.", tex(found), "=", New(tex(value)))
        if not value.is_positive:
            self.lesson.step("A power of a positive number is always positive.", tex(found), "=", tex(value), New(r"\le 0"))
            self.finish([])
            return
        target = sp.simplify(sp.log(value) / sp.log(base))
        if target.is_Rational and base.is_Rational:
            self.lesson.step("Write both sides as powers of the same number.", tex(found), "=", New(rf"{bracketed(base)}^{{{tex(target)}}}"))
            self.lesson.step("Equal powers of the same number have equal exponents.", New(tex(exponent)), "=", New(tex(target)))
        else:
            self.lesson.step("Take the natural logarithm of both sides.", New(tex(exponent * sp.log(base))), "=", New(tex(sp.log(value))))
        self.after_inversion(exponent, target)

    def logarithmic(self, found: sp.Expr, value: sp.Expr) -> None:
        x = self.x
        self.lesson.title = "Solving a logarithmic equation"
        inside = found.args[0]
        if not (inside.is_polynomial(x) and sp.degree(inside, x) <= 2):
            raise Refused("Equations with these logarithms are not supported.")
        self.lesson.step("Leave the logarithm alone on one side.", tex(found), "=", New(tex(value)))
        self.lesson.step("Raise $e$ to the power of both sides.", New(tex(inside)), "=", New(tex(sp.exp(value))))
        self.must_check = True
        self.after_inversion(inside, sp.exp(value))

    def after_inversion(self, inner: sp.Expr, target: sp.Expr) -> None:
        poly = sp.Poly(inner - target, self.x)
        if poly.degree() == 1:
            self.finish([sp.simplify(-poly.coeff_monomial(1) / poly.LC())])
            return
        roots = [sp.simplify(r) for r in sp.roots(poly, multiple=True)]
        self.finish(sorted({r for r in roots if r.is_real}, key=lambda r: float(r)))

    # -- the end ------------------------------------------------------------

    def step_if_new(self, why: str, left: sp.Expr, right: sp.Expr) -> None:
        """Shows the multiplied-out form if it is not what was written."""
        written = (flat(self.task["left_tex"]), flat(self.task["right_tex"]))
        if len(self.lesson.steps) > 1:
            written = last_sides(self.lesson)
        if (flat(tex(left)), flat(tex(right))) != written and not same_terms(written, left, right):
            self.lesson.step(why, *[New(t) for t in terms(left)], "=", *[New(t) for t in terms(right)])

    def finish(self, solutions: list[sp.Expr]) -> None:
        """Checks each solution in the equation as it was given, then states them."""
        kept = self.surviving(list(dict.fromkeys(solutions)))
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
            self.lesson.answer(*joined(self.x, real + complex_ones))
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


def collect_denominators(node: Any, found: list[sp.Expr]) -> None:
    if not isinstance(node, list):
        return
    if node and node[0] == "div":
        found.append(build(node[2]))
    if node and node[0] == "pow" and isinstance(node[2], list) and node[2][0] == "neg":
        found.append(build(node[1]))
    for part in node[1:]:
        collect_denominators(part, found)


def bracketed_square(value: sp.Expr) -> str:
    plain = value.is_Integer and value >= 0 or value.is_Symbol
    return f"{tex(value)}^{{2}}" if plain else rf"\left({tex(value)}\right)^{{2}}"


def factor_tex(factor: sp.Poly, times: int, x: sp.Symbol) -> str:
    expr = factor.as_expr()
    base = tex(expr) if expr == x else rf"\left({tex(expr)}\right)"
    return base if times == 1 else f"{base}^{{{times}}}"


def name(x: sp.Symbol, index: int, count: int) -> str:
    return tex(x) if count == 1 else f"{tex(x)}_{{{index + 1}}}"


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
