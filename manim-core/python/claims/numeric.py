"""Numbers put into expressions with many digits. Knows nothing of how an answer was found."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable

import mpmath
import sympy as sp

from formula import RealRoot

#: Decimal digits of the arithmetic.
DIGITS = 50
#: Beyond it an exponential is a number that nothing can hold.
MAX_EXPONENT = 10**6
#: Beyond it a sine says nothing at this many digits.
MAX_ANGLE = mpmath.mpf(10) ** 30

Number = mpmath.mpf | mpmath.mpc
Place = dict[sp.Symbol, Number]


class Undefined(Exception):
    """The expression has no value there."""


def evaluate(expr: sp.Expr, place: Place) -> Number | None:
    """The value, or nothing where there is none."""
    try:
        value = _value(expr, place)
    except (Undefined, ValueError, ZeroDivisionError, OverflowError, TypeError, MemoryError, RecursionError):
        return None
    return value if mpmath.isfinite(value) else None


def real(value: Number | None) -> mpmath.mpf | None:
    """The value, if it is a real number up to the last digits."""
    if value is None:
        return None
    if isinstance(value, mpmath.mpc):
        if abs(value.imag) > mpmath.mpf(10) ** (-mpmath.mp.dps * 3 // 5) * (1 + abs(value.real)):
            return None
        return value.real
    return mpmath.mpf(value)


def real_function(expr: sp.Expr, variable: sp.Symbol, place: Place | None = None) -> Callable[[Number], mpmath.mpf]:
    """The expression as a function of one real variable; raises `Undefined` outside its domain."""
    fixed = dict(place or {})

    def call(at: Number) -> mpmath.mpf:
        value = real(evaluate(expr, {**fixed, variable: at}))
        if value is None:
            raise Undefined
        return value

    return call


def _value(expr: sp.Expr, place: Place) -> Number:
    if expr.is_Symbol:
        if expr not in place:
            raise Undefined
        return place[expr]
    if expr.is_Rational:
        return mpmath.mpf(expr.p) / expr.q
    if expr in CONSTANTS:
        return +CONSTANTS[expr]
    if expr.is_Float:
        return mpmath.mpf(expr._mpf_)
    return _combined(expr, [_value(part, place) for part in expr.args])


def _combined(expr: sp.Expr, parts: list[Number]) -> Number:
    if expr.is_Add:
        return mpmath.fsum(parts)
    if expr.is_Mul:
        return mpmath.fprod(parts)
    if expr.is_Pow:
        return _power(*parts)
    if expr.func is sp.exp:
        return _power(mpmath.e, parts[0])
    if expr.func in ANGLES and abs(parts[0]) > MAX_ANGLE:
        raise Undefined
    function = FUNCTIONS.get(expr.func)
    if function is None:
        raise Undefined
    return function(*parts)


def _power(base: Number, exponent: Number) -> Number:
    if abs(exponent) > MAX_EXPONENT:
        raise Undefined
    if base == 0 and exponent == 0:
        return mpmath.mpf(1)
    return mpmath.power(base, exponent)


def _real_root(value: Number, degree: Number) -> mpmath.mpf:
    number = real(value)
    if number is None:
        raise Undefined
    return mpmath.sign(number) * mpmath.root(abs(number), int(degree))


def _factorial(value: Number) -> Number:
    if abs(value) > 1000:
        raise Undefined
    return mpmath.factorial(value)


CONSTANTS = {sp.pi: mpmath.pi, sp.E: mpmath.e, sp.I: mpmath.j, sp.EulerGamma: mpmath.euler}
FUNCTIONS: dict[type, Callable[..., Number]] = {
    sp.sin: mpmath.sin, sp.cos: mpmath.cos, sp.tan: mpmath.tan, sp.sec: mpmath.sec, sp.csc: mpmath.csc, sp.cot: mpmath.cot,
    sp.asin: mpmath.asin, sp.acos: mpmath.acos, sp.atan: mpmath.atan, sp.acot: mpmath.acot,
    sp.sinh: mpmath.sinh, sp.cosh: mpmath.cosh, sp.tanh: mpmath.tanh, sp.coth: mpmath.coth,
    sp.asinh: mpmath.asinh, sp.acosh: mpmath.acosh, sp.atanh: mpmath.atanh,
    sp.log: mpmath.log, sp.Abs: abs, sp.sign: mpmath.sign, sp.factorial: _factorial, RealRoot: _real_root,
}  # fmt: skip
ANGLES = {sp.sin, sp.cos, sp.tan, sp.sec, sp.csc, sp.cot}


def close(one: Number, other: Number, digits: int = 25) -> bool:
    """Whether two numbers agree relative to their size."""
    return bool(abs(one - other) <= mpmath.mpf(10) ** -digits * max(1, abs(one), abs(other)))


def shown(value: Number) -> str:
    """A number for a sentence."""
    return mpmath.nstr(real(value) if real(value) is not None else value, 8)


class Draw:
    """Places to compare at, drawn by chance that nobody who writes a claim can foresee or fit."""

    def __init__(self, seed: bytes) -> None:
        self.random = random.Random(seed)

    def places(self, symbols: Iterable[sp.Symbol], count: int, whole: bool = False) -> Iterable[Place]:
        names = sorted(symbols, key=lambda symbol: symbol.name)
        for index in range(count):
            yield {name: self.whole() if whole else self.number(index) for name in names}

    def number(self, index: int) -> mpmath.mpf:
        """Two thirds positive, where roots and logarithms live."""
        width = (1, 3, 8)[index % 3]
        size = mpmath.mpf(self.random.randrange(1, 10**9)) * width / 10**9
        return -size if index % 3 == 2 and index % 2 else size

    def whole(self) -> mpmath.mpf:
        return mpmath.mpf(self.random.randrange(1, 13))
