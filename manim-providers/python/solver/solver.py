"""One task in, one lesson out."""

from __future__ import annotations

from typing import Any

import derivatives
import equations
import integrals
import limits
import matrices
import plots
import sums
import systems
from lesson import MAX_STEPS
from notation import CheckFailed, Refused

FAMILIES = {
    "equation": equations.solve,
    "system": systems.solve,
    "derivative": derivatives.solve,
    "integral": integrals.solve,
    "limit": limits.solve,
    "sum": sums.solve,
    "plot": plots.solve,
    "determinant": matrices.determinant,
    "inverse": matrices.inverse,
    "product": matrices.product,
}


def main(task: dict[str, Any]) -> dict[str, Any]:
    """Solves `task`; says why when it cannot."""
    try:
        lesson = FAMILIES[task["family"]](task)
    except Refused as reason:
        return {"refused": str(reason)}
    except CheckFailed as reason:
        return {"failed_check": str(reason)}
    if len(lesson.steps) > MAX_STEPS:
        return {"refused": "The solution has too many steps for one film."}
    return {"lesson": lesson.data()}
