"""Derivatives, with the rule of each step by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy as sp

import proof
from lesson import Lesson, New, Piece, bracketed, signed, terms, tex
from notation import CheckFailed, Refused, build

ORDINALS = {1: "the derivative", 2: "the second derivative", 3: "the third derivative", 4: "the fourth derivative", 5: "the fifth derivative"}
#: How long a derivative may be to be shown, in characters of LaTeX.
MAX_SHOWN = 260


@dataclass(frozen=True)
class Rule:
    """How the outermost part of a function is differentiated."""

    name: str
    u: sp.Expr
    v: sp.Expr


def solve(task: dict[str, Any]) -> Lesson:
    """The lesson of one derivative."""
    function, x = build(task["function"]), sp.Symbol(task["variable"], real=True)
    order = int(task["order"])
    if function.atoms(sp.Abs) and any(x in a.free_symbols for a in function.atoms(sp.Abs)):
        raise Refused("Derivatives of absolute values are not supported.")
    lesson = Lesson(f"Finding {ORDINALS[order]}")
    derivation = Derivation(lesson, x, task["method"])
    lesson.step("", prime(x, 0), "=", task["tex"])
    value = function
    for number in range(1, order + 1):
        value = derivation.differentiate(value, number)
        if len(tex(value)) > MAX_SHOWN:
            raise Refused("The derivative is too long for a film.")
    if sp.simplify(value - sp.diff(function, x, order)) != 0:
        raise CheckFailed("the rules and SymPy disagree")
    proof.derivative_is(function, x, order, value)
    lesson.claim("derivative", function=function, variable=x, order=order, value=value)
    if task["at"] is None:
        lesson.answer(prime(x, order), "=", *terms(value))
        lesson.check = "Check: at several points the formula agrees with slopes measured on the function."
    else:
        at_point(lesson, function, value, x, order, build(task["at"]))
    return lesson


def at_point(lesson: Lesson, function: sp.Expr, value: sp.Expr, x: sp.Symbol, order: int, place: sp.Expr) -> None:
    """The value of the derivative at a point, where the function is defined."""
    here, result = function.subs(x, place), sp.simplify(value.subs(x, place))
    if not proof.is_number(proof.number(here)) or not proof.is_number(proof.number(result)) or result.has(sp.zoo, sp.nan):
        raise Refused("The function has no derivative at that point.")
    if not result.is_real:
        raise Refused("The derivative is not real at that point.")
    lesson.step(f"Put ${tex(x)} = {tex(place)}$ in.", prime(x, order, tex(place)), "=", New(tex(result)))
    lesson.answer(prime(x, order, tex(place)), "=", tex(result))
    lesson.check = "Check: the slope measured on the function at this point agrees."
    call = sp.lambdify(x, function, "mpmath")
    with proof.mpmath.workdps(proof.DIGITS):
        seen = proof.mpmath.diff(call, proof.mpmath.mpmathify(sp.N(place, proof.DIGITS)), order)
    if not proof.close(seen, proof.number(result), 1e-8):
        raise CheckFailed("the slope at the point differs")
    lesson.claim("derivative_at", function=function, variable=x, order=order, point=place, value=result)


def prime(x: sp.Symbol, order: int, place: str | None = None) -> str:
    marks = "'" * order if order < 4 else f"^{{({order})}}"
    return f"f{marks}\\left({place or tex(x)}\\right)"


class Derivation:
    """Applies rules and tells which."""

    def __init__(self, lesson: Lesson, x: sp.Symbol, wanted: str | None) -> None:
        self.lesson, self.x, self.wanted = lesson, x, wanted

    def differentiate(self, function: sp.Expr, number: int) -> sp.Expr:
        """One order: the first in detail, later ones in a line or two."""
        name = prime(self.x, number)
        if number == 1:
            return self.first(function, name)
        rules = self.rule_names(function)
        value = neat(sp.diff(function, self.x), self.x)
        self.lesson.step(f"Differentiate again{', by the ' + rules if rules else ''}.", name, "=", *[New(t) for t in terms(value)])
        return value

    def first(self, function: sp.Expr, name: str) -> sp.Expr:
        x = self.x
        if x not in function.free_symbols:
            self.lesson.step("The derivative of a constant is zero.", name, "=", New("0"))
            return sp.Integer(0)
        constant, core = function.as_independent(x, as_Add=False)
        if core.is_Add or function.is_Add:
            return self.sum(function, name)
        rule = self.rule(core)
        if constant != 1 and rule.name in ("product rule", "quotient rule", "chain rule"):
            self.lesson.step(f"The constant factor ${tex(constant)}$ stays.", name, "=", tex(constant) + r" \cdot", New(d_dx(core, x)))
        raw = constant * self.apply(rule, core, name if constant == 1 else d_dx(core, x))
        return self.simplified(raw, name, constant != 1)

    def simplified(self, raw: sp.Expr, name: str, always: bool) -> sp.Expr:
        value = neat(raw, self.x)
        self.lesson.step("Simplify.", name, "=", *[New(t) for t in terms(value)])
        return value

    def sum(self, function: sp.Expr, name: str) -> sp.Expr:
        """Term by term; terms that need a rule of their own get a line."""
        x = self.x
        parts = sp.Add.make_args(function) if function.is_Add else (function,)
        if len(parts) == 1:
            return self.factored_sum(function, name)
        ordered = function.as_ordered_terms()
        line: list[Piece] = []
        for index, term in enumerate(ordered):
            line.append((r"\, + " if index else "") + d_dx(term, x))
        if sum(len(str(piece)) for piece in line) < 190:
            self.lesson.step("Differentiate term by term.", name, "=", *line)
        for term in ordered:
            self.explain_term(term)
        values = [sp.diff(term, x) for term in ordered]
        why = "By the power rule each exponent comes down as a factor." if function.is_polynomial(x) else "Put the derivatives together."
        shown = [value for value in values if value != 0] or [sp.Integer(0)]
        pieces: list[Piece] = [New(tex(shown[0])), *[New(signed(value)) for value in shown[1:]]]
        self.lesson.step(why, name, "=", *pieces)
        if function.is_polynomial(x):
            self.lesson.method("power rule")
        return self.simplified(sp.Add(*values), name, False)

    def factored_sum(self, function: sp.Expr, name: str) -> sp.Expr:
        """A constant times a sum."""
        constant, core = function.as_independent(self.x, as_Add=False)
        self.lesson.step(f"The constant factor ${tex(constant)}$ stays.", name, "=", tex(constant) + r" \cdot", New(d_dx(core, self.x)))
        value = sp.diff(core, self.x)
        self.lesson.step("Differentiate term by term.", name, "=", tex(constant) + r" \cdot", New(rf"\left({tex(value)}\right)"))
        return self.simplified(constant * value, name, True)

    def explain_term(self, term: sp.Expr) -> None:
        constant, core = term.as_independent(self.x, as_Add=False)
        rule = self.rule(core)
        if rule.name in ("power rule", "table", "constant"):
            return
        self.lesson.method(rule.name)
        value = neat(sp.diff(core, self.x), self.x)
        self.lesson.step(f"{rule.name.capitalize()}.", d_dx(core, self.x), "=", *[New(t) for t in terms(value)])

    # -- rules --------------------------------------------------------------

    def rule(self, function: sp.Expr) -> Rule:
        x = self.x
        if x not in function.free_symbols:
            return Rule("constant", function, function)
        top, bottom = sp.fraction(function, exact=True)
        if x in bottom.free_symbols and (x in top.free_symbols or self.wanted == "quotient rule"):
            return Rule("quotient rule", top, bottom)
        if function.is_Mul:
            first, *rest = self.factors(function)
            return Rule("product rule", first, sp.Mul(*rest))
        if function == x or function.is_Pow and function.base == x and x not in function.exp.free_symbols:
            return Rule("power rule", x, function)
        if function.is_Pow and x in function.base.free_symbols and x in function.exp.free_symbols:
            return Rule("logarithmic differentiation", function.base, function.exp)
        inner = inner_of(function, x)
        return Rule("table", function, x) if inner == x else Rule("chain rule", function, inner)

    def factors(self, function: sp.Expr) -> list[sp.Expr]:
        """Powers of the variable first, as people write them."""
        dependent = [f for f in function.args if self.x in f.free_symbols]
        plain = [f for f in dependent if f.is_polynomial(self.x)]
        return plain + [f for f in dependent if f not in plain]

    def rule_names(self, function: sp.Expr) -> str:
        parts = function.args if function.is_Add else (function,)
        names = []
        for part in parts:
            name = self.rule(part.as_independent(self.x, as_Add=False)[1]).name
            if name.endswith("rule") and name not in names:
                names.append(name)
        for name in names:
            self.lesson.method(name)
        return " and the ".join(names[:2]) if len(names) <= 2 else "the rules above"

    def apply(self, rule: Rule, function: sp.Expr, name: str) -> sp.Expr:
        self.lesson.method(rule.name)
        if rule.name == "product rule":
            return self.product(rule, name)
        if rule.name == "quotient rule":
            return self.quotient(rule, name)
        if rule.name == "chain rule":
            return self.chain(function, rule.v, name)
        value = sp.diff(function, self.x)
        if rule.name == "logarithmic differentiation":
            self.lesson.step(
                "Base and exponent both vary: write it with $e$.",
                "f", "=", New(rf"e^{{{tex(rule.v * sp.log(rule.u))}}}"),
            )
            self.lesson.step("Chain rule: the power itself times the derivative of its exponent.", name, "=", tex(function) + r" \cdot", New(d_dx(rule.v * sp.log(rule.u), self.x)))
            inner = sp.diff(rule.v * sp.log(rule.u), self.x)
            self.lesson.step("Product rule for the exponent.", name, "=", tex(function) + r" \cdot", New(rf"\left({tex(inner)}\right)"))
        elif rule.name == "power rule":
            exponent = function.exp if function.is_Pow else sp.Integer(1)
            self.lesson.step(f"Power rule: the exponent ${tex(exponent)}$ comes down and falls by one.", name, "=", New(tex(value)))
        else:
            self.lesson.step("This is a basic derivative.", name, "=", New(tex(value)))
        return value

    def product(self, rule: Rule, name: str) -> sp.Expr:
        x, u, v = self.x, rule.u, rule.v
        du, dv = neat(sp.diff(u, x), x), neat(sp.diff(v, x), x)
        self.lesson.step(
            f"Product rule with $u = {tex(u)}$ and $v = {tex(v)}$.",
            name, "=", New("u'"), "v", "+", "u", New("v'"),
        )
        self.lesson.step(
            self.how("Differentiate both factors", u, v),
            "u'", "=", New(tex(du)), r"\qquad", "v'", "=", New(tex(dv)),
        )
        self.lesson.step(
            "Put them in.", name, "=", New(factor(du)), r"\cdot", factor(v), "+", factor(u), r"\cdot", New(factor(dv)),
        )
        return du * v + u * dv

    def quotient(self, rule: Rule, name: str) -> sp.Expr:
        x, u, v = self.x, rule.u, rule.v
        du, dv = neat(sp.diff(u, x), x), neat(sp.diff(v, x), x)
        self.lesson.step(f"Quotient rule with $u = {tex(u)}$ and $v = {tex(v)}$.", name, "=", New(r"\frac{u' v - u v'}{v^{2}}"))
        self.lesson.step(
            self.how("Differentiate both", u, v),
            "u'", "=", New(tex(du)), r"\qquad", "v'", "=", New(tex(dv)),
        )
        top = rf"{factor(du)} \cdot {factor(v)} - {factor(u)} \cdot {factor(dv)}"
        self.lesson.step("Put them in.", name, "=", New(rf"\frac{{{top}}}{{{squared(v)}}}"))
        return (du * v - u * dv) / v**2

    def how(self, what: str, *parts: sp.Expr) -> str:
        """Names the chain rule where a factor needs it."""
        for part in parts:
            core = part.as_independent(self.x, as_Add=False)[1]
            if not core.is_Add and self.rule(core).name == "chain rule":
                self.lesson.method("chain rule")
                return f"{what}; ${tex(part)}$ by the chain rule."
        return f"{what}."

    def chain(self, function: sp.Expr, inner: sp.Expr, name: str) -> sp.Expr:
        x, u = self.x, sp.Symbol("u", positive=True)
        outer = function.subs(inner, u) if not function.is_Pow or x in function.exp.free_symbols else sp.Pow(u, function.exp)
        if x in outer.free_symbols:
            raise Refused("The inner function of this chain cannot be separated.")
        d_outer, d_inner = sp.diff(outer, u), neat(sp.diff(inner, x), x)
        self.lesson.step(f"Chain rule with the inner function $u = {tex(inner)}$.", "f", "=", New(tex(outer)))
        self.lesson.step(
            "Differentiate the outer and the inner function.",
            r"\frac{df}{du}", "=", New(tex(d_outer)), r"\qquad", "u'", "=", New(tex(d_inner)),
        )
        back = d_outer.subs(u, inner)
        shown = d_outer.subs(u, sp.Symbol(inner_tex(d_outer, inner, u), positive=True))
        self.lesson.step("Multiply them, and put the inner function back.", name, "=", New(factor(shown)), r"\cdot", New(factor(d_inner)))
        return back * d_inner


def inner_of(function: sp.Expr, x: sp.Symbol) -> sp.Expr:
    """What stands inside: of a function, a power, or an exponent."""
    if function.is_Pow and x in function.base.free_symbols:
        return function.base
    if isinstance(function, sp.exp) or function.is_Pow:
        return function.as_base_exp()[1]
    dependent = [part for part in function.args if x in part.free_symbols]
    if len(dependent) != 1:
        raise Refused("This function cannot be differentiated step by step.")
    return dependent[0]


def inner_tex(outer: sp.Expr, inner: sp.Expr, u: sp.Symbol) -> str:
    """The inner function, in parentheses unless it stands in its own already."""
    alone = not any(u in part.args for part in sp.preorder_traversal(outer) if part.is_Mul or part.is_Pow and part.base == u and part.exp != sp.Rational(1, 2) and part.exp != -sp.Rational(1, 2))
    return tex(inner) if inner.is_Symbol or alone else rf"\left({tex(inner)}\right)"


def neat(value: sp.Expr, x: sp.Symbol) -> sp.Expr:
    """The shortest of a few equal forms."""
    forms = [value, sp.expand(value)]
    for change in (sp.factor, sp.simplify, lambda v: sp.factor(sp.simplify(v)), sp.cancel):
        try:
            forms.append(change(value))
        except (sp.PolynomialError, NotImplementedError):
            continue
    if value.is_polynomial(x):
        short = min(forms, key=lambda form: len(tex(form)))
        return short if 4 * len(tex(short)) < 3 * len(tex(forms[1])) else forms[1]
    return min(forms, key=lambda form: (len(tex(form)), form.is_Add))


def d_dx(function: sp.Expr, x: sp.Symbol) -> str:
    return rf"\frac{{d}}{{d{tex(x)}}}\left[{tex(function)}\right]"


def factor(value: sp.Expr) -> str:
    return bracketed(value)


def squared(value: sp.Expr) -> str:
    return tex(value**2) if value.is_Symbol else rf"\left({tex(value)}\right)^{{2}}"
