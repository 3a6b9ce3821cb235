"""Determinants, inverses and products of matrices."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations
from typing import Any

import sympy as sp

from lesson import Lesson, New, Piece, bracketed, signed, tex
from notation import CheckFailed, Refused, build

#: Numerator and denominator of an entry.
MAX_ENTRY = 10**4


def read(rows: Any) -> sp.Matrix:
    """A matrix of rational numbers."""
    matrix = sp.Matrix([[build(entry) for entry in row] for row in rows])
    for entry in matrix:
        if not entry.is_Rational or abs(entry.p) > MAX_ENTRY or entry.q > MAX_ENTRY:
            raise Refused("The entries of a matrix must be rational numbers of moderate size.")
    return matrix


def as_tex(matrix: sp.Matrix, marks: set[tuple[int, int]] = frozenset(), brackets: str = "()") -> list[Piece]:
    """A matrix in pieces, one an entry, so that entries can be highlighted."""
    gap = "[4pt]" if any(not entry.is_Integer for entry in matrix) else "[2pt]"
    line: list[Piece] = [rf"\left{brackets[0]}\begin{{matrix}}"]
    for row in range(matrix.rows):
        for column in range(matrix.cols):
            lead = "" if row == column == 0 else rf"\\{gap} " if column == 0 else "& "
            piece = lead + tex(matrix[row, column])
            line.append(New(piece) if (row, column) in marks else piece)
    return [*line, rf"\end{{matrix}}\right{brackets[1]}"]


# -- determinant ------------------------------------------------------------


def determinant(task: dict[str, Any]) -> Lesson:
    """2 by 2 by its formula, 3 by 3 along the first row, 4 by 4 by elimination."""
    matrix = read(task["matrix"])
    lesson = Lesson("Finding a determinant")
    name: list[Piece] = [r"\det", *as_tex(matrix)]
    lesson.step("", *name)
    size = matrix.rows
    value = {1: one, 2: two, 3: three}.get(size, eliminate)(lesson, matrix)
    if value != leibniz(matrix):
        raise CheckFailed("the determinant differs from the sum over all permutations")
    lesson.answer(*name, "=", tex(value))
    lesson.check = "Check: the sum over all permutations of the columns gives the same number."
    if value == 0:
        lesson.check += " A zero determinant means that the matrix has no inverse."
    lesson.claim("determinant", matrix=matrix, value=value)
    return lesson


def leibniz(matrix: sp.Matrix) -> sp.Rational:
    """The definition, in exact fractions of Python."""
    entries = [[Fraction(int(e.p), int(e.q)) for e in row] for row in matrix.tolist()]
    total = Fraction(0)
    for order in permutations(range(matrix.rows)):
        inversions = sum(a > b for i, a in enumerate(order) for b in order[i + 1 :])
        product = Fraction((-1) ** inversions)
        for row, column in enumerate(order):
            product *= entries[row][column]
        total += product
    return sp.Rational(total.numerator, total.denominator)


def one(lesson: Lesson, matrix: sp.Matrix) -> sp.Expr:
    lesson.step("The determinant of a single number is the number itself.", r"\det", *as_tex(matrix), "=", New(tex(matrix[0, 0])))
    return matrix[0, 0]


def two(lesson: Lesson, matrix: sp.Matrix) -> sp.Expr:
    a, b, c, d = matrix
    sample = r"\left|\begin{matrix} a & b \\ c & d \end{matrix}\right|"
    lesson.step("The rule: product of the main diagonal minus product of the other one.", sample, "=", New("a d"), "-", New("b c"))
    lesson.step("The main diagonal.", *as_tex(matrix, {(0, 0), (1, 1)}, "||"), r"\quad", New(rf"{bracketed(a)} \cdot {bracketed(d)} = {tex(a * d)}"))
    lesson.step("The other diagonal.", *as_tex(matrix, {(0, 1), (1, 0)}, "||"), r"\quad", New(rf"{bracketed(b)} \cdot {bracketed(c)} = {tex(b * c)}"))
    lesson.step("Subtract.", tex(a * d), "-", bracketed(b * c), "=", New(tex(a * d - b * c)))
    return a * d - b * c


def three(lesson: Lesson, matrix: sp.Matrix) -> sp.Expr:
    """Laplace along the row or column with the most zeros, stated."""
    row = max(range(3), key=lambda r: (sum(matrix[r, c] == 0 for c in range(3)), -r))
    names = ["first", "second", "third"]
    line: list[Piece] = []
    values: list[tuple[sp.Expr, sp.Expr]] = []
    for column in range(3):
        entry = matrix[row, column]
        if entry == 0:
            continue
        sign = (-1) ** (row + column)
        minor = matrix.minor_submatrix(row, column)
        values.append((sign * entry, minor.det()))
        lead = tex(sign * entry) if not line else signed(sign * entry)
        inner = r" \\ ".join(" & ".join(tex(e) for e in minor.row(r)) for r in range(2))
        line += [New(lead), rf"\left|\begin{{matrix}} {inner} \end{{matrix}}\right|"]
    if not values:
        lesson.step(f"All of the {names[row]} row is zero.", *as_tex(matrix, {(row, c) for c in range(3)}, "||"), "=", New("0"))
        return sp.Integer(0)
    lesson.step(f"Expand along the {names[row]} row, with alternating signs.", *as_tex(matrix, {(row, c) for c in range(3)}, "||"))
    lesson.step("Each entry times the determinant without its row and column.", "=", *line)
    factors: list[Piece] = []
    for index, (factor, minor) in enumerate(values):
        lead = tex(factor) if index == 0 else signed(factor)
        factors += [rf"{lead} \cdot", New(bracketed(minor))]
    lesson.step("Work out the small determinants.", "=", *factors)
    products = [factor * minor for factor, minor in values]
    shown = [tex(products[0]), *[signed(p) for p in products[1:]]]
    lesson.step("Multiply.", "=", *[New(p) for p in shown])
    total = sum(products, sp.Integer(0))
    lesson.step("Add.", "=", New(tex(total)))
    return total


def eliminate(lesson: Lesson, matrix: sp.Matrix) -> sp.Expr:
    """Row operations down to a triangle; the diagonal multiplied."""
    work, sign = matrix.copy(), 1
    lesson.step("Adding a multiple of a row to another does not change the determinant.", *as_tex(work, frozenset(), "||"))
    for column in range(work.cols):
        pivot = next((r for r in range(column, work.rows) if work[r, column] != 0), None)
        if pivot is None:
            lesson.step("A column without a pivot: the determinant is zero.", *as_tex(work, {(r, column) for r in range(column, work.rows)}, "||"), "=", New("0"))
            return sp.Integer(0)
        if pivot != column:
            work.row_swap(pivot, column)
            sign = -sign
            lesson.step(f"Swap rows {column + 1} and {pivot + 1}: the sign changes.", "-" if sign < 0 else "", *as_tex(work, {(r, c) for r in (pivot, column) for c in range(work.cols)}, "||"))
        changed = set()
        for row in range(column + 1, work.rows):
            if work[row, column] != 0:
                work = work.elementary_row_op("n->n+km", row=row, k=-work[row, column] / work[column, column], row2=column)
                changed.add(row)
        if changed:
            lesson.step(f"Clear column {column + 1} below the diagonal.", "-" if sign < 0 else "", *as_tex(work, {(r, c) for r in changed for c in range(column, work.cols)}, "||"))
    diagonal = [work[k, k] for k in range(work.rows)]
    value = sign * sp.Mul(*diagonal)
    product = r" \cdot ".join(bracketed(entry) for entry in diagonal)
    lesson.step("Multiply the diagonal.", "-" if sign < 0 else "", product, "=", New(tex(value)))
    return value


# -- inverse ----------------------------------------------------------------


def inverse(task: dict[str, Any]) -> Lesson:
    """2 by 2 by its formula, larger ones by Gauss and Jordan."""
    matrix = read(task["matrix"])
    lesson = Lesson("Inverting a matrix")
    lesson.step("", "A", "=", *as_tex(matrix))
    if leibniz(matrix) == 0:
        lesson.step("Look at the determinant.", r"\det A", "=", New("0"))
        lesson.answer(r"\text{the matrix has no inverse}")
        lesson.check = "A matrix with determinant zero cannot be inverted."
        lesson.claim("singular", matrix=matrix)
        return lesson
    result = adjugate(lesson, matrix) if matrix.rows == 2 else jordan(lesson, matrix)
    if times(matrix, result) != identity(matrix.rows):
        raise CheckFailed("the matrix times its inverse is not the identity")
    lesson.answer("A^{-1}", "=", *as_tex(result))
    lesson.check = "Check: $A$ times this matrix is the identity matrix."
    lesson.claim("inverse", matrix=matrix, value=result)
    return lesson


def adjugate(lesson: Lesson, matrix: sp.Matrix) -> sp.Matrix:
    a, b, c, d = matrix
    value = a * d - b * c
    lesson.step("The determinant must not be zero.", r"\det A", "=", rf"{bracketed(a)} \cdot {bracketed(d)} - {bracketed(b)} \cdot {bracketed(c)}", "=", New(tex(value)))
    swapped = sp.Matrix([[d, -b], [-c, a]])
    lesson.step("Swap the main diagonal and change the signs of the other one.", "A^{-1}", "=", New(rf"\frac{{1}}{{{tex(value)}}}") if value != 1 else "", *as_tex(swapped, {(0, 0), (0, 1), (1, 0), (1, 1)}))
    result = swapped / value
    if value != 1:
        lesson.step(f"Divide each entry by ${tex(value)}$.", "A^{-1}", "=", *as_tex(result, {(0, 0), (0, 1), (1, 0), (1, 1)}))
    return result


def jordan(lesson: Lesson, matrix: sp.Matrix) -> sp.Matrix:
    size = matrix.rows
    work = matrix.row_join(sp.eye(size))
    lesson.step("Write the identity matrix beside it, and make the left half the identity by row operations.", *augmented(work, set()))
    for column in range(size):
        pivot = next(r for r in range(column, size) if work[r, column] != 0)
        said = []
        if pivot != column:
            work.row_swap(pivot, column)
            said.append(f"swap rows {column + 1} and {pivot + 1}")
        if work[column, column] != 1:
            said.append(f"divide row {column + 1} by ${tex(work[column, column])}$")
            work = work.elementary_row_op("n->kn", row=column, k=1 / work[column, column])
        for row in range(size):
            if row != column and work[row, column] != 0:
                work = work.elementary_row_op("n->n+km", row=row, k=-work[row, column], row2=column)
        said.append(f"clear the rest of column {column + 1}")
        text = ", ".join(said) + "."
        lesson.step(text[0].upper() + text[1:], *augmented(work, {column}))
    return work[:, size:]


def augmented(work: sp.Matrix, columns: set[int]) -> list[Piece]:
    size = work.rows
    spec = "r" * size + "|" + "r" * size
    line: list[Piece] = [rf"\left(\begin{{array}}{{{spec}}}"]
    for row in range(size):
        for column in range(2 * size):
            lead = "" if row == column == 0 else r"\\[3pt] " if column == 0 else "& "
            piece = lead + tex(work[row, column])
            line.append(New(piece) if column in columns else piece)
    return [*line, r"\end{array}\right)"]


def identity(size: int) -> list[list[Fraction]]:
    return [[Fraction(int(r == c)) for c in range(size)] for r in range(size)]


def times(one: sp.Matrix, other: sp.Matrix) -> list[list[Fraction]]:
    """The product in exact fractions of Python."""
    a = [[Fraction(int(e.p), int(e.q)) for e in row] for row in one.tolist()]
    b = [[Fraction(int(e.p), int(e.q)) for e in row] for row in other.tolist()]
    return [[sum((a[r][k] * b[k][c] for k in range(len(b))), Fraction(0)) for c in range(len(b[0]))] for r in range(len(a))]


# -- product ----------------------------------------------------------------

#: Entries that are worked out one by one; the others follow the same way.
MAX_SHOWN = 4


def product(task: dict[str, Any]) -> Lesson:
    """Row times column, entry by entry."""
    one, other = read(task["left"]), read(task["right"])
    lesson = Lesson("Multiplying two matrices")
    lesson.step("", *as_tex(one), r"\cdot", *as_tex(other))
    result = one * other
    cells = [(r, c) for r in range(result.rows) for c in range(result.cols)]
    for row, column in cells[:MAX_SHOWN]:
        sums = " + ".join(rf"{bracketed(one[row, k])} \cdot {bracketed(other[k, column])}" for k in range(one.cols))
        lesson.step(
            f"Row {row + 1} times column {column + 1}.",
            rf"c_{{{row + 1}{column + 1}}}", "=", New(sums), "=", New(tex(result[row, column])),
        )
    if len(cells) > MAX_SHOWN:
        lesson.step("The other entries are found in the same way.", "c_{ij}", "=", New(r"\sum_{k} a_{ik} b_{kj}"))
    entries = [[sp.Rational(e.numerator, e.denominator) for e in row] for row in times(one, other)]
    if sp.Matrix(entries) != result:
        raise CheckFailed("the product differs when it is worked out again")
    lesson.answer(*as_tex(one), r"\cdot", *as_tex(other), "=", *as_tex(result))
    lesson.check = "Check: worked out again with exact fractions, every entry is the same."
    lesson.claim("product", left=one, right=other, value=result)
    return lesson
