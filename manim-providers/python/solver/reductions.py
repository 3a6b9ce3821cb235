"""Equations that become polynomial: with fractions, absolute values, roots, powers, logarithms."""

from __future__ import annotations

from typing import Any

import sympy as sp

from lesson import New, Piece, bracketed, tex
from notation import Refused, build, expanded
from polynomials import polynomial
from unknowns import Equation


def rational(eq: Equation) -> None:
    """Multiplies by the common denominator and remembers what must not be zero."""
    x = eq.x
    eq.lesson.title = "Solving a rational equation"
    found = denominators(eq)
    for denominator in found:
        if not denominator.is_polynomial(x):
            raise Refused("Equations with such denominators are not supported.")
    common = sp.Integer(1)
    for denominator in found:
        common = sp.lcm(common, denominator)
    numbers = [d for d in all_denominators(eq) if d.is_Integer]
    common = sp.factor(common)
    eq.forbidden = set(sp.roots(sp.Poly(common, x), multiple=True))
    if any(value.has(sp.RootOf) for value in eq.forbidden) or len(eq.forbidden) == 0 and sp.degree(common, x) > 2:
        raise Refused("The denominators of the equation are too complicated.")
    real = sorted((v for v in eq.forbidden if v.is_real), key=sp.default_sort_key)
    if real:
        values = r",\; ".join(tex(v) for v in real)
        eq.lesson.step("A denominator must not be zero.", New(rf"{tex(x)} \ne {values}"))
    common = common * sp.ilcm(1, 1, *numbers)
    left, right = sp.cancel(eq.left * common), sp.cancel(eq.right * common)
    eq.lesson.step(f"Multiply both sides by ${tex(common)}$.", New(tex(left)), "=", New(tex(right)))
    title = eq.lesson.title
    polynomial(eq, left, right)
    eq.lesson.title = title


def denominators(eq: Equation) -> list[sp.Expr]:
    """Denominators of the terms as they were written, before anything cancels."""
    return [d for d in all_denominators(eq) if eq.x in d.free_symbols]


def all_denominators(eq: Equation) -> list[sp.Expr]:
    found: list[sp.Expr] = []
    collect_denominators(eq.task["left"], found)
    collect_denominators(eq.task["right"], found)
    return found


def absolute(eq: Equation) -> None:
    """k·|p| = c with numbers k and c."""
    x = eq.x
    eq.lesson.title = "Solving an equation with an absolute value"
    bars = list((eq.left - eq.right).atoms(sp.Abs))
    mark = sp.Dummy("bar")
    linear = expanded((eq.left - eq.right).subs(bars[0], mark)) if len(bars) == 1 else None
    if linear is None or x in linear.free_symbols or sp.degree(linear, mark) != 1:
        raise Refused("Only equations with one absolute value that equals a number are supported.")
    k, m = linear.coeff(mark, 1), linear.coeff(mark, 0)
    inside, value = bars[0].args[0], -m / k
    if not inside.is_polynomial(x) or sp.degree(inside, x) > 2:
        raise Refused("Only linear and quadratic expressions inside the absolute value are supported.")
    eq.lesson.step("Leave the absolute value alone on the left.", tex(bars[0]), "=", New(tex(value)))
    if value < 0:
        eq.lesson.step("An absolute value is never negative.", tex(bars[0]), "=", tex(value), New("< 0"))
        eq.finish([])
        return
    cases = [value] if value == 0 else [-value, value]
    line: list[Piece] = []
    for index, case in enumerate(cases):
        line += ([r"\quad\text{or}\quad"] if index else []) + [tex(inside), "= " + tex(case)]
    why = "Only zero has the absolute value zero." if value == 0 else f"The expression inside is ${tex(-value)}$ or ${tex(value)}$."
    eq.lesson.step(why, *[New(p) if p.startswith("=") else p for p in line])
    solutions: list[sp.Expr] = []
    for case in cases:
        solutions += [r for r in sp.roots(sp.Poly(inside - case, x), multiple=True) if r.is_real]
    eq.real_only = True
    eq.finish(sorted(set(solutions), key=lambda s: float(s)))


def is_root_equation(eq: Equation, difference: sp.Expr) -> bool:
    return any(eq.x in p.free_symbols for p in square_roots(eq, difference))


def square_roots(eq: Equation, expr: sp.Expr) -> list[sp.Expr]:
    return [p for p in expr.atoms(sp.Pow) if p.exp == sp.Rational(1, 2) and eq.x in p.free_symbols]


def radical(eq: Equation) -> None:
    """One square root: isolate, square, and keep what survives the check."""
    x = eq.x
    eq.lesson.title = "Solving an equation with a square root"
    difference = eq.left - eq.right
    roots = square_roots(eq, difference)
    mark = sp.Dummy("root")
    linear = expanded(difference.subs(roots[0], mark)) if len(roots) == 1 else None
    if linear is None or sp.degree(linear, mark) != 1 or x in linear.coeff(mark, 1).free_symbols:
        raise Refused("Only equations with one square root are supported.")
    rest = expanded(-linear.coeff(mark, 0) / linear.coeff(mark, 1))
    if not (rest.is_polynomial(x) and roots[0].base.is_polynomial(x)):
        raise Refused("Only square roots of polynomials are supported.")
    eq.lesson.step("Leave the square root alone on one side.", tex(roots[0]), "=", New(tex(rest)))
    eq.must_check = True
    eq.lesson.step("Square both sides. This can add false solutions, which a check removes.", New(tex(roots[0].base)), "=", New(tex(rest**2)))
    title = eq.lesson.title
    eq.real_only = True
    polynomial(eq, roots[0].base, rest**2)
    eq.lesson.title = title


def transcendental(eq: Equation) -> None:
    """b^p = c and ln p = c, with a polynomial p of degree one or two."""
    x, difference = eq.x, eq.left - eq.right
    eq.real_only = True
    powers = [p for p in difference.atoms(sp.Pow, sp.exp) if x in p.as_base_exp()[1].free_symbols]
    logs = [p for p in difference.atoms(sp.log) if x in p.free_symbols]
    found = powers + logs
    mark = sp.Dummy("value")
    linear = sp.expand(difference.subs(found[0], mark)) if len(found) == 1 else None
    if linear is None or x in linear.free_symbols or not linear.is_polynomial(mark) or sp.degree(linear, mark) != 1:
        raise Refused("Equations with these functions are not supported.")
    value = sp.simplify(-linear.coeff(mark, 0) / linear.coeff(mark, 1))
    if logs:
        logarithmic(eq, logs[0], value)
    else:
        exponential(eq, found[0], value)


def exponential(eq: Equation, found: sp.Expr, value: sp.Expr) -> None:
    x = eq.x
    eq.lesson.title = "Solving an exponential equation"
    base, exponent = found.as_base_exp()
    if not (base.is_positive and base != 1 and exponent.is_polynomial(x) and sp.degree(exponent, x) <= 2):
        raise Refused("Equations with these powers are not supported.")
    eq.lesson.step("Leave the power alone on one side.", tex(found), "=", New(tex(value)))
    if not value.is_positive:
        eq.lesson.step("A power of a positive number is always positive.", tex(found), "=", tex(value), New(r"\le 0"))
        eq.finish([])
        return
    target = sp.simplify(sp.log(value) / sp.log(base))
    if target.is_Rational and base.is_Rational:
        eq.lesson.step("Write both sides as powers of the same number.", tex(found), "=", New(rf"{bracketed(base)}^{{{tex(target)}}}"))
        eq.lesson.step("Equal powers of the same number have equal exponents.", New(tex(exponent)), "=", New(tex(target)))
    else:
        eq.lesson.step("Take the natural logarithm of both sides.", New(tex(exponent * sp.log(base))), "=", New(tex(sp.log(value))))
    after_inversion(eq, exponent, target)


def logarithmic(eq: Equation, found: sp.Expr, value: sp.Expr) -> None:
    x = eq.x
    eq.lesson.title = "Solving a logarithmic equation"
    inside = found.args[0]
    if not (inside.is_polynomial(x) and sp.degree(inside, x) <= 2):
        raise Refused("Equations with these logarithms are not supported.")
    eq.lesson.step("Leave the logarithm alone on one side.", tex(found), "=", New(tex(value)))
    eq.lesson.step("Raise $e$ to the power of both sides.", New(tex(inside)), "=", New(tex(sp.exp(value))))
    eq.must_check = True
    after_inversion(eq, inside, sp.exp(value))


def after_inversion(eq: Equation, inner: sp.Expr, target: sp.Expr) -> None:
    poly = sp.Poly(inner - target, eq.x)
    if poly.degree() == 1:
        eq.finish([sp.simplify(-poly.coeff_monomial(1) / poly.LC())])
        return
    roots = [sp.simplify(r) for r in sp.roots(poly, multiple=True)]
    eq.finish(sorted({r for r in roots if r.is_real}, key=lambda r: float(r)))


def collect_denominators(node: Any, found: list[sp.Expr]) -> None:
    if not isinstance(node, list):
        return
    if node and node[0] == "div":
        found.append(build(node[2]))
    if node and node[0] == "pow" and isinstance(node[2], list) and node[2][0] == "neg":
        found.append(build(node[1]))
    for part in node[1:]:
        collect_denominators(part, found)
