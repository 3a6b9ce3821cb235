"""Derivatives, antiderivatives, integrals, and the points of a graph."""

from __future__ import annotations

import mpmath
import sympy as sp

import alarm
from numeric import Number, Place, Undefined, close, evaluate, real, real_function, shown
from statement import PLENTY, ROUNDING, TRIES, Quantity, Refuted, Statement, Unknown, at, enough, equal, real_constant

#: Digits that a numerical slope is trusted for; it is worked out with many more.
SLOPE_DIGITS = 14
#: Digits that a numerical integral is trusted for.
AREA_DIGITS = 10
MAX_ORDER = 6


def slope(function: sp.Expr, variable: sp.Symbol, order: int, place: Place) -> mpmath.mpf | None:
    """The derivative as differences of values of the function itself."""
    others = {name: value for name, value in place.items() if name != variable}
    try:
        return mpmath.diff(real_function(function, variable, others), place[variable], order)
    except (Undefined, ValueError, ZeroDivisionError):
        return None


def derivative(claim: Statement) -> str:
    function, variable = claim.formula("function", "variable"), claim.symbol("variable")
    order = int(claim.parts.get("order", 1))
    if not 1 <= order <= MAX_ORDER:
        raise Unknown("the order of the derivative is not from 1 to 6")
    value = claim.quantity("value", "variable")
    if claim.parts.get("at") is not None:
        place = {variable: real_constant(claim.formula("at", "variable"))}
        return slope_at(function, variable, order, place, value)
    return slopes_are(function, variable, order, value, claim)


def slope_at(function: sp.Expr, variable: sp.Symbol, order: int, place: Place, value: Quantity) -> str:
    seen, claimed = slope(function, variable, order, place), real(evaluate(value.expr, place))
    if seen is None or claimed is None:
        raise Unknown("the function has no slope there that can be measured")
    if not value.agrees(seen, claimed, SLOPE_DIGITS):
        raise Refuted(f"the derivative {at(place)} is {shown(seen)}, not {shown(claimed)}")
    return "compared with the slope of the function"


def slopes_are(function: sp.Expr, variable: sp.Symbol, order: int, value: Quantity, claim: Statement) -> str:
    """Slopes of the function, and SymPy's derivative, against what is claimed."""
    symbolic = alarm.attempt(lambda: sp.diff(function, variable, order))
    names = function.free_symbols | value.expr.free_symbols | {variable}
    count = 0
    for place in claim.draw.places(names, TRIES):
        claimed = real(evaluate(value.expr, place))
        seen = slope(function, variable, order, place) if claimed is not None else None
        if seen is None or claimed is None:
            continue
        count += 1
        if not value.agrees(seen, claimed, SLOPE_DIGITS):
            exact = real(evaluate(symbolic, place)) if symbolic is not None else None
            if exact is not None and not close(exact, seen, SLOPE_DIGITS):
                raise Unknown("the slope of the function cannot be measured")
            raise Refuted(f"{at(place)} the derivative is {shown(seen)}, not {shown(claimed)}")
        if count == PLENTY:
            break
    return enough(count).replace("compared", "compared with the slope of the function")


def antiderivative(claim: Statement) -> str:
    variable = claim.symbol("variable")
    value, function = claim.formula("value", "variable"), claim.formula("function", "variable")
    try:
        return slopes_are(value, variable, 1, Quantity(function, None), claim)
    except Refuted as reason:
        raise Refuted(str(reason).replace("the derivative is", "the derivative of the answer is")) from None


def integral(claim: Statement) -> str:
    function, variable = claim.formula("function", "variable"), claim.symbol("variable")
    low, high = claim.end("from", "variable"), claim.end("to", "variable")
    if claim.infinite("value") is not None:
        return diverges(function, variable, low, high, claim.infinite("value"))
    value = claim.quantity("value")
    names = (function.free_symbols | low.free_symbols | high.free_symbols | value.expr.free_symbols) - {variable}
    if not names:
        return area_is(function, variable, (low, high), value, {})
    for place in claim.draw.places(names, 4):
        area_is(function, variable, (low, high), value, {name: abs(size) for name, size in place.items()})
    return "compared with numerical integrals for 4 choices of the letters"


def area_is(function: sp.Expr, variable: sp.Symbol, ends: tuple[sp.Expr, sp.Expr], value: Quantity, place: Place) -> str:
    claimed = real(evaluate(value.expr, place))
    if claimed is None:
        raise Unknown("the claimed value is not a real number")
    seen = quadrature(function, variable, ends, place)
    if seen is None:
        seen = by_sympy(function, variable, ends) if not place else None
    if seen is None:
        raise Unknown("the integral could not be worked out numerically")
    if mpmath.isinf(seen):
        raise Refuted("the integral has no finite value")
    if not value.agrees(seen, claimed, AREA_DIGITS):
        raise Refuted(f"the integral is {shown(seen)}, not {shown(claimed)}")
    return "compared with the numerical integral"


def quadrature(function: sp.Expr, variable: sp.Symbol, ends: tuple[sp.Expr, sp.Expr], place: Place) -> mpmath.mpf | None:
    """The integral by adding up, twice with different strips; nothing if the two disagree."""
    low, high = (bound(end, place) for end in ends)
    if low is None or high is None:
        return None
    with mpmath.workdps(20):
        call = real_function(function, variable, place)
        try:
            one, other = (mpmath.quad(call, strips(low, high, count), maxdegree=8) for count in (4, 7))
        except (Undefined, ValueError, ZeroDivisionError):
            return None
        return other if close(one, other, AREA_DIGITS + 1) else None


def bound(end: sp.Expr, place: Place) -> mpmath.mpf | None:
    if end.is_infinite:
        return mpmath.inf if end == sp.oo else mpmath.ninf
    return real(evaluate(end, place))


def strips(low: mpmath.mpf, high: mpmath.mpf, count: int) -> list[mpmath.mpf]:
    if mpmath.isinf(low) and mpmath.isinf(high):
        return [low, *mpmath.linspace(-count, count, 3), high]
    if mpmath.isinf(high):
        return [low, low + count / mpmath.mpf(5), low + count, high]
    if mpmath.isinf(low):
        return [low, high - count, high]
    return list(mpmath.linspace(low, high, count + 1))


def by_sympy(function: sp.Expr, variable: sp.Symbol, ends: tuple[sp.Expr, sp.Expr]) -> Number | None:
    found = alarm.attempt(lambda: sp.integrate(function, (variable, *ends)))
    if found is None or found.has(sp.Integral):
        return None
    if found.is_infinite:
        return mpmath.inf
    return real(evaluate(found, {}))


def diverges(function: sp.Expr, variable: sp.Symbol, low: sp.Expr, high: sp.Expr, claimed: sp.Expr) -> str:
    found = alarm.attempt(lambda: sp.integrate(function, (variable, low, high)))
    if found == claimed:
        return "found by SymPy"
    seen = quadrature(function, variable, (low, high), {})
    if seen is not None and found is not None and found.is_finite:
        raise Refuted(f"the integral is {shown(seen)}")
    raise Unknown("whether the integral diverges could not be decided")


def value(claim: Statement) -> str:
    function = claim.formula("function", "variable")
    place = claim.formula("at", "variable")
    return equal(function.subs(claim.symbol("variable"), place), claim.quantity("value"), claim.draw, "the value")


def root(claim: Statement) -> str:
    return zero_of(claim, 0, "the function")


def stationary_point(claim: Statement) -> str:
    how = zero_of(claim, 1, "the derivative")
    kind = claim.parts.get("extremum")
    if kind is None:
        return how
    before, after = signs(claim, 1)
    found = {(1, -1): "maximum", (-1, 1): "minimum"}.get((before, after), "neither maximum nor minimum")
    if found != kind:
        raise Refuted(f"the point is a {found}" if found in ("maximum", "minimum") else f"the point is {found}")
    return how + ", and its signs on both sides"


def inflection_point(claim: Statement) -> str:
    how = zero_of(claim, 2, "the second derivative")
    before, after = signs(claim, 2)
    if before * after >= 0:
        raise Refuted("the second derivative does not change its sign there")
    return how + ", and its signs on both sides"


def place_of(claim: Statement) -> tuple[sp.Expr, sp.Symbol, Quantity, mpmath.mpf]:
    function, variable = claim.formula("function", "variable"), claim.symbol("variable")
    point = claim.quantity("at", "variable")
    return function, variable, point, real_constant(point.expr)


def zero_of(claim: Statement, order: int, what: str) -> str:
    """The function or a derivative of it is zero there, or changes its sign within a decimal's reach."""
    function, variable, point, place = place_of(claim)
    call = derivative_call(function, variable, order)
    seen = measured(call, place)
    if seen is not None and close(seen, 0, SLOPE_DIGITS if order else 30):
        return f"{what} is zero there"
    if changes_nearby(call, place, point.unit()):
        return f"{what} is zero up to the last digit of the decimal"
    if seen is None:
        return corner(claim, order)
    raise Refuted(f"{what} is {shown(seen)} there")


def changes_nearby(call, place: mpmath.mpf, unit: mpmath.mpf | None) -> bool:
    """A zero would be rounded or cut to this decimal."""
    if unit is None:
        return False
    outward = place + (unit if place >= 0 else -unit)
    for low, high in ((place - unit * ROUNDING, place + unit * ROUNDING), (place, outward)):
        before, after = measured(call, low), measured(call, high)
        if before is not None and after is not None and before * after <= 0:
            return True
    return False


def corner(claim: Statement, order: int) -> str:
    """Where a function bends there is no slope, but there may be a lowest or highest point."""
    before, after = signs(claim, 1) if order == 1 else (0, 0)
    if before * after < 0:
        return "the derivative changes its sign there"
    raise Unknown("there is no value there that can be measured")


def derivative_call(function: sp.Expr, variable: sp.Symbol, order: int):
    call = real_function(function, variable)
    return call if order == 0 else lambda x: mpmath.diff(call, x, order)


def measured(call, place: mpmath.mpf) -> mpmath.mpf | None:
    try:
        return call(place)
    except (Undefined, ValueError, ZeroDivisionError):
        return None


def signs(claim: Statement, order: int) -> tuple[int, int]:
    """Signs of a derivative just before and just after the point."""
    function, variable, point, place = place_of(claim)
    unit = point.unit()
    step = mpmath.mpf(10) ** -6 if unit is None else 3 * unit
    call = derivative_call(function, variable, order)
    found = [measured(call, place - step), measured(call, place + step)]
    if None in found:
        raise Unknown("the function is not defined on both sides of the point")
    return int(mpmath.sign(found[0])), int(mpmath.sign(found[1]))
