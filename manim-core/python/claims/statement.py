"""A claim's parts as expressions, and the ends that its check can have."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import mpmath
import sympy as sp

from formula import Reader, Unreadable, decimals, is_infinite_word, plain
from numeric import Draw, Number, close, evaluate, real, shown

#: Fewer comparisons say nothing about a formula.
ENOUGH = 5
#: Comparisons after which nothing new is learnt.
PLENTY = 10
#: Places tried; many may lie outside a function's domain.
TRIES = 60

#: Of a unit of the last digit. A hair more than a half: ties are rounded either way.
ROUNDING = mpmath.mpf("0.5000001")


class Refuted(Exception):
    """The claim is false; the words tell what is true instead."""


class Unknown(Exception):
    """Nothing can be said; the words tell why."""


@dataclass(frozen=True)
class Quantity:
    """A value as claimed: exact, or a decimal that was rounded."""

    expr: sp.Expr
    decimals: int | None

    def agrees(self, seen: Number, claimed: Number, digits: int = 25) -> bool:
        """A decimal with two digits or more may be the rounded or cut value."""
        if close(seen, claimed, digits):
            return True
        unit = self.unit()
        if unit is None or abs(seen - claimed) >= unit:
            return False
        return bool(abs(seen - claimed) <= unit * ROUNDING or abs(seen) > abs(claimed))

    def unit(self) -> mpmath.mpf | None:
        """The value of a decimal's last digit, where it may have been rounded."""
        return mpmath.mpf(10) ** -self.decimals if self.decimals is not None and self.decimals >= 2 else None


@dataclass
class Statement:
    """The parts of one claim, read on demand."""

    parts: dict[str, Any]
    reader: Reader
    draw: Draw

    def text(self, name: str) -> str:
        return str(self.parts[name])

    def says(self, name: str, *words: str) -> bool:
        return plain(self.text(name)).lower() in words

    def symbol(self, name: str) -> sp.Symbol:
        return symbol(self.text(name))

    def formula(self, name: str, *variables: str, real: bool = True) -> sp.Expr:
        return self.read(self.text(name), *variables, real=real)

    def read(self, text: str, *variables: str, real: bool = True) -> sp.Expr:
        return self.reader.read(text, [self.text(name) for name in variables], real)

    def quantity(self, name: str, *variables: str) -> Quantity:
        return self.measured(self.text(name), [self.text(name) for name in variables])

    def measured(self, text: str, names: list[str], real: bool = True) -> Quantity:
        """`x = 2` is 2, and so is `≈ 2`; of `sqrt(2) ≈ 1.41` the exact part is taken."""
        found = [part for part in re.split(r"\\approx|[=≈]", text) if part.strip() and part.strip() not in names]
        if not found:
            raise Unreadable("a value is empty")
        return Quantity(self.reader.read(found[0], names, real), decimals(found[0]))

    def infinite(self, name: str) -> sp.Expr | None:
        """Infinity with its sign, if that is what the part says."""
        text = self.text(name)
        if not is_infinite_word(text):
            return None
        return -sp.oo if plain(text).strip().startswith("-") else sp.oo

    def end(self, name: str, *variables: str) -> sp.Expr:
        """A bound, which may be infinite."""
        return self.infinite(name) or self.formula(name, *variables)


def symbol(name: str, real: bool = True) -> sp.Symbol:
    """A variable, by the same rules as in a formula."""
    value = Reader().read(name, [name], real)
    if not value.is_Symbol:
        raise Unreadable(f"{name[:20]!r} is not a variable")
    return value


def sides(text: str, count: int | None = None) -> list[str]:
    """The sides of an equation or of a chain of equations."""
    found = re.split(r"\\approx|[=≈]", text)
    if any(mark in text for mark in "<>≠≤≥±") or len(found) < 2 or (count and len(found) != count):
        raise Unreadable("an equation has one sign of equality")
    return found


def constant(expr: sp.Expr) -> Number:
    """A number without variables."""
    value = evaluate(expr, {})
    if value is None:
        raise Unknown(f"{expr} has no value that can be compared")
    return value


def real_constant(expr: sp.Expr) -> mpmath.mpf:
    value = real(constant(expr))
    if value is None:
        raise Unreadable("a real number is needed")
    return value


def equal(left: sp.Expr, right: Quantity, draw: Draw, what: str = "the left side") -> str:
    """Two expressions agree wherever both are real; numbers agree as they are."""
    difference = left - right.expr
    if difference == 0:
        return "both sides are the same expression"
    if difference.is_Rational and right.decimals is None:
        raise Refuted(f"{what} is {written(left)}, not {written(right.expr)}")
    symbols = left.free_symbols | right.expr.free_symbols
    if not symbols:
        seen, claimed = constant(left), constant(right.expr)
        if not right.agrees(seen, claimed, 40):
            raise Refuted(f"{what} is {shown(seen)}, not {shown(claimed)}")
        return "compared with 40 digits"
    return equal_functions(left, right, draw, symbols, what)


def equal_functions(left: sp.Expr, right: Quantity, draw: Draw, symbols: set[sp.Symbol], what: str) -> str:
    try:
        return compared(left, right, draw.places(symbols, TRIES), what)
    except (Refuted, Unknown):
        if not all(name.name in ("n", "k", "m", "j") for name in symbols) and not left.has(sp.factorial):
            raise
        return compared(left, right, draw.places(symbols, TRIES, whole=True), what) + " of whole numbers"


def compared(left: sp.Expr, right: Quantity, places: Any, what: str) -> str:
    count = 0
    for place in places:
        seen, claimed = real(evaluate(left, place)), real(evaluate(right.expr, place))
        if seen is None or claimed is None:
            continue
        count += 1
        if not right.agrees(seen, claimed):
            raise Refuted(f"{at(place)} {what} is {shown(seen)}, not {shown(claimed)}")
        if count == PLENTY:
            break
    return enough(count)


def enough(count: int) -> str:
    if count < ENOUGH:
        raise Unknown("too few values could be compared")
    return f"compared at {count} places"


def at(place: dict[sp.Symbol, Number]) -> str:
    return "at " + ", ".join(f"{name} = {shown(value)}" for name, value in place.items())


def written(expr: sp.Expr) -> str:
    text = str(expr).replace("**", "^")
    return text if len(text) <= 80 else text[:77] + "..."
