"""Graphs of functions: the curve as points, and its features with proof."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import mpmath
import sympy as sp

import proof
from lesson import Lesson, approx, tex
from notation import CheckFailed, Refused, build

#: Points of the whole curve.
SAMPLES = 240
#: Marked points; more would hide the curve.
MAX_POINTS = 9
#: Highest degree of numerator and denominator.
MAX_DEGREE = 7
#: Where features are looked for when they cannot be found exactly, and nothing is asked.
SEARCH = (-8.0, 8.0)
MAX_WINDOW = 10**6
PLURALS = {"roots": ("Root", "Roots"), "turning": ("Turning point", "Turning points"), "inflection": ("Inflection point", "Inflection points")}


@dataclass
class Mark:
    """A feature of the graph: where, and what."""

    x: sp.Expr
    y: sp.Expr
    role: str
    kind: str = ""
    exact: bool = True

    def place(self) -> tuple[float, float]:
        return float(self.x), float(self.y)

    def label(self) -> str:
        return rf"\left({number(self.x, self.exact)}, {number(self.y, self.exact)}\right)"


def number(value: sp.Expr, exact: bool) -> str:
    """Short exact numbers as they are, others with two decimals."""
    if exact:
        text = tex(value)
        if len(text) <= 14:
            return text
    return approx(value, 2)


def solve(task: dict[str, Any]) -> Lesson:
    """The lesson of one graph."""
    function, x = build(task["function"]), sp.Symbol(task["variable"], real=True)
    graph = Graph(function, x, [build(end) for end in task["window"]] if task["window"] else None)
    lesson = Lesson("Drawing a graph")
    lesson.picture = graph.picture(task["tex"], task["asked"])
    for mark in graph.marks:
        lesson.claim(CLAIMS[mark.role], function=function, variable=x, at=mark.x, exact=mark.exact)
    return lesson


CLAIMS = {"root": "root", "turning": "stationary_point", "inflection": "inflection_point", "intercept": "defined_at"}


@dataclass
class Graph:
    """A function, its window and its features."""

    function: sp.Expr
    x: sp.Symbol
    asked_window: list[sp.Expr] | None
    marks: list[Mark] = field(default_factory=list)
    poles: list[sp.Expr] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.exact = self.function.is_rational_function(self.x)
        if self.exact:
            top, bottom = sp.fraction(sp.cancel(self.function))
            if max(sp.degree(top, self.x), sp.degree(bottom, self.x)) > MAX_DEGREE:
                raise Refused(f"Graphs of polynomials and fractions up to degree {MAX_DEGREE} are supported.")
        self.call = compiled(self.function, self.x)
        self.search = self.search_interval()
        self.find()
        self.left, self.right = self.window_x()
        self.marks = [m for m in self.marks if self.left - 1e-9 <= float(m.x) <= self.right + 1e-9]
        if sum(m.role != "intercept" for m in self.marks) > MAX_POINTS:
            self.marks = [m for m in self.marks if m.role in ("root", "turning")]
        if len(self.marks) > MAX_POINTS + 1:
            raise Refused("The graph has too many features in that range: ask for a smaller one.")
        self.check()

    # -- features -----------------------------------------------------------

    def search_interval(self) -> tuple[float, float]:
        if self.asked_window is None:
            trig = self.function.has(sp.sin, sp.cos, sp.tan)
            return (-2 * math.pi, 2 * math.pi) if trig else SEARCH
        low, high = self.asked_window
        if not (low.is_real and high.is_real and low.is_finite and high.is_finite and low < high):
            raise Refused("The range of the graph must go from a smaller to a larger number.")
        if abs(low) > MAX_WINDOW or abs(high) > MAX_WINDOW:
            raise Refused("The range of the graph is too wide.")
        return float(low), float(high)

    def find(self) -> None:
        f, x = self.function, self.x
        self.poles = self.find_poles()
        first, second = sp.diff(f, x), sp.diff(f, x, 2)
        roots = self.zeros(f)
        self.marks += [Mark(r, sp.Integer(0), "root", exact=e) for r, e in roots]
        for place, exact in self.zeros(first):
            kind = self.turning_kind(place)
            if kind:
                self.marks.append(Mark(place, self.value(place), "turning", kind, exact))
        for place, exact in self.zeros(second):
            if self.changes_sign(second, place):
                self.marks.append(Mark(place, self.value(place), "inflection", "", exact))
        if self.defined_at(0):
            self.marks.append(Mark(sp.Integer(0), self.value(sp.Integer(0)), "intercept"))

    def find_poles(self) -> list[sp.Expr]:
        if not self.exact:
            return []
        bottom = sp.fraction(sp.cancel(self.function))[1]
        return [r for r, _ in self.poly_roots(bottom)]

    def poly_roots(self, poly: sp.Expr) -> list[tuple[sp.Expr, bool]]:
        if self.x not in poly.free_symbols:
            return []
        found = sp.Poly(poly, self.x).real_roots(multiple=True)
        return [(r, True) if not r.has(sp.CRootOf) else (sp.N(r, 25), False) for r in dict.fromkeys(found)]

    def zeros(self, f: sp.Expr) -> list[tuple[sp.Expr, bool]]:
        """Places where `f` is zero, with whether they are exact."""
        if f == 0 or self.x not in f.free_symbols:
            return []
        if f.is_rational_function(self.x):
            return self.poly_roots(sp.fraction(sp.cancel(f))[0])
        return [self.recognised(f, place) for place in crossings(compiled(f, self.x), *self.search)]

    def recognised(self, f: sp.Expr, place: float) -> tuple[sp.Expr, bool]:
        """A decimal as an exact number, if that is certain."""
        fine = refined(f, self.x, place)
        for guess in (sp.Rational(str(round(place, 6))).limit_denominator(12), sp.pi * sp.Rational(str(round(place / math.pi, 8))).limit_denominator(12)):
            if abs(float(guess) - place) < 1e-6 and sp.simplify(f.subs(self.x, guess)) == 0:
                return guess, True
        return sp.Float(str(fine), 25), False

    def value(self, place: sp.Expr) -> sp.Expr:
        value = self.function.subs(self.x, place)
        return sp.simplify(value) if value.free_symbols == set() and not value.has(sp.Float) else sp.N(value, 25)

    def turning_kind(self, place: sp.Expr) -> str:
        """Maximum or minimum, by the sign of the slope on both sides."""
        slope = sp.diff(self.function, self.x)
        before, after = self.signs_around(slope, place)
        return {(1, -1): "maximum", (-1, 1): "minimum"}.get((before, after), "")

    def changes_sign(self, f: sp.Expr, place: sp.Expr) -> bool:
        before, after = self.signs_around(f, place)
        return before * after < 0

    def signs_around(self, f: sp.Expr, place: sp.Expr) -> tuple[int, int]:
        step = sp.Rational(1, 1000)
        values = [proof.number(f.subs(self.x, place + shift)) for shift in (-step, step)]
        if not all(proof.is_number(v) for v in values):
            return 0, 0
        return int(mpmath.sign(mpmath.re(values[0]))), int(mpmath.sign(mpmath.re(values[1])))

    def defined_at(self, place: float) -> bool:
        return math.isfinite(self.call(float(place)))

    def check(self) -> None:
        """Each feature once more with numbers, from the function alone."""
        for mark in self.marks:
            height = self.call(float(mark.x))
            if not math.isfinite(height) or abs(height - float(mark.y)) > 1e-6 * (1 + abs(height)):
                raise CheckFailed("a marked point does not lie on the graph")
            if mark.role == "turning" and not self.is_extreme(mark, height):
                raise CheckFailed("a turning point is not one")

    def is_extreme(self, mark: Mark, height: float) -> bool:
        around = [self.call(float(mark.x) + d) for d in (-1e-3, 1e-3)]
        return all(h <= height for h in around) if mark.kind == "maximum" else all(h >= height for h in around)

    # -- window -------------------------------------------------------------

    def window_x(self) -> tuple[float, float]:
        if self.asked_window is not None:
            return self.search
        if self.function.has(sp.sin, sp.cos, sp.tan) and not self.exact:
            return self.search
        places = [float(m.x) for m in self.marks] + [float(p) for p in self.poles]
        low, high = min([*places, 0.0]), max([*places, 0.0])
        pad = max(1.2, 0.35 * (high - low))
        if len(places) <= 1:
            pad = 3.5
        pad = max(pad, 2.5 - (high - low) / 2)
        low, high = low - pad, high + pad
        if not self.exact:
            low, high = self.where_defined(low, high)
        return round(low, 3), round(high, 3)

    def where_defined(self, low: float, high: float) -> tuple[float, float]:
        """Leaves out a half of the window in which there is no curve."""
        xs = [low + (high - low) * i / 200 for i in range(201)]
        good = [x for x in xs if math.isfinite(self.call(x))]
        if not good:
            raise Refused("The function is not defined anywhere near zero.")
        margin = 0.08 * (high - low)
        return max(low, min(good) - margin), min(high, max(good) + margin)

    def window_y(self) -> tuple[float, float]:
        xs = [self.left + (self.right - self.left) * i / 400 for i in range(401)]
        heights = sorted(y for y in map(self.call, xs) if math.isfinite(y))
        if len(heights) < 10:
            raise Refused("The function is defined almost nowhere in that range.")
        points = [float(m.y) for m in self.marks]
        low, high = heights[len(heights) // 12], heights[-1 - len(heights) // 12]
        if self.poles or self.function.has(sp.tan):
            low, high = heights[len(heights) // 6], heights[-1 - len(heights) // 6]
        turning = [float(m.y) for m in self.marks if m.role != "root"]
        if turning and max(turning) > min(turning):
            # The features decide; the curve may leave the picture.
            span = max([*turning, 0.0]) - min([*turning, 0.0])
            low, high = max(low, min(turning) - 0.9 * span), min(high, max(turning) + 0.9 * span)
        low, high = min([low, 0.0, *points]), max([high, 0.0, *points])
        pad = 0.14 * (high - low) or 1.0
        return max(low - pad, min(heights) - pad), min(high + pad, max(heights) + pad)

    # -- picture ------------------------------------------------------------

    def picture(self, text: str, asked: list[str]) -> dict[str, Any]:
        bottom, top = self.window_y()
        x_step, y_step = nice((self.right - self.left) / 7), nice((top - bottom) / 5)
        if top - bottom < 1e-9 or top - bottom > 1e9:
            raise Refused("The graph is too flat or too steep to be drawn.")
        points = [m for m in self.marks if bottom <= float(m.y) <= top]
        seen: set[tuple[float, float]] = set()
        shown = []
        order = {"turning": 0, "root": 1, "inflection": 2, "intercept": 3}
        for mark in sorted(points, key=lambda m: order[m.role]):
            place = (round(float(mark.x), 6), round(float(mark.y), 6))
            if place not in seen:
                seen.add(place)
                shown.append({"at": place, "label": mark.label(), "role": mark.role})
        return {
            "kind": "plot",
            "x_range": [self.left, self.right],
            "y_range": [bottom, top],
            "x_ticks": self.x_ticks(x_step),
            "y_ticks": ticks(bottom, top, y_step),
            "curves": self.curves(bottom, top),
            "points": shown,
            "asymptotes": self.asymptote_lines(bottom, top),
            "label": f"y = {text}",
            "variable": tex(self.x),
            "facts": self.facts(asked),
        }

    def x_ticks(self, step: float) -> list[list[Any]]:
        """Multiples of a half π where the function is periodic, round numbers elsewhere."""
        width = self.right - self.left
        if not self.function.has(sp.sin, sp.cos, sp.tan) or self.exact or not 3 < width < 30:
            return ticks(self.left, self.right, step)
        unit = sp.pi / 2 if width < 8 else sp.pi
        low, high = math.ceil(self.left / float(unit) - 1e-6), math.floor(self.right / float(unit) + 1e-6)
        return [[float(k * unit), tex(k * unit)] for k in range(low, high + 1) if k]

    def curves(self, bottom: float, top: float) -> list[list[list[float]]]:
        """Pieces of the curve inside the window, cut at poles and edges."""
        return clipped(self.call, self.left, self.right, bottom, top, [float(p) for p in self.poles])

    def asymptote_lines(self, bottom: float, top: float) -> list[list[list[float]]]:
        lines = [[[float(p), bottom], [float(p), top]] for p in self.poles if self.left < float(p) < self.right]
        slanted = self.slanted()
        if slanted is not None:
            call = compiled(slanted, self.x)
            for piece in clipped(call, self.left, self.right, bottom, top, []):
                lines.append([piece[0], piece[-1]])
        return lines

    def slanted(self) -> sp.Expr | None:
        """The line that a rational function comes close to far out."""
        if not self.exact or not self.poles and self.function.is_polynomial(self.x):
            return None
        top, bottom = sp.fraction(sp.cancel(self.function))
        quotient, rest = sp.div(sp.Poly(top, self.x), sp.Poly(bottom, self.x))
        return quotient.as_expr() if quotient.degree() <= 1 and not rest.is_zero else None

    def facts(self, asked: list[str]) -> list[dict[str, Any]]:
        f, x = self.function, self.x
        first, second = sp.diff(f, x), sp.diff(f, x, 2)
        facts = []
        roots = [m for m in self.marks if m.role == "root"]
        facts += self.fact("roots", "root", roots, "y = 0", [self.at(m) for m in roots], asked)
        turning = [m for m in self.marks if m.role == "turning"]
        facts += self.fact("turning", "turning", turning, rf"y' = {tex(sp.factor_terms(first))} = 0", [f"{m.label()}" for m in turning], asked, [m.kind for m in turning])
        inflection = [m for m in self.marks if m.role == "inflection"]
        facts += self.fact("inflection", "inflection", inflection, rf"y'' = {tex(second)} = 0", [m.label() for m in inflection], asked)
        intercept = next((m for m in self.marks if m.role == "intercept"), None)
        if intercept is not None and not any(m.role == "root" and m.x == 0 for m in self.marks):
            facts.append({"role": "intercept", "words": "Crosses the vertical axis at", "how": "", "tex": [intercept.label()], "asked": "intercept" in asked})
        facts += self.asymptote_facts(asked)
        return facts

    def at(self, mark: Mark) -> str:
        sign = "=" if mark.exact and len(tex(mark.x)) <= 14 else r"\approx"
        return f"{tex(self.x)} {sign} {number(mark.x, mark.exact)}"

    def fact(self, what: str, role: str, marks: list[Mark], how: str, shown: list[str], asked: list[str], kinds: list[str] | None = None) -> list[dict[str, Any]]:
        one, many = PLURALS[what]
        if not marks:
            if what in asked:
                where = "" if self.exact and self.asked_window is None else " in this range"
                return [{"role": None, "words": f"No {many.lower()}{where}", "how": "", "tex": [], "asked": True}]
            return []
        words = one if len(marks) == 1 else many
        if len(how) > 34:
            how = ""
        if kinds:
            shown = [rf"\text{{{kind}}}\; {text}" for kind, text in zip(kinds, shown)]
        return [{"role": role, "words": words, "how": how, "tex": shown, "asked": what in asked}]

    def asymptote_facts(self, asked: list[str]) -> list[dict[str, Any]]:
        shown = [f"{tex(self.x)} = {tex(p)}" for p in self.poles]
        slanted = self.slanted()
        if slanted is not None:
            shown.append(f"y = {tex(slanted)}")
        if not shown:
            return [{"role": None, "words": "No asymptotes", "how": "", "tex": [], "asked": True}] if "asymptotes" in asked else []
        return [{"role": None, "words": "Asymptotes" if len(shown) > 1 else "Asymptote", "how": "", "tex": shown, "asked": "asymptotes" in asked}]


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
    if ys[-1] == 0:
        found.append(xs[-1])
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
