"""Equations in one unknown: which way leads to the solutions."""

from __future__ import annotations

from typing import Any

import sympy as sp

from lesson import Lesson
from polynomials import polynomial
from reductions import absolute, denominators, is_root_equation, radical, rational, transcendental
from unknowns import Equation


def solve(task: dict[str, Any]) -> Lesson:
    """The lesson of one equation."""
    eq = Equation(task)
    difference = eq.left - eq.right
    if difference.has(sp.Abs):
        absolute(eq)
    elif is_root_equation(eq, difference):
        radical(eq)
    elif denominators(eq):
        rational(eq)
    elif difference.is_polynomial(eq.x):
        polynomial(eq, eq.left, eq.right)
    else:
        transcendental(eq)
    return eq.lesson
