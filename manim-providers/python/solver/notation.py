"""Expressions as nested lists, to SymPy and back.

Built node by node from lists of known names: no text is ever parsed or evaluated here.
Sizes are checked before SymPy sees a number, because SymPy evaluates powers at once.
"""

from __future__ import annotations

from typing import Any

import sympy as sp

#: Nodes of one expression. A long homework formula has fifty.
MAX_NODES = 200
#: Digits that a power of numbers may have.
MAX_POWER_DIGITS = 60
#: Whole exponents on anything that has a variable.
MAX_EXPONENT = 20
#: Terms that an expanded product may have.
MAX_TERMS = 200


class Refused(Exception):
    """The problem is outside what can be solved; the text is for the user."""


class CheckFailed(Exception):
    """An answer did not pass its own check."""


FUNCTIONS = {
    "sin": sp.sin,
    "cos": sp.cos,
    "tan": sp.tan,
    "sec": sp.sec,
    "csc": sp.csc,
    "cot": sp.cot,
    "asin": sp.asin,
    "acos": sp.acos,
    "atan": sp.atan,
    "sinh": sp.sinh,
    "cosh": sp.cosh,
    "tanh": sp.tanh,
    "ln": sp.log,
    "exp": sp.exp,
    "abs": sp.Abs,
}
CONSTANTS = {"pi": sp.pi, "e": sp.E, "infinity": sp.oo}
NAMES = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") | {
    "alpha", "beta", "gamma", "delta", "theta", "lambda", "mu", "phi", "omega",
}


def symbol(name: str, **assumptions: bool) -> sp.Symbol:
    """The variable of a name from the list."""
    if name not in NAMES:
        raise Refused("A variable has a name that is not known.")
    return sp.Symbol(name, **assumptions)


def build(tree: Any, *, real: bool = True) -> sp.Expr:
    """The SymPy expression of a tree; its variables are real unless said otherwise."""
    return _Builder(real).node(tree)


class _Builder:
    def __init__(self, real: bool) -> None:
        self.real = real
        self.nodes = 0

    def node(self, tree: Any) -> sp.Expr:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise Refused("The formula is too long.")
        head, *rest = tree
        if head == "num":
            return sp.Rational(int(rest[0]), 10 ** int(rest[1]))
        if head == "sym":
            return symbol(rest[0], real=True) if self.real else symbol(rest[0])
        if head in CONSTANTS:
            return CONSTANTS[head]
        if head == "root":
            return self.checked(sp.real_root(self.node(rest[1]), int(rest[0])) if int(rest[0]) % 2 else sp.root(self.node(rest[1]), int(rest[0])))
        parts = [self.node(part) for part in rest]
        return self.checked(self.combine(head, parts))

    def combine(self, head: str, parts: list[sp.Expr]) -> sp.Expr:
        if head == "add":
            return sp.Add(*parts)
        if head == "mul":
            return sp.Mul(*parts)
        if head == "neg":
            return -parts[0]
        if head == "div":
            if parts[1].is_zero:
                raise Refused("The formula divides by zero.")
            return parts[0] / parts[1]
        if head == "pow":
            return power(*parts)
        if head == "log":
            base, argument = parts
            if not (base.is_positive and base != 1):
                raise Refused("The base of a logarithm must be positive and not 1.")
            return sp.log(argument) / sp.log(base)
        if head in FUNCTIONS:
            return FUNCTIONS[head](parts[0])
        raise Refused("The formula has a part that is not known.")

    def checked(self, value: sp.Expr) -> sp.Expr:
        if value.has(sp.nan, sp.zoo):
            raise Refused("The formula is not defined: it divides by zero or takes a root or logarithm of nothing.")
        return value


def power(base: sp.Expr, exponent: sp.Expr) -> sp.Expr:
    """A power that is small enough to be worked out."""
    if base.is_zero and not exponent.is_positive:
        raise Refused("A power of zero in the formula is not defined.")
    if exponent.is_Rational:
        limit = MAX_EXPONENT if base.free_symbols else 10**6
        if abs(exponent) > limit:
            raise Refused(f"The exponent {exponent} is larger than {limit}.")
        if base.is_Rational:
            digits = len(str(base.p)) + len(str(base.q))
            if digits * abs(exponent) > MAX_POWER_DIGITS and abs(base) != 1 and not base.is_zero:
                raise Refused("A power of numbers is too large.")
        if exponent.q > 9:
            raise Refused("A root of that degree is not supported.")
    elif not exponent.free_symbols and abs(sp.N(exponent, 15)) > 100 and exponent.is_finite:
        raise Refused("The exponent is too large.")
    return sp.Pow(base, exponent)


def terms_when_expanded(expr: sp.Expr) -> int:
    """An upper bound of the terms of the expanded form, without expanding."""
    if expr.is_Add:
        return sum(terms_when_expanded(part) for part in expr.args)
    if expr.is_Mul:
        product = 1
        for part in expr.args:
            product *= terms_when_expanded(part)
        return product
    if expr.is_Pow and expr.exp.is_Integer and expr.base.is_Add:
        inner = terms_when_expanded(expr.base)
        return int(sp.binomial(inner + abs(int(expr.exp)) - 1, abs(int(expr.exp))))
    return 1


def expanded(expr: sp.Expr) -> sp.Expr:
    """Multiplied out, if that stays small."""
    if terms_when_expanded(expr) > MAX_TERMS:
        raise Refused("The formula has too many terms when it is multiplied out.")
    return sp.expand(expr)


#: Digits after the point of what is not known exactly.
ROUNDED_DIGITS = 12


def decimal(value: sp.Expr, digits: int) -> Any:
    """A rounded number, with all of its digits shown."""
    whole = int(sp.Integer(round(value * 10**digits)))
    size = ["num", str(abs(whole)), digits]
    return ["neg", size] if whole < 0 else size


_HEADS = {function: name for name, function in FUNCTIONS.items()}


def tree(value: Any) -> Any:
    """An expression as nested lists, for claims. The inverse of `build`."""
    value = sp.sympify(value, strict=True)
    if isinstance(value, sp.Rational):
        sign, size = value.p < 0, ["num", str(abs(value.p)), 0]
        if value.q != 1:
            size = ["div", size, ["num", str(value.q), 0]]
        return ["neg", size] if sign else size
    if isinstance(value, sp.Symbol):
        return ["sym", value.name]
    for name, constant in CONSTANTS.items():
        if value == constant:
            return [name]
    if value == -sp.oo:
        return ["neg", ["infinity"]]
    if value == sp.I:
        return ["i"]
    if isinstance(value, sp.Float):
        return decimal(value, ROUNDED_DIGITS)
    if isinstance(value, sp.exp):
        return ["exp", tree(value.args[0])]
    if value.is_Mul and value.args[0].is_negative:
        return ["neg", tree(-value)]
    heads = {sp.Add: "add", sp.Mul: "mul", sp.Pow: "pow"}
    head = heads.get(value.func) or _HEADS.get(value.func)
    if head is None:
        raise Refused("The answer has a part that cannot be shown.")
    return [head, *[tree(part) for part in as_written(value)]]


def as_written(value: sp.Expr) -> tuple[sp.Expr, ...] | list[sp.Expr]:
    """The parts in the order in which a school book writes them."""
    if value.is_Add:
        return value.as_ordered_terms()
    return value.as_ordered_factors() if value.is_Mul else value.args
