"""Determinants, inverses and products of matrices, from their definitions."""

from __future__ import annotations

from itertools import permutations

import sympy as sp

from statement import Quantity, Refuted, Statement, Unknown, equal

#: A determinant of this size has 720 products.
MAX_SIZE = 6


def matrix(claim: Statement, name: str) -> list[list[sp.Expr]]:
    rows = [[claim.read(str(entry)) for entry in row] for row in claim.parts[name]]
    if not rows or len(rows) > MAX_SIZE or not 0 < len(rows[0]) <= MAX_SIZE or any(len(row) != len(rows[0]) for row in rows):
        raise Unknown(f"a matrix is not a rectangle of at most {MAX_SIZE} rows and columns")
    return rows


def square(claim: Statement, name: str) -> list[list[sp.Expr]]:
    rows = matrix(claim, name)
    if len(rows) != len(rows[0]):
        raise Refuted("the matrix is not square")
    return rows


def leibniz(rows: list[list[sp.Expr]]) -> sp.Expr:
    """The sum over all permutations."""
    total = sp.Integer(0)
    for order in permutations(range(len(rows))):
        swaps = sum(a > b for index, a in enumerate(order) for b in order[index + 1 :])
        total += (-1) ** swaps * sp.Mul(*[rows[row][column] for row, column in enumerate(order)])
    return total


def multiplied(left: list[list[sp.Expr]], right: list[list[sp.Expr]]) -> list[list[sp.Expr]]:
    if len(left[0]) != len(right):
        raise Refuted("the matrices cannot be multiplied: their sizes do not fit")
    return [[sp.Add(*[a * b for a, b in zip(row, column)]) for column in zip(*right)] for row in left]


def entries_are(seen: list[list[sp.Expr]], claimed: list[list[sp.Expr]], claim: Statement, what: str) -> None:
    if (len(seen), len(seen[0])) != (len(claimed), len(claimed[0])):
        raise Refuted(f"{what} has {len(seen)} rows and {len(seen[0])} columns")
    for i, (row, other) in enumerate(zip(seen, claimed), start=1):
        for j, (entry, value) in enumerate(zip(row, other), start=1):
            equal(entry, Quantity(value, None), claim.draw, f"{what}: entry {i}, {j}")


def determinant(claim: Statement) -> str:
    equal(leibniz(square(claim, "matrix")), claim.quantity("value"), claim.draw, "the determinant")
    return "worked out from all permutations"


def inverse(claim: Statement) -> str:
    rows = square(claim, "matrix")
    if claim.parts.get("value") is None:
        equal(leibniz(rows), Quantity(sp.Integer(0), None), claim.draw, "the determinant")
        return "the determinant is zero"
    identity = [[sp.Integer(int(i == j)) for j in range(len(rows))] for i in range(len(rows))]
    entries_are(multiplied(rows, matrix(claim, "value")), identity, claim, "the product of both")
    return "multiplied with the matrix"


def product(claim: Statement) -> str:
    seen = multiplied(matrix(claim, "left"), matrix(claim, "right"))
    entries_are(seen, matrix(claim, "value"), claim, "the product")
    return "multiplied entry by entry"
