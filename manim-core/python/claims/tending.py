"""Limits and sums: what values tend to, and what SymPy says of it."""

from __future__ import annotations

import mpmath
import sympy as sp

import alarm
from numeric import Number, Place, close, evaluate, real, shown
from statement import TRIES, Quantity, Refuted, Statement, Unknown, enough

#: How near values come: ten to the minus these.
NEAR = (6, 9, 12, 15)
#: How far out they go: ten to these.
FAR = (4, 6, 8, 10)
#: Digits of the arithmetic: differences of nearly equal numbers cost most of them.
DIGITS = 120
#: Terms that are added up one by one.
MAX_TERMS = 3000
#: Digits to which values that have settled agree.
SETTLED = 6


def limit(claim: Statement) -> str:
    function, variable = claim.formula("function", "variable"), claim.symbol("variable")
    point = claim.end("to", "variable")
    side = claim.parts.get("side", "both")
    sides = ["left", "right"] if side == "both" and not point.is_infinite else ["right" if side == "both" else side]
    if claim.says("value", "none", "dne", "does not exist", "undefined"):
        return missing([Tail(function, variable, point, side) for side in sides])
    value = claim.quantity("value") if claim.infinite("value") is None else Quantity(claim.infinite("value"), None)
    hows = [tends(Tail(function, variable, point, side), value, claim) for side in sides]
    return hows[-1]


class Tail:
    """Values of a function ever closer to a point, from one side."""

    def __init__(self, function: sp.Expr, variable: sp.Symbol, point: sp.Expr, side: str) -> None:
        self.function, self.variable, self.point, self.side = function, variable, point, side

    def values(self, place: Place) -> list[Number]:
        with mpmath.workdps(DIGITS):
            found = [real(evaluate(self.function, {**place, self.variable: x})) for x in self.places(place)]
        return [value for value in found if value is not None]

    def places(self, place: Place) -> list[mpmath.mpf]:
        if self.point.is_infinite:
            sign = 1 if self.point == sp.oo else -1
            return [sign * mpmath.mpf(10) ** k for k in FAR]
        point = real(evaluate(self.point, place))
        if point is None:
            raise Unknown("the point is not a real number")
        sign = -1 if self.side == "left" else 1
        return [point + sign * mpmath.mpf(10) ** -k for k in NEAR]

    def by_sympy(self) -> sp.Expr | None:
        sign = "-" if self.side == "left" else "+"
        found = alarm.attempt(lambda: sp.limit(self.function, self.variable, self.point, sign))
        return None if found is None or found.has(sp.Limit) else found


def tends(tail: Tail, value: Quantity, claim: Statement) -> str:
    names = (tail.function.free_symbols | value.expr.free_symbols | tail.point.free_symbols) - {tail.variable}
    symbolic = tail.by_sympy()
    for place in claim.draw.places(names, 3) if names else [{}]:
        place = {name: abs(number) for name, number in place.items()}
        how = judged(seen(tail.values(place), value, place), said(symbolic, value, place))
    return how


def judged(numbers: tuple[bool | None, str], symbolic: tuple[bool | None, str]) -> str:
    """Two witnesses. One that speaks is enough to believe; both are asked before a denial."""
    (by_number, words), (by_sympy, answer) = numbers, symbolic
    if by_number and by_sympy is not False:
        return words + (", and found by SymPy" if by_sympy else "")
    if by_sympy and by_number is None:
        return "found by SymPy"
    if by_number is False and by_sympy is not True:
        raise Refuted(words)
    if by_sympy is False and by_number is None:
        raise Refuted(answer)
    raise Unknown("numbers and SymPy do not agree on it")


def seen(values: list[Number], value: Quantity, place: Place) -> tuple[bool | None, str]:
    """Whether values tend to what is claimed; nothing when they do not tell."""
    if len(values) < 3:
        return None, ""
    first, before, last = values[-3:]
    settled = close(before, last, SETTLED)
    grows = abs(last) > 10 * abs(before) > 100 * abs(first) or abs(last) > 10**30
    if value.expr.is_infinite:
        if grows:
            right = (last > 0) == (value.expr == sp.oo)
            return right, f"values there grow: the last is {shown(last)}"
        return (False, f"values there settle at {shown(last)}") if settled else (None, "")
    claimed = real(evaluate(value.expr, place))
    if claimed is None:
        return None, ""
    if value.agrees(last, claimed, SETTLED) and abs(last - claimed) <= abs(first - claimed) + mpmath.mpf(10) ** -SETTLED:
        return True, "values closer and closer tend to it"
    if settled:
        return False, f"values there settle at {shown(last)}, not at {shown(claimed)}"
    return (False, f"values there grow: the last is {shown(last)}") if grows else (None, "")


def said(symbolic: sp.Expr | None, value: Quantity, place: Place) -> tuple[bool | None, str]:
    """Whether SymPy's answer is the one claimed."""
    if symbolic is None:
        return None, ""
    answer = f"SymPy finds {str(symbolic)[:60]}"
    if symbolic.is_infinite or value.expr.is_infinite:
        return symbolic == value.expr, answer
    if isinstance(symbolic, sp.AccumBounds):
        return False, "values there do not settle"
    found, claimed = evaluate(symbolic, place), evaluate(value.expr, place)
    if found is None or claimed is None:
        return None, ""
    return value.agrees(found, claimed), answer


def missing(tails: list[Tail]) -> str:
    """No limit: the sides differ, or values do not settle."""
    ends = [tail.by_sympy() for tail in tails]
    lasts = [tail.values({})[-1:] for tail in tails]
    if any(isinstance(end, sp.AccumBounds) for end in ends):
        return "SymPy finds that values there do not settle"
    if None in ends or len(ends) < 2:
        raise Unknown("whether the limit exists is not known")
    if ends[0] == ends[1] or close_ends(*ends):
        if ends[0].is_infinite:
            return "values there grow beyond every bound"
        raise Refuted(f"the limit exists: SymPy finds {ends[0]} from both sides")
    if all(lasts) and close(lasts[0][0], lasts[1][0], SETTLED):
        raise Unknown("numbers and SymPy do not agree on it")
    return f"from the left {ends[0]}, from the right {ends[1]}"


def close_ends(one: sp.Expr, other: sp.Expr) -> bool:
    a, b = evaluate(one, {}), evaluate(other, {})
    return a is not None and b is not None and close(a, b)


def total(claim: Statement) -> str:
    """A sum to a number, to a letter, or to infinity."""
    term, index = claim.formula("term", "index"), claim.symbol("index")
    low, high = claim.end("from", "index"), claim.end("to", "index")
    if high.is_infinite:
        return series(claim, term, index, low)
    value = claim.quantity("value")
    names = (term.free_symbols | low.free_symbols | high.free_symbols | value.expr.free_symbols) - {index}
    if not names:
        return total_is(added(term, index, low, high, {}), value, {})
    count = 0
    for place in grown(claim, names, high):
        seen_total = added(term, index, low, high, place)
        if seen_total is not None and evaluate(value.expr, place) is not None:
            total_is(seen_total, value, place)
            count += 1
    return enough(count).replace("compared", "added up")


def grown(claim: Statement, names: set[sp.Symbol], high: sp.Expr) -> list[Place]:
    """Ends of the sum one after another; other letters at random."""
    drawn = list(claim.draw.places(names, 12))
    for count, place in enumerate(drawn, start=1):
        for name in high.free_symbols & names:
            place[name] = mpmath.mpf(count + (17 if count == 12 else 0))
    return drawn


def added(term: sp.Expr, index: sp.Symbol, low: sp.Expr, high: sp.Expr, place: Place) -> Number | None:
    start, end = real(evaluate(low, place)), real(evaluate(high, place))
    if start is None or end is None or start != int(start) or end != int(end):
        raise Unknown("the ends of the sum are not whole numbers")
    if end - start + 1 > MAX_TERMS:
        return long_sum(term, index, low, high, place)
    values = [evaluate(term, {**place, index: mpmath.mpf(n)}) for n in range(int(start), int(end) + 1)]
    return None if None in values else mpmath.fsum(values)


def long_sum(term: sp.Expr, index: sp.Symbol, low: sp.Expr, high: sp.Expr, place: Place) -> Number | None:
    found = alarm.attempt(lambda: sp.summation(term, (index, low, high)))
    value = None if found is None or found.has(sp.Sum) else evaluate(found, place)
    if value is None:
        raise Unknown("the sum has too many terms to be added up")
    return value


def total_is(seen_total: Number | None, value: Quantity, place: Place) -> str:
    claimed = evaluate(value.expr, place)
    if seen_total is None or claimed is None:
        raise Unknown("a term of the sum has no value")
    if not value.agrees(seen_total, claimed):
        where = "".join(f" for {name} = {shown(number)}" for name, number in place.items())
        raise Refuted(f"the sum is {shown(seen_total)}{where}, not {shown(claimed)}")
    return "added up term by term"


def series(claim: Statement, term: sp.Expr, index: sp.Symbol, low: sp.Expr) -> str:
    symbolic = alarm.attempt(lambda: sp.summation(term, (index, low, sp.oo)), 2.0)
    if symbolic is not None and symbolic.has(sp.Sum, sp.Piecewise):
        symbolic = None
    value = claim.quantity("value") if claim.infinite("value") is None else Quantity(claim.infinite("value"), None)
    names = (term.free_symbols | value.expr.free_symbols) - {index}
    if names:
        return parametric(claim, term, index, low, value, names)
    return judged(approached(term, index, low, value, {}), said(symbolic, value, {}))


def parametric(claim: Statement, term: sp.Expr, index: sp.Symbol, low: sp.Expr, value: Quantity, names: set[sp.Symbol]) -> str:
    """A power series at small values of its letters, where it converges."""
    count = 0
    for place in claim.draw.places(names, TRIES // 10):
        place = {name: number / 10 for name, number in place.items()}
        agrees, words = approached(term, index, low, value, place)
        if agrees is False:
            raise Refuted(words)
        count += int(bool(agrees))
    return enough(count)


def approached(term: sp.Expr, index: sp.Symbol, low: sp.Expr, value: Quantity, place: Place) -> tuple[bool | None, str]:
    """The sum extrapolated; believed only where the terms fade and two ways of adding agree."""
    start = real(evaluate(low, place))
    if start is None or value.expr.is_infinite:
        return None, ""

    def call(n: Number) -> Number:
        found = evaluate(term, {**place, index: n})
        if found is None:
            raise ValueError("not defined")
        return found

    try:
        with mpmath.workdps(25):
            one, other = (mpmath.nsum(call, [begin, mpmath.inf]) for begin in (start, start + 3))
            other += mpmath.fsum(call(start + n) for n in range(3))
            fades = abs(call(start + 900)) < mpmath.mpf("0.05")
    except (ValueError, ZeroDivisionError, TypeError, OverflowError, mpmath.mp.NoConvergence):
        return None, ""
    claimed = evaluate(value.expr, place)
    if not fades or claimed is None or not close(one, other, 10):
        return None, ""
    return value.agrees(one, claimed, 10), f"the sum tends to {shown(one)}"
