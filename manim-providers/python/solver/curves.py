"""Curves as numbers: points in a window, changes of sign, round steps for an axis."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import mpmath
import sympy as sp

from lesson import tex

#: Points of the whole curve.
SAMPLES = 240


def area_picture(function: sp.Expr, x: sp.Symbol, low: sp.Expr, high: sp.Expr, text: str) -> dict[str, Any] | None:
    """The area under a curve, with a little of the curve on both sides."""
    if not (low.is_finite and high.is_finite and 1e-3 < float(high - low) < 1e4):
        return None
    call, a, b = compiled(function, x), float(low), float(high)
    width = b - a
    left, right = min(a - 0.25 * width, 0.0 if 0 < a < width else a), max(b + 0.25 * width, 0.0 if -width < b < 0 else b)
    inner = [(a + width * i / 120, call(a + width * i / 120)) for i in range(121)]
    heights = [y for _, y in inner]
    if not all(map(math.isfinite, heights)):
        return None
    bottom, top = min(0.0, *heights), max(0.0, *heights)
    if not 1e-6 < top - bottom < 1e6:
        return None
    bottom, top = bottom - 0.12 * (top - bottom), top + 0.2 * (top - bottom)
    shade = [[round(u, 4), round(v, 5)] for u, v in inner]
    return {
        "kind": "area",
        "x_range": [left, right],
        "y_range": [bottom, top],
        "x_ticks": ticks(left, right, nice((right - left) / 9)),
        "y_ticks": ticks(bottom, top, nice((top - bottom) / 9)),
        "curves": clipped(call, left, right, bottom, top, []),
        "shade": shade,
        "label": f"y = {text}",
        "variable": tex(x),
    }


def ticks(low: float, high: float, step: float) -> list[list[Any]]:
    """Places and texts of the numbers on an axis, zero left out."""
    first, last = math.ceil(low / step - 1e-6), math.floor(high / step + 1e-6)
    return [[k * step, f"{k * step:.10g}"] for k in range(first, last + 1) if k]


def clipped(call: Callable[[float], float], left: float, right: float, bottom: float, top: float, poles: list[float]) -> list[list[list[float]]]:
    """The curve as lists of points inside a window."""
    pieces: list[list[list[float]]] = [[]]
    last: tuple[float, float] | None = None
    for i in range(SAMPLES * 4 + 1):
        x = left + (right - left) * i / (SAMPLES * 4)
        y = call(x)
        crossed = last is not None and any(last[0] < p <= x for p in poles)
        if not math.isfinite(y) or crossed or last is not None and abs(y - last[1]) > 3 * (top - bottom):
            pieces.append([])
            last = None if not math.isfinite(y) else (x, y)
            if math.isfinite(y) and bottom <= y <= top:
                pieces[-1].append([x, y])
            continue
        if last is not None:
            pieces = with_segment(pieces, last, (x, y), bottom, top)
        elif bottom <= y <= top:
            pieces[-1].append([x, y])
        last = (x, y)
    thin = [[[round(a, 4), round(b, 5)] for k, (a, b) in enumerate(piece) if k % 4 == 0 or k == len(piece) - 1] for piece in pieces]
    return [piece for piece in thin if len(piece) > 1]


def with_segment(pieces: list[Any], one: tuple[float, float], other: tuple[float, float], bottom: float, top: float) -> list[Any]:
    """Adds the part of a segment that lies between two heights."""
    (x0, y0), (x1, y1) = one, other
    inside0, inside1 = bottom <= y0 <= top, bottom <= y1 <= top
    if inside0 and inside1:
        if not pieces[-1]:
            pieces[-1].append([x0, y0])
        pieces[-1].append([x1, y1])
    elif inside0 or inside1:
        edge = top if max(y0, y1) > top else bottom
        cut = [x0 + (x1 - x0) * (edge - y0) / (y1 - y0), edge]
        if inside0:
            pieces[-1].append(cut)
            pieces.append([])
        else:
            pieces.append([cut, [x1, y1]])
    return pieces


def compiled(f: sp.Expr, x: sp.Symbol) -> Callable[[float], float]:
    """A function of floats that gives NaN where it is not real."""
    inner = sp.lambdify(x, f, "mpmath")

    def call(value: float) -> float:
        try:
            with mpmath.workdps(20):
                result = mpmath.mpmathify(inner(mpmath.mpf(value)))
            if abs(mpmath.im(result)) > 1e-12:
                return math.nan
            return float(mpmath.re(result))
        except (ValueError, ZeroDivisionError, OverflowError, TypeError):
            return math.nan

    return call


def crossings(call: Callable[[float], float], low: float, high: float) -> list[float]:
    """Changes of sign, and touches of zero at the grid, found on a fine grid."""
    count = 1203
    xs = [low + (high - low) * i / count for i in range(count + 1)]
    ys = [call(x) for x in xs]
    found: list[float] = []
    for i in range(count):
        a, b = ys[i], ys[i + 1]
        if not (math.isfinite(a) and math.isfinite(b)):
            continue
        if a == 0:
            found.append(xs[i])
        elif a * b < 0:
            root = bisected(call, xs[i], xs[i + 1])
            if root is not None:
                found.append(root)
        elif 0 < i and math.isfinite(ys[i - 1]) and abs(a) < abs(ys[i - 1]) and abs(a) < abs(b) and abs(a) < 1e-4:
            place = touched(call, xs[i - 1], xs[i + 1])
            if abs(call(place)) < 1e-12:
                found.append(place)
    found += [x for x, y in ((xs[0], ys[0]), (xs[-1], ys[-1])) if 0 < abs(y) < 1e-12]
    if ys[-1] == 0:
        found.append(xs[-1])
    found.sort()
    distinct: list[float] = []
    for place in found:
        if not distinct or place - distinct[-1] > 1e-6 * (high - low):
            distinct.append(place)
    return distinct


def bisected(call: Callable[[float], float], low: float, high: float) -> float | None:
    a = call(low)
    for _ in range(60):
        middle = (low + high) / 2
        value = call(middle)
        if not math.isfinite(value):
            return None
        if a * value <= 0:
            high = middle
        else:
            low, a = middle, value
    # At a pole the values grow instead of vanishing.
    return high if abs(call(high)) < 1e-6 else None


def touched(call: Callable[[float], float], low: float, high: float) -> float:
    """The place of the smallest size, by golden sections."""
    for _ in range(80):
        a, b = low + 0.382 * (high - low), low + 0.618 * (high - low)
        if abs(call(a)) < abs(call(b)):
            high = b
        else:
            low = a
    return (low + high) / 2


def refined(f: sp.Expr, x: sp.Symbol, place: float) -> mpmath.mpf:
    with mpmath.workdps(30):
        try:
            return mpmath.findroot(sp.lambdify(x, f, "mpmath"), place, tol=1e-20)
        except (ValueError, ZeroDivisionError, TypeError):
            return mpmath.mpf(place)


def nice(step: float) -> float:
    """1, 2 or 5 times a power of ten."""
    power = 10 ** math.floor(math.log10(step))
    return float(next(k * power for k in (1, 2, 5, 10) if k * power >= step * 0.999))
