"""Polynomial equations: linear ones, quadratics in three ways, higher ones by factors."""

from __future__ import annotations

import sympy as sp

import proof
from lesson import New, Piece, approx, bracketed, signed, terms, tex
from notation import Refused, decimal, expanded
from unknowns import Equation, fraction

#: The highest degree that is factored.
MAX_DEGREE = 8
#: Digits of a coefficient of a polynomial.
MAX_COEFFICIENT = 10**12


def polynomial(eq: Equation, left: sp.Expr, right: sp.Expr) -> None:
    """Brings all to one side and looks at the degree."""
    left, right = expanded(left), expanded(right)
    brackets = "(" in eq.task["left_tex"] + eq.task["right_tex"]
    eq.step_if_new("Multiply out both sides." if brackets else "Simplify both sides.", left, right)
    gathered = expanded(left - right)
    poly = sp.Poly(gathered, eq.x)
    if any(not c.is_Rational for c in poly.all_coeffs()):
        with_irrational_coefficients(eq, poly)
        return
    if max(abs(sp.Rational(c).p) + sp.Rational(c).q for c in poly.all_coeffs()) > MAX_COEFFICIENT:
        raise Refused("The coefficients of the equation are too large.")
    if poly.degree() > MAX_DEGREE:
        raise Refused(f"Equations up to degree {MAX_DEGREE} are supported.")
    if poly.is_zero or poly.degree() == 0:
        without_unknown(eq, gathered)
    elif poly.degree() == 1:
        linear(eq, left, right)
    else:
        higher(eq, poly, left, right)


def with_irrational_coefficients(eq: Equation, poly: sp.Poly) -> None:
    if poly.degree() != 1:
        raise Refused("Only linear equations may have irrational coefficients.")
    slope, offset = poly.all_coeffs()
    eq.lesson.title = "Solving a linear equation"
    eq.lesson.step("Collect the unknown on the left.", tex(slope * eq.x), "=", New(tex(-offset)))
    eq.finish([sp.simplify(-offset / slope)])


def without_unknown(eq: Equation, gathered: sp.Expr) -> None:
    """The unknown has dropped out."""
    x = tex(eq.x)
    excluded = sorted((v for v in eq.forbidden if v.is_real), key=float)
    if gathered == 0:
        eq.lesson.step("Both sides are the same: the equation is always true.", "0", "=", "0")
        but = r" \text{ except } " + r",\; ".join(map(tex, excluded)) if excluded else ""
        eq.lesson.answer(rf"\text{{every value of }} {x}{but} \text{{ is a solution}}")
        proof.same_function(eq.left, eq.right, {eq.x})
        eq.lesson.check = "Any number put in makes both sides equal."
        eq.lesson.claim("identity", left=eq.left, right=eq.right, variable=eq.x, excluded=excluded)
        return
    eq.lesson.step("The unknown cancels and a false statement is left.", New(tex(gathered)), "=", "0")
    eq.lesson.answer(r"\text{no solution}")
    values = [proof.number((eq.left - eq.right).subs(eq.x, place)) for place in proof.SAMPLES]
    if any(proof.is_number(value) and proof.close(value, 0) for value in values):
        raise proof.CheckFailed("the two sides are equal somewhere")
    eq.lesson.check = "Check: for none of many values put in are the two sides equal."
    eq.claim_solutions([])


def linear(eq: Equation, left: sp.Expr, right: sp.Expr) -> None:
    """Unknown to the left, numbers to the right, divide."""
    x = eq.x
    eq.lesson.title = "Solving a linear equation"
    a, b = left.coeff(x, 1), left.coeff(x, 0)
    c, d = right.coeff(x, 1), right.coeff(x, 0)
    if c != 0:
        verb = f"Subtract ${tex(c * x)}$ from" if c.could_extract_minus_sign() is False else f"Add ${tex(-c * x)}$ to"
        eq.lesson.step(f"{verb} both sides.", *marked_first(eq, (a - c) * x, b), "=", tex(d))
        a, c = a - c, sp.Integer(0)
    if b != 0:
        verb = f"Subtract ${tex(b)}$ from" if b > 0 else f"Add ${tex(-b)}$ to"
        eq.lesson.step(f"{verb} both sides.", tex(a * x), "=", New(tex(d - b)))
        d, b = d - b, sp.Integer(0)
    if a == -1:
        eq.lesson.step("Change the signs of both sides.", tex(x), "=", New(tex(d / a)))
    elif a != 1:
        why = f"Divide both sides by ${tex(a)}$." if a.is_Integer else f"Multiply both sides by ${tex(1 / a)}$."
        eq.lesson.step(why, tex(x), "=", New(tex(d / a)))
    eq.finish([d / a])


def marked_first(eq: Equation, first: sp.Expr, rest: sp.Expr) -> list[Piece]:
    if first == 0:
        return [New(tex(rest))]
    return [New(tex(first)), signed(rest)] if rest != 0 else [New(tex(first))]


def higher(eq: Equation, poly: sp.Poly, left: sp.Expr, right: sp.Expr) -> None:
    """Degree two and more: gathered on one side, cleared of fractions."""
    x = eq.x
    names = {2: "a quadratic equation", 3: "a cubic equation"}
    eq.lesson.title = f"Solving {names.get(poly.degree(), 'a polynomial equation')}"
    if poly.degree() == 2 and poly.coeff_monomial(x) == 0 and eq.wanted in (None,):
        pure_square(eq, poly)
        return
    if right != 0:
        eq.lesson.step("Bring everything to one side.", *[New(t) for t in terms(poly.as_expr())], "=", "0")
    scale, primitive = poly.clear_denoms()
    content, primitive = primitive.primitive()
    if primitive.LC() < 0:
        content, primitive = -content, -primitive
    factor = content / sp.Integer(scale)
    if factor != 1:
        why = f"Divide both sides by ${tex(factor)}$." if factor.is_Integer else f"Multiply both sides by ${tex(1 / factor)}$."
        eq.lesson.step(why, *[New(t) for t in terms(primitive.as_expr())], "=", "0")
    if poly.degree() == 2:
        quadratic(eq, primitive)
    else:
        by_factors(eq, primitive)


def pure_square(eq: Equation, poly: sp.Poly) -> None:
    """a x^2 = c."""
    x = eq.x
    a, c = poly.coeff_monomial(x**2), -poly.coeff_monomial(1)
    eq.lesson.step("Bring the constants to the right.", tex(a * x**2), "=", New(tex(c)))
    if a != 1:
        why = f"Divide both sides by ${tex(a)}$." if a.is_Integer else f"Multiply both sides by ${tex(1 / a)}$."
        eq.lesson.step(why, tex(x**2), "=", New(tex(c / a)))
    value = c / a
    if value == 0:
        eq.lesson.step("Only zero has the square zero.", tex(x), "=", New("0"))
        eq.finish([sp.Integer(0)])
        return
    if value < 0:
        eq.lesson.step("A square of a real number is never negative: there is no real solution.", tex(x**2), "=", New(tex(value)), "< 0")
    root = sp.sqrt(value)
    if value > 0 or not eq.real_only:
        why = "Take the square root: both signs are possible." if value > 0 else "With the imaginary unit $i$, where $i^2 = -1$:"
        eq.lesson.step(why, tex(x), "=", New(rf"\pm {tex(root)}"))
    eq.finish([-root, root])


def quadratic(eq: Equation, poly: sp.Poly) -> None:
    a, b, c = poly.all_coeffs()
    discriminant = b**2 - 4 * a * c
    splits = sp.sqrt(discriminant).is_Rational
    if eq.wanted == "factoring" and not splits:
        raise Refused("This quadratic does not factor over the rational numbers.")
    if eq.wanted == "completing the square":
        complete_square(eq, a, b, c)
    elif splits and eq.wanted != "quadratic formula":
        factor_quadratic(eq, poly, a, b, c)
    else:
        formula(eq, a, b, c, discriminant)


def factor_quadratic(eq: Equation, poly: sp.Poly, a: sp.Expr, b: sp.Expr, c: sp.Expr) -> None:
    x = eq.x
    eq.lesson.method("factoring")
    roots = sorted(sp.roots(poly), key=sp.default_sort_key)
    if c == 0:
        eq.lesson.step(f"Both terms contain ${tex(x)}$: take it out.", New(tex(x)), New(bracketed(a * x + b)), "=", "0")
    elif len(roots) == 1:
        # Primitive and with a positive lead: a perfect square.
        base = sp.sqrt(a) * x + b / (2 * sp.sqrt(a))
        eq.lesson.step("This is a perfect square.", New(rf"\left({tex(base)}\right)^{{2}}"), "=", "0")
    elif a == 1:
        p, q = -roots[0], -roots[1]
        why = f"Two numbers with product ${tex(c)}$ and sum ${tex(b)}$ are ${tex(p)}$ and ${tex(q)}$."
        eq.lesson.step(why, New(bracketed(x + p)), New(bracketed(x + q)), "=", "0")
    else:
        split_middle(eq, a, b, c)
    zero_product(eq, roots, [x - r for r in roots] if a == 1 and c != 0 else linear_factors(eq, poly))


def split_middle(eq: Equation, a: sp.Expr, b: sp.Expr, c: sp.Expr) -> None:
    """The ac method."""
    x = eq.x
    root = sp.sqrt(b**2 - 4 * a * c)
    m, n = (b + root) / 2, (b - root) / 2
    why = f"Two numbers with product ${tex(a)} \\cdot {bracketed(c)} = {tex(a * c)}$ and sum ${tex(b)}$ are ${tex(m)}$ and ${tex(n)}$."
    eq.lesson.step(why, tex(a * x**2), New(signed(m * x)), New(signed(n * x)), signed(c), "=", "0")
    common = sp.gcd(a, m)
    inner = (a * x**2 + m * x) / (common * x)
    inner = sp.expand(inner)
    outer = sp.cancel((n * x + c) / inner)
    tail = signed(outer) if abs(outer) != 1 else ("+" if outer == 1 else "-")
    eq.lesson.step(
        "Take out the common factor of each pair.",
        New(tex(common * x)), bracketed(inner), New(tail), bracketed(inner), "=", "0",
    )
    eq.lesson.step("Take out the common bracket.", New(bracketed(inner)), New(bracketed(common * x + outer)), "=", "0")


def linear_factors(eq: Equation, poly: sp.Poly) -> list[sp.Expr]:
    return [factor.as_expr() for factor, _ in poly.factor_list()[1]]


def zero_product(eq: Equation, roots: list[sp.Expr], factors: list[sp.Expr]) -> None:
    line: list[Piece] = []
    for index, factor in enumerate(factors):
        line += [r"\quad\text{or}\quad" if index else "", New(tex(factor)), "= 0"]
    if len(factors) > 1:
        eq.lesson.step("A product is zero when one of its factors is zero.", *[p for p in line if p != ""])
    eq.finish(roots)


def formula(eq: Equation, a: sp.Expr, b: sp.Expr, c: sp.Expr, discriminant: sp.Expr) -> None:
    """The quadratic formula with its discriminant."""
    x = tex(eq.x)
    eq.lesson.method("quadratic formula")
    eq.lesson.step(
        f"Use the quadratic formula with $a = {tex(a)}$, $b = {tex(b)}$, $c = {tex(c)}$.",
        x, "=", r"\frac{-b \pm \sqrt{b^{2} - 4ac}}{2a}",
    )
    eq.lesson.step(
        "The discriminant is the number under the root.",
        "b^{2} - 4ac", "=", f"{bracketed_square(b)} - 4 \\cdot {bracketed(a)} \\cdot {bracketed(c)}", "=", New(tex(discriminant)),
    )
    if discriminant < 0:
        why = "It is negative: there is no real solution."
        if eq.real_only:
            eq.lesson.step(why, New(tex(discriminant)), "< 0")
            eq.finish([])
            return
        eq.lesson.step(why + " The complex ones have $i = \\sqrt{-1}$.", x, "=", New(rf"\frac{{{tex(-b)} \pm \sqrt{{{tex(discriminant)}}}}}{{{tex(2 * a)}}}"))
    else:
        eq.lesson.step("Put the numbers in.", x, "=", New(rf"\frac{{{tex(-b)} \pm \sqrt{{{tex(discriminant)}}}}}{{{tex(2 * a)}}}"))
    root = sp.sqrt(discriminant)
    solutions = [sp.simplify((-b - root) / (2 * a)), sp.simplify((-b + root) / (2 * a))]
    if discriminant == 0:
        solutions = solutions[:1]
    eq.finish(solutions)


def complete_square(eq: Equation, a: sp.Expr, b: sp.Expr, c: sp.Expr) -> None:
    x = eq.x
    eq.lesson.method("completing the square")
    if a != 1:
        eq.lesson.step(f"Divide both sides by ${tex(a)}$.", *[New(t) for t in terms(x**2 + b / a * x + c / a)], "=", "0")
    p, q = b / a, c / a
    eq.lesson.step("Bring the constant to the right.", *terms(x**2 + p * x), "=", New(tex(-q)))
    half = p / 2
    eq.lesson.step(
        f"Add the square of half of ${tex(p)}$ to both sides.",
        *terms(x**2 + p * x), New(f"+ {bracketed_square(half)}"), "=", tex(-q), New(f"+ {bracketed_square(half)}"),
    )
    value = half**2 - q
    eq.lesson.step("The left side is now a square.", New(rf"\left({tex(x + half)}\right)^{{2}}"), "=", New(tex(value)))
    if value < 0 and eq.real_only:
        eq.lesson.step("A square is never negative: there is no real solution.", tex(value), "< 0")
        eq.finish([])
        return
    if value < 0:
        why = "No real square is negative; with $i = \\sqrt{-1}$:"
    else:
        why = "Take the square root: both signs are possible."
    root = sp.sqrt(value)
    sign = "" if value == 0 else r"\pm "
    eq.lesson.step(why, tex(x + half), "=", New(f"{sign}{tex(root)}"))
    eq.finish([-half] if value == 0 else [sp.simplify(-half - root), sp.simplify(-half + root)])


def by_factors(eq: Equation, poly: sp.Poly) -> None:
    """Degree three and more: rational factors, each solved by iteq."""
    x = eq.x
    _, factors = poly.factor_list()
    biquadratic = power_of_unknown(eq, poly)
    if len(factors) == 1 and factors[0][1] == 1:
        if biquadratic:
            substitute(eq, poly, biquadratic)
        else:
            numerically(eq, poly)
        return
    if any(factor.degree() > 2 for factor, _ in factors):
        raise Refused("This equation has no solutions that can be written with roots of rational factors.")
    eq.lesson.method("factoring")
    shown = [New(factor_tex(factor, times, x)) for factor, times in factors]
    eq.lesson.step(why_factors(eq, poly, factors), *shown, "=", "0")
    line: list[Piece] = []
    for index, (factor, _) in enumerate(factors):
        line += ([r"\quad\text{or}\quad"] if index else []) + [New(tex(factor.as_expr())), "= 0"]
    if len(factors) > 1:
        eq.lesson.step("A product is zero when one of its factors is zero.", *line)
    solutions: list[sp.Expr] = []
    for factor, _ in factors:
        solutions += roots_of_factor(eq, factor)
    eq.finish(solutions)


def why_factors(eq: Equation, poly: sp.Poly, factors: list[tuple[sp.Poly, int]]) -> str:
    x = eq.x
    linear = [sp.Rational(-f.coeff_monomial(1), f.LC()) for f, _ in factors if f.degree() == 1]
    whole = [root for root in linear if root.is_Integer and root != 0]
    if poly.coeff_monomial(1) == 0:
        return f"Take out ${tex(x)}$ and factor the rest." if len(factors) > 2 or factors[0][0].degree() > 1 else "Factor the left side."
    if whole:
        root = min(whole, key=abs)
        return f"${tex(x)} = {tex(root)}$ makes the left side zero, so ${tex(x - root)}$ is a factor. Factor completely."
    return "Factor the left side."


def roots_of_factor(eq: Equation, factor: sp.Poly) -> list[sp.Expr]:
    if factor.degree() == 1:
        return [-factor.coeff_monomial(1) / factor.LC()]
    a, b, c = factor.all_coeffs()
    d = b**2 - 4 * a * c
    roots = [sp.simplify((-b - sp.sqrt(d)) / (2 * a)), sp.simplify((-b + sp.sqrt(d)) / (2 * a))]
    why = f"${tex(factor.as_expr())} = 0$ by the quadratic formula."
    if d < 0:
        why = f"${tex(factor.as_expr())} = 0$ has no real solution: its discriminant is ${tex(d)}$."
        if eq.real_only:
            eq.lesson.step(why, New(tex(d)), "< 0")
            return []
    if b == 0:
        eq.lesson.step(why if d < 0 else f"Solve ${tex(factor.as_expr())} = 0$.", tex(eq.x), "=", New(rf"\pm {tex(roots[1])}"))
    else:
        eq.lesson.step(why, tex(eq.x), "=", New(rf"\frac{{{tex(-b)} \pm \sqrt{{{tex(d)}}}}}{{{tex(2 * a)}}}"))
    return roots


def power_of_unknown(eq: Equation, poly: sp.Poly) -> int:
    """The k for which the equation is a quadratic in x^k; 0 if there is none."""
    exponents = sorted(monomial[0] for monomial in poly.monoms())
    half, odd = divmod(exponents[-1], 2)
    return half if not odd and set(exponents) == {0, half, 2 * half} else 0


def substitute(eq: Equation, poly: sp.Poly, k: int) -> None:
    if k != 2:
        raise Refused("This equation has no solutions that can be written simply.")
    x, u = eq.x, sp.Symbol("u", real=True)
    a, b, c = poly.coeff_monomial(x**4), poly.coeff_monomial(x**2), poly.coeff_monomial(1)
    eq.lesson.method("substitution")
    eq.lesson.step(f"Write $u$ for ${tex(x**2)}$.", *[New(t) for t in terms(a * u**2 + b * u + c)], "=", "0")
    d = b**2 - 4 * a * c
    if d < 0:
        raise Refused("This equation has no real solutions, and its complex ones are not simple.")
    values = [sp.simplify((-b - sp.sqrt(d)) / (2 * a)), sp.simplify((-b + sp.sqrt(d)) / (2 * a))]
    eq.lesson.step("Solve for $u$ with the quadratic formula.", "u", "=", New(rf"\frac{{{tex(-b)} \pm \sqrt{{{tex(d)}}}}}{{{tex(2 * a)}}}"))
    solutions: list[sp.Expr] = []
    for value in dict.fromkeys(values):
        if value.is_negative:
            eq.lesson.step("The other value is negative: no real number has it as its square.", tex(x**2), "=", New(tex(value)), "< 0")
            eq.real_only = eq.says_real = True
            continue
        root = sp.sqrtdenest(sp.sqrt(fraction(value)))
        solutions += [-root, root]
        eq.lesson.step(f"Go back: ${tex(x**2)} = {tex(fraction(value))}$.", tex(x), "=", New(rf"\pm {tex(root)}"))
    eq.finish(solutions)


def numerically(eq: Equation, poly: sp.Poly) -> None:
    """No exact answer worth showing: real solutions as decimals, and said so."""
    x = eq.x
    count = poly.count_roots()
    if count == 0:
        raise Refused("This equation has no real solutions, and its complex ones are not simple.")
    roots = sorted(sp.N(root, 30) for root in sp.Poly(poly, x).real_roots())
    eq.lesson.step("It does not factor over the rational numbers, so the real solutions are approximated.", *terms(poly.as_expr()), "=", "0")
    for root in roots:
        below, above = bracket(poly, root)
        eq.lesson.step(
            f"The left side changes its sign between ${below}$ and ${above}$. Halving this interval again and again gives:",
            tex(x), r"\approx", New(approx(root)),
        )
    line: list[Piece] = []
    for index, root in enumerate(roots):
        line += [f"{name(x, index, len(roots))} \\approx {approx(root)}" + (r",\quad" if index + 1 < len(roots) else "")]
        value = abs(proof.number(poly.as_expr().subs(x, root)))
        slope = abs(proof.number(poly.as_expr().diff(x).subs(x, root)))
        if value > 1e-12 * max(1, slope):
            raise proof.CheckFailed("an approximate solution does not solve the equation")
    eq.lesson.answer(*line)
    eq.lesson.check = f"Real solutions, rounded to four decimals. A count of sign changes confirms that there {'is' if count == 1 else 'are'} exactly {count}."
    eq.lesson.claim("real_solutions", left=eq.left, right=eq.right, unknown=eq.x, approximate=[decimal(r, 4) for r in roots])


def bracketed_square(value: sp.Expr) -> str:
    plain = value.is_Integer and value >= 0 or value.is_Symbol
    return f"{tex(value)}^{{2}}" if plain else rf"\left({tex(value)}\right)^{{2}}"


def factor_tex(factor: sp.Poly, times: int, x: sp.Symbol) -> str:
    expr = factor.as_expr()
    base = tex(expr) if expr == x else rf"\left({tex(expr)}\right)"
    return base if times == 1 else f"{base}^{{{times}}}"


def name(x: sp.Symbol, index: int, count: int) -> str:
    return tex(x) if count == 1 else f"{tex(x)}_{{{index + 1}}}"


def bracket(poly: sp.Poly, root: sp.Expr) -> tuple[str, str]:
    """Two short decimals between which the polynomial has this root alone."""
    for digits in (1, 2, 3):
        unit = sp.Integer(10) ** digits
        below, above = sp.floor(root * unit) / unit, (sp.floor(root * unit) + 1) / unit
        if poly.eval(below) * poly.eval(above) < 0 and poly.count_roots(below, above) == 1:
            return approx(below), approx(above)
    raise Refused("Two solutions of this equation are too close to each other.")
