"""Which of a list of claims hold: the program's `main`.

A claim is called false only when numbers and SymPy leave no doubt in every reading of its
notation; what cannot be read, decided or finished in time is said to be unverified.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import mpmath

import alarm
import arrays
import calculus
import solution_sets
import tending
from formula import Reader, Unreadable
from numeric import DIGITS, Draw
from statement import Quantity, Refuted, Statement, Unknown, equal, sides

#: Seconds of the processor for one claim, in all its readings.
CLAIM_S = 3.0
#: Seconds after which no other claim is begun: the script's own limit must not be met.
LIST_S = 12.0
#: Characters of a reason.
MAX_WHY = 200


def equality(claim: Statement) -> str:
    texts = sides(claim.text("equation"))
    first, *rest = [claim.measured(text, []) for text in texts]
    for value in rest:
        exact, other = (value, first) if first.decimals is not None and value.decimals is None else (first, value)
        how = equal(exact.expr, Quantity(other.expr, other.decimals), claim.draw)
    return how


CHECKS: dict[str, Callable[[Statement], str]] = {
    "equality": equality,
    "value": calculus.value,
    "derivative": calculus.derivative,
    "antiderivative": calculus.antiderivative,
    "integral": calculus.integral,
    "root": calculus.root,
    "stationary_point": calculus.stationary_point,
    "inflection_point": calculus.inflection_point,
    "solutions": solution_sets.solutions,
    "system": solution_sets.system,
    "limit": tending.limit,
    "sum": tending.total,
    "determinant": arrays.determinant,
    "inverse": arrays.inverse,
    "matrix_product": arrays.product,
}


def main(claims: list[dict[str, Any]]) -> list[dict[str, str]]:
    """A verdict for each claim, in order."""
    mpmath.mp.dps = DIGITS
    end = time.monotonic() + LIST_S
    return [verdict(claim, end) for claim in claims]


def verdict(claim: dict[str, Any], end: float) -> dict[str, str]:
    if time.monotonic() > end:
        return told("unverified", "no time was left for it")
    try:
        with alarm.within(CLAIM_S):
            return judged(claim)
    except alarm.TimeUp:
        alarm.stop()
        mpmath.mp.dps = DIGITS
        return told("unverified", "checking it takes too long")


def judged(claim: dict[str, Any]) -> dict[str, str]:
    """False only if false in every reading; the first reading gives the reason."""
    check = CHECKS.get(str(claim.get("kind")))
    if check is None:
        return told("unverified", "this kind of claim is not known")
    refuted = None
    for reader in readings():
        outcome = one_reading(claim, check, reader)
        if outcome["verdict"] == "verified":
            return outcome
        if outcome["verdict"] == "unverified" and refuted is not None:
            return told("unverified", "it is false in one reading of its notation")
        if outcome["verdict"] == "unverified":
            return outcome
        refuted = refuted or outcome
    return refuted or told("unverified", "it could not be read")


def readings() -> Iterator[Reader]:
    """The usual reading, then every other one that the notation allows."""
    first = Reader()
    yield first
    for size in range(1, len(first.met) + 1):
        for chosen in itertools.combinations(sorted(first.met), size):
            yield Reader(frozenset(chosen))


def one_reading(claim: dict[str, Any], check: Callable[[Statement], str], reader: Reader) -> dict[str, str]:
    # The claim's own digest: nobody can fit a claim to places that the claim itself moves.
    seed = hashlib.sha256(json.dumps(claim, sort_keys=True).encode()).digest()
    try:
        return told("verified", check(Statement(claim, reader, Draw(seed))))
    except Refuted as reason:
        return told("refuted", str(reason))
    except (Unreadable, Unknown) as reason:
        return told("unverified", str(reason))
    except Exception as error:  # SymPy raises whatever its algorithms run into.
        return told("unverified", f"the check failed on it ({type(error).__name__})")


def told(verdict: str, why: str) -> dict[str, str]:
    return {"verdict": verdict, "why": why[:MAX_WHY]}
