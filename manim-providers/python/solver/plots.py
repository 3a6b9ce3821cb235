"""Graphs of functions: the curve as points, and its features with proof."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Any

import mpmath
import sympy as sp

import proof
from curves import clipped, compiled, crossings, nice, refined, ticks
from lesson import Lesson, approx, tex
from notation import CheckFailed, Refused, build

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

    def label(self, longest: int = 5) -> str:
        """Both numbers exact, if both are short; else both rounded."""
        exact = self.exact and all(signs(tex(value)) <= longest for value in (self.x, self.y))
        return rf"\left({number(self.x, exact)},\, {number(self.y, exact)}\right)"


def number(value: sp.Expr, exact: bool) -> str:
    return tex(value) if exact else approx(value, 2)


def signs(text: str) -> int:
    """How many signs are seen of a formula, roughly."""
    return len(re.sub(r"\\[a-zA-Z]+|[{} ]", "", text))


def solve(task: dict[str, Any]) -> Lesson:
    """The lesson of one graph."""
    function, x = build(task["function"]), sp.Symbol(task["variable"], real=True)
    graph = Graph(function, x, [build(end) for end in task["window"]] if task["window"] else None)
    lesson = Lesson("The graph of a function")
    lesson.picture = graph.picture(task["tex"], task["asked"])
    for mark in graph.marks:
        claim(lesson, function, x, mark)
    return lesson


CLAIMS = {"root": "root", "turning": "stationary_point", "inflection": "inflection_point"}


def claim(lesson: Lesson, function: sp.Expr, x: sp.Symbol, mark: Mark) -> None:
    """What the graph says of a marked point."""
    if mark.role == "intercept":
        lesson.claim("value", function=function, variable=x, at=mark.x, value=mark.y)
        return
    kind = {"extremum": mark.kind} if mark.role == "turning" else {}
    lesson.claim(CLAIMS[mark.role], function=function, variable=x, at=mark.x, **kind)


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
        first = sp.diff(f, x)
        roots = self.zeros(f)
        self.marks += [Mark(r, sp.Integer(0), "root", exact=e) for r, e in roots]
        for place, exact in distinct(self.zeros(first) + self.corners()):
            kind = self.turning_kind(place)
            if kind:
                self.marks.append(Mark(place, self.value(place), "turning", kind, exact))
        self.find_inflections()
        if self.defined_at(0):
            self.marks.append(Mark(sp.Integer(0), self.value(sp.Integer(0)), "intercept"))

    def find_inflections(self) -> None:
        if self.function.has(sp.Abs):
            return
        second = sp.diff(self.function, self.x, 2)
        for place, exact in self.zeros(second):
            if self.changes_sign(second, place):
                self.marks.append(Mark(place, self.value(place), "inflection", "", exact))

    def corners(self) -> list[tuple[sp.Expr, bool]]:
        """Where an absolute value bends the curve."""
        found: dict[sp.Expr, bool] = {}
        for part in self.function.atoms(sp.Abs):
            found.update(self.zeros(part.args[0]))
        return list(found.items())

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
        turning = [float(m.y) for m in self.marks if m.role in ("turning", "inflection")]
        if turning and max(turning) > min(turning):
            # The features decide; the curve may leave the picture.
            span = max([*turning, 0.0]) - min([*turning, 0.0])
            low, high = max(low, min(turning) - 0.6 * span), min(high, max(turning) + 0.6 * span)
        low, high = min([low, 0.0, *points]), max([high, 0.0, *points])
        span = (high - low) or 2.0
        low, high = low - 0.1 * span, high + 0.1 * span
        if turning:
            # Room for the labels of the highest and the lowest point.
            low, high = min(low, min(turning) - 0.2 * span), max(high, max(turning) + 0.2 * span)
        return low, high

    # -- picture ------------------------------------------------------------

    def picture(self, text: str, asked: list[str]) -> dict[str, Any]:
        bottom, top = self.window_y()
        x_step, y_step = nice((self.right - self.left) / 9), nice((top - bottom) / 9)
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
                shown.append({"at": place, "label": mark.label(3), "role": mark.role})
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
        bent = f.has(sp.Abs)
        if bent and "inflection" in asked:
            raise Refused("Inflection points of functions with absolute values are not supported.")
        slope, second = ("", "") if bent else (rf"y' = {tex(sp.factor_terms(sp.diff(f, x)))} = 0", rf"y'' = {tex(sp.diff(f, x, 2))} = 0")
        facts = []
        roots = [m for m in self.marks if m.role == "root"]
        facts += self.fact("roots", "root", roots, "", self.root_list(roots), asked)
        turning = [m for m in self.marks if m.role == "turning"]
        facts += self.fact("turning", "turning", turning, slope, [f"{m.label()}" for m in turning], asked, [m.kind for m in turning])
        inflection = [m for m in self.marks if m.role == "inflection"]
        facts += self.fact("inflection", "inflection", inflection, second, [m.label() for m in inflection], asked)
        intercept = next((m for m in self.marks if m.role == "intercept"), None)
        if intercept is not None and not any(m.role == "root" and m.x == 0 for m in self.marks):
            facts.append({"role": "intercept", "words": "Crosses the vertical axis at", "how": "", "tex": [intercept.label()], "asked": "intercept" in asked})
        facts += self.asymptote_facts(asked)
        return facts

    def root_list(self, roots: list[Mark]) -> list[str]:
        """One equation with all values, if all are exact or none is, and they are short."""
        exact = {m.exact and signs(tex(m.x)) <= 8 for m in roots}
        if len(exact) == 1:
            sign = "=" if True in exact else r"\approx"
            values = [number(m.x, True in exact) for m in sorted(roots, key=lambda m: float(m.x))]
            if sum(map(signs, values)) <= 20:
                return [f"{tex(self.x)} {sign} " + r",\; ".join(values)]
        return [self.at(m) for m in roots]

    def at(self, mark: Mark) -> str:
        exact = mark.exact and signs(tex(mark.x)) <= 8
        sign = "=" if exact else r"\approx"
        return f"{tex(self.x)} {sign} {number(mark.x, exact)}"

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


def distinct(places: list[tuple[sp.Expr, bool]]) -> list[tuple[sp.Expr, bool]]:
    """Without those that were found twice; an exact one is kept."""
    kept: list[tuple[sp.Expr, bool]] = []
    for place, exact in sorted(places, key=lambda found: (not found[1], float(found[0]))):
        if all(abs(float(place) - float(other)) > 1e-9 for other, _ in kept):
            kept.append((place, exact))
    return sorted(kept, key=lambda found: float(found[0]))
