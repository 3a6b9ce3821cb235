"""Checks of answers that share nothing with the way they were found: numbers put in.

Each function raises `CheckFailed` when the numbers disagree, and when too few of them
could be compared to say anything.
"""

from __future__ import annotations

from collections.abc import Iterable

import mpmath
import sympy as sp

from notation import CheckFailed

#: Decimal digits of the arithmetic.
DIGITS = 40
#: Places where functions are compared: neither special nor symmetric.
SAMPLES = [sp.Rational(n, 97) for n in (-311, -217, -139, -83, -41, -17, 13, 29, 53, 79, 127, 181, 233, 307, 401)]
#: How many of them must have a value.
ENOUGH = 4


def number(value: sp.Expr) -> mpmath.mpc:
    """A value with many digits; NaN where there is none."""
    with mpmath.workdps(DIGITS):
        try:
            return mpmath.mpmathify(sp.N(value, DIGITS))
        except (TypeError, ValueError, ZeroDivisionError, OverflowError):
            return mpmath.mpc("nan")


def close(one: mpmath.mpc, other: mpmath.mpc, tolerance: float = 1e-20) -> bool:
    """Whether two numbers agree relative to their size."""
    with mpmath.workdps(DIGITS):
        size = max(1, abs(one), abs(other))
        return bool(abs(one - other) <= tolerance * size)


def is_number(value: mpmath.mpc) -> bool:
    return bool(mpmath.isfinite(value))


def same_function(one: sp.Expr, other: sp.Expr, variables: Iterable[sp.Symbol], tolerance: float = 1e-20) -> None:
    """Two formulas agree wherever both have a real value."""
    compared = 0
    names = sorted(variables, key=lambda s: s.name)
    for shift, sample in enumerate(SAMPLES):
        place = {name: sample + sp.Rational(3 * index * (shift + 1), 7) for index, name in enumerate(names)}
        a, b = number(one.subs(place)), number(other.subs(place))
        if not (is_number(a) and is_number(b)):
            continue
        if abs(mpmath.im(a)) > 1e-25:
            continue
        compared += 1
        if not close(a, b, tolerance):
            raise CheckFailed("two formulas that must be equal differ")
    if compared < ENOUGH:
        raise CheckFailed("too few values could be compared")


def solves(left: sp.Expr, right: sp.Expr, unknown: sp.Symbol, value: sp.Expr) -> None:
    """The value put in makes both sides equal."""
    place = {unknown: value}
    a, b = number(left.subs(place)), number(right.subs(place))
    if not (is_number(a) and is_number(b) and close(a, b, 1e-12)):
        raise CheckFailed("a solution put into the equation does not solve it")


def derivative_is(function: sp.Expr, variable: sp.Symbol, order: int, claimed: sp.Expr) -> None:
    """Finite differences of the function itself, at several places."""
    compared = 0
    others = sorted(function.free_symbols - {variable}, key=lambda s: s.name)
    fixed = {name: sp.Rational(5 + 2 * index, 7) for index, name in enumerate(others)}
    function, claimed = function.subs(fixed), claimed.subs(fixed)
    with mpmath.workdps(DIGITS):
        call = sp.lambdify(variable, function, "mpmath")
        for sample in SAMPLES:
            expected = number(claimed.subs(variable, sample))
            if not is_number(expected) or abs(mpmath.im(expected)) > 1e-25:
                continue
            try:
                seen = mpmath.diff(call, mpmath.mpf(sample.p) / sample.q, order)
            except (ValueError, ZeroDivisionError, OverflowError, TypeError):
                continue
            if not is_number(seen) or abs(mpmath.im(seen)) > 1e-15:
                continue
            compared += 1
            if not close(seen, expected, 1e-8):
                raise CheckFailed("the derivative differs from the slope of the function")
    if compared < ENOUGH:
        raise CheckFailed("too few slopes could be compared")


def quadrature(function: sp.Expr, variable: sp.Symbol, low: sp.Expr, high: sp.Expr) -> mpmath.mpf:
    """The integral as numbers, without an antiderivative."""
    with mpmath.workdps(25):
        call = sp.lambdify(variable, function, "mpmath")
        ends = [to_mp(end) for end in (low, high)]
        if all(mpmath.isfinite(end) for end in ends):
            ends = list(mpmath.linspace(ends[0], ends[1], 9))
        return mpmath.quad(call, ends)


def to_mp(end: sp.Expr) -> mpmath.mpf:
    if end.is_infinite:
        return mpmath.inf if end == sp.oo else mpmath.ninf
    return mpmath.mpmathify(sp.N(end, 25))


def integral_is(function: sp.Expr, variable: sp.Symbol, low: sp.Expr, high: sp.Expr, claimed: sp.Expr) -> None:
    seen = quadrature(function, variable, low, high)
    if not close(seen, number(claimed), 1e-9):
        raise CheckFailed("the value differs from the numerical integral")


def agree(one: sp.Expr, other: sp.Expr) -> None:
    """Two numbers without variables."""
    a, b = number(one), number(other)
    if not (is_number(a) and is_number(b) and close(a, b)):
        raise CheckFailed("two values that must be equal differ")
