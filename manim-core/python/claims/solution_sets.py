"""Solutions of one equation: each solves it, and none is missing."""

from __future__ import annotations

from collections.abc import Iterable

import mpmath
import sympy as sp

from sympy.solvers.solveset import NonlinearError

import alarm
from numeric import Number, Place, close, evaluate, real, shown
from statement import Quantity, Refuted, Statement, Unknown, enough, equal, real_constant, sides, symbol

#: Where solutions are searched that nobody has named.
SEARCH = 40
#: Steps of the search.
STEPS = 1600
#: Roots of polynomials of a higher degree are not worked out.
MAX_DEGREE = 40
#: Whole numbers tried for the letter of a family of solutions.
FAMILY = range(-14, 15)
FAMILY_LETTERS = ("n", "k", "m")
#: Digits to which a root that was found is the same as one that was claimed.
SAME = 9


class Equation:
    """Two sides, one unknown, numbers for all other letters."""

    def __init__(self, left: sp.Expr, right: sp.Expr, unknown: sp.Symbol, place: Place) -> None:
        self.left, self.right, self.unknown, self.place = left, right, unknown, place

    def at(self, value: Number) -> tuple[Number | None, Number | None]:
        place = {**self.place, self.unknown: value}
        return evaluate(self.left, place), evaluate(self.right, place)

    def holds(self, value: Number, digits: int = 25) -> bool | None:
        """Nothing where a side is not defined."""
        left, right = self.at(value)
        return None if left is None or right is None else close(left, right, digits)

    def difference(self, value: Number) -> mpmath.mpf | None:
        left, right = (real(side) for side in self.at(value))
        return None if left is None or right is None else left - right


def solutions(claim: Statement) -> str:
    """Each value solves the equation; numbers and SymPy find no other."""
    left, right = (claim.read(side, "unknown", real=False) for side in sides(claim.text("equation"), 2))
    unknown = symbol(claim.text("unknown"), real=False)
    names = [claim.text("unknown")]
    listed = claim.parts["values"]
    if [text.lower() for text in listed] in (["all"], ["all real numbers"], ["every number"]):
        return equal(*always(claim, names), claim.draw)
    values = [claim.measured(text, names, real=False) for text in split_signs(listed)]
    letters = (left.free_symbols | right.free_symbols) - {unknown}
    rounds = [{}] if not letters else [{k: abs(v) for k, v in p.items()} for p in claim.draw.places(letters, 3)]
    how = ""
    for place in rounds:
        how = SolutionSet(Equation(left, right, unknown, place), claim).check(values)
    return how


def always(claim: Statement, names: list[str]) -> tuple[sp.Expr, Quantity]:
    left, right = sides(claim.text("equation"), 2)
    return claim.reader.read(left, names), Quantity(claim.reader.read(right, names), None)


def split_signs(texts: list[str]) -> list[str]:
    """`2 ± 1` is two values."""
    found: list[str] = []
    for text in texts:
        text = text.replace("\\pm", "±").replace("+-", "±").replace("+/-", "±")
        found += [text.replace("±", "+"), text.replace("±", "-")] if "±" in text else [text]
    return found


class SolutionSet:
    """What is claimed of one equation, against what solves it."""

    def __init__(self, equation: Equation, claim: Statement) -> None:
        self.equation = equation
        self.domain = claim.parts.get("domain")
        bounds = [claim.parts.get(end) for end in ("from", "to")]
        self.bounds = [None if end is None else real_constant(claim.formula(name)) for end, name in zip(bounds, ("from", "to"))]

    def check(self, values: list[Quantity]) -> str:
        claimed = [number for value in values for number in self.numbers(value)]
        complex_ones = [number for number in claimed if real(number) is None]
        if complex_ones and self.domain == "real":
            raise Refuted(f"{shown(complex_ones[0])} is not real")
        found, how = self.all_found()
        real_ones = [number for number in found if real(number) is not None]
        wanted = real_ones if self.domain == "real" or self.is_bounded() or not complex_ones else found
        if self.domain == "complex" and not complex_ones and len(wanted) < len(found):
            wanted = found
        families = any(self.letters(value) for value in values)
        for root in wanted:
            near = not families or abs(root) <= 10
            if near and not any(self.same(root, number, values) for number in claimed):
                raise Refuted(f"{self.equation.unknown} = {shown(root)} solves it too")
        return how

    def letters(self, value: Quantity) -> set[sp.Symbol]:
        return value.expr.free_symbols - self.equation.place.keys()

    def numbers(self, value: Quantity) -> list[Number]:
        """The value, or the members of a family such as `pi/6 + 2 pi n`; each solves the equation."""
        letters = self.letters(value)
        if any(name.name not in FAMILY_LETTERS for name in letters) or len(letters) > 1:
            raise Unknown("a solution holds a letter that stands for nothing known")
        places = [{name: mpmath.mpf(n) for name in letters} for n in FAMILY] if letters else [{}]
        numbers = [evaluate(value.expr, {**self.equation.place, **place}) for place in places]
        if None in numbers:
            raise Unknown("a solution has no value")
        return [self.solving(number, value) for number in numbers]

    def solving(self, number: Number, value: Quantity) -> Number:
        if real(number) is not None:
            number = real(number)
        if not self.inside(number):
            raise Refuted(f"{shown(number)} is outside the range asked for")
        if self.equation.holds(number):
            return number
        if self.is_rounded(number, value):
            return number
        left, right = self.equation.at(number)
        if left is None or right is None:
            raise Refuted(f"for {self.equation.unknown} = {shown(number)} a side is not defined")
        raise Refuted(f"for {self.equation.unknown} = {shown(number)} the sides are {shown(left)} and {shown(right)}")

    def is_rounded(self, number: Number, value: Quantity) -> bool:
        """The decimal is a solution, rounded or cut."""
        unit = value.unit()
        if unit is None or real(number) is None:
            return False
        roots = (polish(self.equation, number - unit, number), polish(self.equation, number, number + unit))
        return any(root is not None and value.agrees(root, number) for root in roots)

    def same(self, root: Number, number: Number, values: list[Quantity]) -> bool:
        if close(root, number, SAME):
            return True
        units = [value.unit() for value in values if value.unit() is not None]
        return bool(units) and bool(abs(root - number) < max(units))

    def is_bounded(self) -> bool:
        return any(end is not None for end in self.bounds)

    def inside(self, number: Number) -> bool:
        """In the closed range asked for."""
        if not self.is_bounded():
            return True
        low, high = self.bounds
        value, slack = real(number), mpmath.mpf(10) ** -20
        return value is not None and (low is None or value >= low - slack) and (high is None or value <= high + slack)

    def all_found(self) -> tuple[list[Number], str]:
        roots = polynomial_roots(self.equation)
        if roots is not None:
            return [root for root in roots if self.inside(root)], "each value put in; all roots of the polynomial worked out"
        low = -SEARCH if self.bounds[0] is None else self.bounds[0]
        high = SEARCH if self.bounds[1] is None else self.bounds[1]
        found = [*searched(self.equation, mpmath.mpf(low), mpmath.mpf(high)), *self.by_sympy()]
        how = f"each value put in; no other found between {shown(low)} and {shown(high)}"
        return [root for root in found if self.inside(root)], how

    def by_sympy(self) -> Iterable[Number]:
        """Real solutions that SymPy names, far from where the search looks."""
        e = self.equation
        if e.place:
            return []
        found = alarm.attempt(lambda: sp.solveset(e.left - e.right, e.unknown, sp.S.Reals))
        if not isinstance(found, sp.FiniteSet):
            return []
        values = (evaluate(value, {}) for value in found)
        return [value for value in values if value is not None and real(value) is not None and e.holds(value)]


def polynomial_roots(equation: Equation) -> list[Number] | None:
    """Every root, real and complex, of an equation of fractions of polynomials."""
    exact = {name: sp.Rational(str(value)) for name, value in equation.place.items()}
    difference = (equation.left - equation.right).subs(exact)
    if not difference.is_rational_function(equation.unknown) or power_size(difference) > MAX_DEGREE:
        return None
    top = alarm.attempt(lambda: sp.Poly(sp.numer(sp.together(difference)), equation.unknown))
    if top is None or top.degree() > MAX_DEGREE:
        return None
    if top.is_zero:
        raise Refuted("every number solves it")
    if top.degree() == 0:
        return []
    roots = alarm.attempt(lambda: distinct(top).nroots(n=30, maxsteps=200))
    if roots is None:
        return None
    found = [mpmath.mpmathify(root) for root in roots]
    return [root for root in found if equation.holds(root, SAME) is not False and defined(equation, root)]


def distinct(poly: sp.Poly) -> sp.Poly:
    """The same roots, each once."""
    return poly.sqf_part() if poly.domain.is_Exact and poly.domain.is_Numerical else poly


def defined(equation: Equation, root: Number) -> bool:
    """Roots that a denominator shares are none: near them the sides grow beyond bounds."""
    left, right = equation.at(root)
    if left is None or right is None:
        return False
    return max(abs(left), abs(right)) < mpmath.mpf(10) ** 20


def power_size(expr: sp.Expr) -> int:
    """The highest whole exponent written anywhere."""
    return max((abs(int(power.exp)) for power in expr.atoms(sp.Pow) if power.exp.is_Integer), default=1)


def searched(equation: Equation, low: mpmath.mpf, high: mpmath.mpf) -> list[mpmath.mpf]:
    """Real solutions by changes of sign, and by valleys that touch zero."""
    with mpmath.workdps(15):
        step = (high - low) / STEPS
        places = [low + step * (index + mpmath.mpf("0.0137")) for index in range(-1, STEPS + 1)]
        places = [low, *[place for place in places if low < place < high], high]
        values = [equation.difference(place) for place in places]
    found: list[mpmath.mpf] = []
    for a, b, c, x, y, z in zip(values, values[1:], values[2:], places, places[1:], places[2:]):
        touching = None not in (a, b, c) and a * c > 0 and abs(b) <= abs(a) and abs(b) <= abs(c)
        crossing = None not in (a, b) and a * b <= 0
        if crossing or touching:
            start, end = (x, y) if crossing else (x, z)
            root = polish(equation, start, end)
            if root is not None and start - step <= root <= end + step and not any(close(root, known, SAME) for known in found):
                found.append(root)
    return found


def polish(equation: Equation, start: Number, end: Number) -> mpmath.mpf | None:
    """A solution near two places, to many digits; nothing at a pole or a jump."""

    def call(place: Number) -> mpmath.mpf:
        value = equation.difference(place)
        if value is None:
            raise ValueError("not defined")
        return value

    for solver in ("anderson", "secant"):
        try:
            with mpmath.workdps(30):
                root = real(mpmath.findroot(call, (start, end), solver=solver, maxsteps=60, tol=1e-40, verify=False))
        except (ValueError, ZeroDivisionError, TypeError):
            continue
        if root is not None and mpmath.isfinite(root) and equation.holds(root, 18):
            return root
    return None


def system(claim: Statement) -> str:
    """Values of several unknowns; complete where ranks or SymPy can tell."""
    names = [str(name) for name in claim.parts["unknowns"]]
    unknowns = [symbol(name) for name in names]
    equations = []
    for text in claim.parts["equations"]:
        left, right = (claim.reader.read(side, names) for side in sides(str(text), 2))
        equations.append((left, right))
    tuples = [assignment(claim, values, names) for values in claim.parts["values"]]
    for values in tuples:
        for left, right in equations:
            solves(left, right, dict(zip(unknowns, values)), claim)
    return completed([left - right for left, right in equations], unknowns, tuples)


def assignment(claim: Statement, values: dict[str, str], names: list[str]) -> list[Quantity]:
    if set(values) != set(names):
        raise Unknown("a solution does not name every unknown once")
    return [claim.measured(values[name], [] if values[name] in names else [name]) for name in names]


def solves(left: sp.Expr, right: sp.Expr, values: dict[sp.Symbol, Quantity], claim: Statement) -> None:
    """Put in, the values make both sides equal, whatever their free letters are."""
    free = {letter for value in values.values() for letter in value.expr.free_symbols}
    count = 0
    for place in claim.draw.places(free, 6) if free else [{}]:
        numbers = {unknown: evaluate(value.expr, place) for unknown, value in values.items()}
        if None in numbers.values():
            continue
        one, other = evaluate(left, numbers), evaluate(right, numbers)
        if one is None or other is None:
            raise Refuted("put into an equation, a side is not defined")
        units = [value.unit() for value in values.values() if value.unit() is not None]
        slack = 100 * len(values) * max(units, default=0)
        if not close(one, other) and not abs(one - other) <= slack:
            raise Refuted(f"put into an equation, the sides are {shown(one)} and {shown(other)}")
        count += 1
    if count == 0:
        enough(count)


def completed(differences: list[sp.Expr], unknowns: list[sp.Symbol], tuples: list[list[Quantity]]) -> str:
    try:
        matrix, right = sp.linear_eq_to_matrix(differences, unknowns)
    except (ValueError, NonlinearError):
        return nonlinear(differences, unknowns, tuples)
    rank, full = matrix.rank(), matrix.row_join(right).rank()
    if rank < full:
        if tuples:
            raise Refuted("the equations contradict each other")
        return "the ranks show a contradiction"
    if not tuples:
        raise Refuted("the equations have a solution")
    if len(tuples) > 1:
        raise Unknown("several solutions of a linear system are listed one by one")
    free = {letter for value in tuples[0] for letter in value.expr.free_symbols}
    if len(free) < len(unknowns) - rank:
        raise Refuted("there are infinitely many solutions")
    return "each value put in; the ranks show that there is no other"


def nonlinear(differences: list[sp.Expr], unknowns: list[sp.Symbol], tuples: list[list[Quantity]]) -> str:
    """SymPy's real solutions must all be listed."""
    found = alarm.attempt(lambda: sp.solve(differences, unknowns, dict=True), 2.0)
    if found is None or any(set(values) != set(unknowns) for values in found):
        raise Unknown("each value solves the system; whether there are more is not known")
    listed = [[evaluate(value.expr, {}) for value in values] for values in tuples]
    for values in found:
        numbers = [evaluate(values[unknown], {}) for unknown in unknowns]
        if None in numbers or any(real(number) is None for number in numbers):
            continue
        if not any(None not in row and all(close(a, b, 2) for a, b in zip(row, numbers)) for row in listed):
            shown_values = ", ".join(f"{unknown} = {shown(number)}" for unknown, number in zip(unknowns, numbers))
            raise Refuted(f"{shown_values} solves the system too")
    if not tuples and found:
        raise Unknown("whether the system has solutions is not known")
    return "each value put in; SymPy finds no other"
