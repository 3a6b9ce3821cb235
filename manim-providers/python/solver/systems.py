"""Systems of linear equations, by elimination."""

from __future__ import annotations

from typing import Any

import sympy as sp

import proof
from lesson import Lesson, New, signed, tex
from notation import CheckFailed, Refused, build, expanded

#: Digits that keep the numbers readable.
MAX_NUMBER = 10**6
NUMERALS = ["I", "II", "III"]


def solve(task: dict[str, Any]) -> Lesson:
    """The lesson of one system."""
    if task["method"] == "substitution":
        raise Refused("Systems are solved by elimination here.")
    unknowns = [sp.Symbol(name, real=True) for name in task["unknowns"]]
    given = [(build(left), build(right)) for left, right in task["equations"]]
    rows = [row_of(left - right, unknowns) for left, right in given]
    lesson = Lesson("Solving a system of linear equations")
    lesson.method("elimination")
    lines = r" \\ ".join(f"{left} & = & {right}" for left, right in task["tex"])
    lesson.step("", rf"\left\{{\begin{{array}}{{rcl}} {lines} \end{{array}}\right.")
    elimination = Elimination(lesson, unknowns, rows)
    standard = r" \\ ".join(rf"\mathrm{{{NUMERALS[i]}}}: & {elimination.equation(i)}" for i in range(len(rows)))
    fractions = any(not c.is_Integer for left, right in given for c in sp.Poly(left - right, *unknowns).coeffs())
    why = "Clear the fractions and number the equations." if fractions else "Order the terms and number the equations."
    lesson.step(why, rf"\begin{{array}}{{rl}} {standard} \end{{array}}")
    elimination.run()
    check(lesson, given, unknowns, elimination)
    return lesson


def row_of(difference: sp.Expr, unknowns: list[sp.Symbol]) -> list[sp.Rational]:
    """Coefficients and the right side of one equation, whole and without common factor."""
    difference = expanded(difference)
    if not difference.is_polynomial(*unknowns) or sp.Poly(difference, *unknowns).total_degree() > 1:
        raise Refused("Only systems of linear equations are supported.")
    row = [difference.coeff(unknown) for unknown in unknowns]
    row.append(-difference.subs(dict.fromkeys(unknowns, 0)))
    if any(not entry.is_Rational or abs(entry.p) + entry.q > MAX_NUMBER for entry in row):
        raise Refused("The coefficients of the system must be rational numbers of moderate size.")
    scale = sp.ilcm(*[entry.q for entry in row])
    return [entry * scale for entry in row]


class Elimination:
    """Rows of whole numbers on their way to a triangle."""

    def __init__(self, lesson: Lesson, unknowns: list[sp.Symbol], rows: list[list[sp.Integer]]) -> None:
        self.lesson, self.unknowns, self.rows = lesson, unknowns, [list(row) for row in rows]
        self.values: dict[sp.Symbol, sp.Expr] = {}
        self.free: list[sp.Symbol] = []
        self.impossible = False

    def equation(self, index: int, row: list[sp.Integer] | None = None) -> str:
        return f"{self.side(row or self.rows[index])} = {tex((row or self.rows[index])[-1])}"

    def side(self, row: list[sp.Integer]) -> str:
        shown = [(c, u) for c, u in zip(row, self.unknowns) if c != 0]
        if not shown:
            return "0"
        (first, unknown), *rest = shown
        return " ".join([tex(first * unknown), *[signed(c * u) for c, u in rest]])

    def run(self) -> None:
        pivots: list[tuple[int, int]] = []
        used: set[int] = set()
        for column in range(len(self.unknowns)):
            candidates = [i for i in range(len(self.rows)) if i not in used and self.rows[i][column] != 0]
            if not candidates:
                continue
            pivot = min(candidates, key=lambda i: (abs(self.rows[i][column]), i))
            used.add(pivot)
            pivots.append((pivot, column))
            for other in candidates:
                if other != pivot:
                    self.eliminate(pivot, other, column)
                if self.contradiction(other):
                    return
        for index in range(len(self.rows)):
            if index not in used and self.contradiction(index):
                return
        self.substitute_back(pivots)

    def eliminate(self, pivot: int, other: int, column: int) -> None:
        a, b = self.rows[pivot][column], self.rows[other][column]
        common = sp.ilcm(abs(a), abs(b))
        m, n = common / abs(b), common / abs(a)
        sign = -1 if a * b > 0 else 1
        row = [m * y + sign * n * x for x, y in zip(self.rows[pivot], self.rows[other])]
        first = times(m, NUMERALS[other])
        second = times(n, NUMERALS[pivot])
        verb = "-" if sign < 0 else "+"
        unknown = tex(self.unknowns[column])
        self.lesson.step(
            f"Combine two equations so that ${unknown}$ disappears.",
            rf"{first} {verb} {second}:\quad", New(self.side(row)), "=", New(tex(row[-1])),
        )
        leading = next((entry for entry in row[:-1] if entry != 0), 1)
        divisor = sp.igcd(*row) * (-1 if leading < 0 else 1)
        if divisor not in (0, 1):
            row = [entry / divisor for entry in row]
            why = "Change the signs." if divisor == -1 else f"Divide by ${tex(divisor)}$."
            self.lesson.step(why, rf"\mathrm{{{NUMERALS[other]}}}:\quad", New(self.side(row)), "=", New(tex(row[-1])))
        self.rows[other] = row

    def contradiction(self, index: int) -> bool:
        row = self.rows[index]
        if any(entry != 0 for entry in row[:-1]) or row[-1] == 0:
            return False
        self.impossible = True
        self.lesson.step("This is never true.", "0", "=", New(tex(row[-1])))
        return True

    def substitute_back(self, pivots: list[tuple[int, int]]) -> None:
        columns = {column for _, column in pivots}
        self.free = [u for i, u in enumerate(self.unknowns) if i not in columns]
        for unknown in self.free:
            self.values[unknown] = unknown
        if self.free:
            names = " and ".join(f"${tex(u)}$" for u in self.free)
            self.lesson.step(f"An equation is left over that says nothing: {names} can be any number.", *self.any_number())
        for pivot, column in reversed(pivots):
            row, unknown = self.rows[pivot], self.unknowns[column]
            known = sum((c * self.values[u] for c, u in zip(row, self.unknowns) if u != unknown and c != 0), sp.Integer(0))
            value = sp.expand((row[-1] - known) / row[column])
            others = [u for c, u in zip(row, self.unknowns) if c != 0 and u != unknown]
            self.values[unknown] = value
            if not others and row[column] == 1:
                continue
            put = " and ".join(f"${tex(u)} = {tex(self.values[u])}$" for u in others if u not in self.free)
            how = f"Put {put} into {NUMERALS[pivot]}." if put else f"Solve {NUMERALS[pivot]} for ${tex(unknown)}$."
            self.lesson.step(how, tex(unknown), "=", New(tex(value)))

    def any_number(self) -> list[Any]:
        line: list[Any] = []
        for index, unknown in enumerate(self.free):
            line += [r",\quad" if index else "", New(rf"{tex(unknown)} \in \mathbb{{R}}")]
        return [piece for piece in line if piece != ""]


def check(lesson: Lesson, given: list[tuple[sp.Expr, sp.Expr]], unknowns: list[sp.Symbol], found: Elimination) -> None:
    """Puts the values into the equations as given; ranks decide whether all were found."""
    matrix, right = sp.linear_eq_to_matrix([left - other for left, other in given], unknowns)
    rank, full = matrix.rank(), matrix.row_join(right).rank()
    if found.impossible != (rank < full) or (not found.impossible and len(found.free) != len(unknowns) - rank):
        raise CheckFailed("the number of solutions does not follow from the ranks")
    if found.impossible:
        lesson.answer(r"\text{no solution}")
        lesson.check = "Check: the equations contradict each other, as their ranks show."
        lesson.claim("linear_system", equations=[list(pair) for pair in given], unknowns=unknowns, solutions=[])
        return
    for left, other in given:
        for shift in ([0] if not found.free else [0, 1, -3]):
            place = {u: value.subs({f: sp.Integer(shift) + k for k, f in enumerate(found.free)}) for u, value in found.values.items()}
            proof.agree(left.subs(place, simultaneous=True), other.subs(place, simultaneous=True))
    line: list[str] = []
    for index, unknown in enumerate(unknowns):
        value = found.values[unknown]
        line.append(f"{tex(unknown)} = {tex(value)}" if unknown not in found.free else rf"{tex(unknown)} \text{{ any number}}")
        if index + 1 < len(unknowns):
            line.append(r",\quad")
    lesson.answer(*line)
    lesson.check = "Check: put into every equation as it was given, these values make both sides equal."
    lesson.claim("linear_system", equations=[list(pair) for pair in given], unknowns=unknowns, solutions=[found.values[u] for u in unknowns])


def times(count: sp.Integer, numeral: str) -> str:
    """An equation's number with its factor."""
    name = rf"\mathrm{{{numeral}}}"
    return name if count == 1 else rf"{tex(count)} \cdot {name}"
