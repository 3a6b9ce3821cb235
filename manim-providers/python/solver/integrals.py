"""Integrals in one variable: the method by name, the answer differentiated to check it."""

from __future__ import annotations

from typing import Any

import sympy as sp
from sympy.integrals import manualintegrate as rules

import proof
from curves import area_picture
from lesson import Lesson, New, Piece, approx, bracketed, signed, terms, tex
from notation import FUNCTIONS, CheckFailed, Refused, build

#: Lines for nested rules; deeper ones are done in one line.
MAX_DETAIL = 9
BASIC = "This is a basic integral."
NOT_ELEMENTARY = "No antiderivative of this function can be written with the usual functions."


def solve(task: dict[str, Any]) -> Lesson:
    """The lesson of one integral."""
    function, x = build(task["integrand"]), sp.Symbol(task["variable"], real=True)
    bounds = [build(end) for end in task["bounds"]] if task["bounds"] else None
    if function.has(sp.Abs):
        raise Refused("Integrals of absolute values are not supported.")
    lesson = Lesson("Finding an integral" if bounds is None else "Finding a definite integral")
    d = rf"\, d{tex(x)}"
    if bounds:
        low, high = (tex(end) for end in bounds)
        check_bounds(function, x, *bounds, area=task["area"])
        lesson.step("", rf"\int_{{{low}}}^{{{high}}}", integrand_tex(task["tex"], function) + d)
        if task["area"]:
            lesson.title = "Finding an area"
    else:
        lesson.step("", r"\int", integrand_tex(task["tex"], function) + d)
    integration = Integration(lesson, x)
    antiderivative = integration.run(function, task["method"], constant=bounds is None)
    proof.same_function(sp.diff(antiderivative, x), function, {x})
    if bounds:
        definite(lesson, function, x, antiderivative, *bounds)
        lesson.picture = area_picture(function, x, *bounds, task["tex"])
    else:
        lesson.answer(r"\int", integrand_tex(task["tex"], function) + d, "=", *terms(antiderivative), "+ C")
        lesson.check = "Check: the derivative of the answer is the function under the integral."
        lesson.claim("antiderivative", function=function, variable=x, value=antiderivative)
    return lesson


def integrand_tex(text: str, function: sp.Expr) -> str:
    return rf"\left({text}\right)" if function.is_Add else text


def check_bounds(function: sp.Expr, x: sp.Symbol, low: sp.Expr, high: sp.Expr, *, area: bool) -> None:
    """The function must be real and continuous from one end to the other."""
    if not (low.is_real or low == -sp.oo) or not (high.is_real or high == sp.oo):
        raise Refused("The bounds of the integral are not real numbers.")
    if not low < high:
        raise Refused("The lower bound must be less than the upper bound.")
    try:
        domain = sp.calculus.util.continuous_domain(function, x, sp.Interval(low, high))
        inside = sp.Interval(low, high).is_subset(domain)
    except (NotImplementedError, TypeError, ValueError):
        inside = None
    if inside is not True:
        raise Refused("The function is not defined and continuous between the bounds.")
    if area and low.is_finite and high.is_finite:
        values = [proof.number(function.subs(x, low + (high - low) * sp.Rational(k, 64))) for k in range(65)]
        if any(proof.mpmath.re(value) < -1e-20 for value in values):
            raise Refused("The curve goes below the axis there, so that area and integral differ. Ask for the integral.")


def definite(lesson: Lesson, function: sp.Expr, x: sp.Symbol, big: sp.Expr, low: sp.Expr, high: sp.Expr) -> None:
    """F(b) - F(a), with limits where an end is infinite."""
    lesson.step(
        "Put the bounds to the antiderivative.",
        rf"\int_{{{tex(low)}}}^{{{tex(high)}}}", integrand_tex(tex(function), function) + rf"\, d{tex(x)}", "=", New(rf"\left[{tex(big)}\right]_{{{tex(low)}}}^{{{tex(high)}}}"),
    )
    top, bottom = end_value(big, x, high, "-"), end_value(big, x, low, "+")
    if not (top.is_finite and bottom.is_finite and top.is_real and bottom.is_real):
        raise Refused("This improper integral has no finite value.")
    infinite = not (low.is_finite and high.is_finite)
    why = "Upper end minus lower end." if not infinite else "At the infinite end take the limit, then upper end minus lower end."
    lesson.step(why, "=", New(bracketed(top)), "-", New(bracketed(bottom)))
    value = min([sp.simplify(top - bottom), sp.expand(top - bottom)], key=lambda v: len(tex(v)))
    line: list[Piece] = ["=", New(tex(value))]
    if sp.Rational(approx(value)) != value:
        line += [r"\approx", approx(value)]
    lesson.step("Subtract.", *line)
    proof.integral_is(function, x, low, high, value)
    start = rf"\int_{{{tex(low)}}}^{{{tex(high)}}}"
    lesson.answer(start, integrand_tex(tex(function), function) + rf"\, d{tex(x)}", "=", tex(value))
    lesson.check = f"Check: adding up thin strips gives ${approx(value, 6)}$ too."
    lesson.claim("integral", function=function, variable=x, low=low, high=high, value=value)


def end_value(big: sp.Expr, x: sp.Symbol, place: sp.Expr, side: str) -> sp.Expr:
    if place.is_finite:
        value = big.subs(x, place)
        if value.has(sp.nan, sp.zoo, sp.oo):
            value = sp.limit(big, x, place, side)
        return sp.simplify(value)
    return sp.simplify(sp.limit(big, x, place))


class Integration:
    """Walks SymPy's tree of rules and says what each does."""

    def __init__(self, lesson: Lesson, x: sp.Symbol) -> None:
        self.lesson, self.x, self.lines = lesson, x, 0

    def run(self, function: sp.Expr, wanted: str | None, *, constant: bool) -> sp.Expr:
        form = function if wanted else self.partial_fractions(function)
        rule = rules.integral_steps(form, self.x)
        if wanted is not None:
            rule = preferred(rule, wanted)
        rule = plain(rule)
        if rule.contains_dont_know():
            raise Refused(NOT_ELEMENTARY)
        value = result_of(rule)
        self.explain(rule)
        value = absolute_logs(tidy(value, self.x), function)
        if constant or not self.said(value):
            why = "Collect the parts." if not constant else "All together. Any constant $C$ may be added."
            self.lesson.step(why, r"\int", integrand_tex(tex(function), function) + rf"\, d{tex(self.x)}", "=", *[New(t) for t in terms(value)], New("+ C") if constant else "")
        return value

    def partial_fractions(self, function: sp.Expr) -> sp.Expr:
        """A proper fraction split, if it is one that splits."""
        x = self.x
        if not function.is_rational_function(x) or function.is_polynomial(x):
            return function
        split = sp.apart(function, x)
        if not split.is_Add or function.is_Add:
            return function
        poles = sp.degree(sp.denom(sp.together(function)), x) > 1
        why = "Split it into partial fractions." if poles else "Divide, so that simple terms are left."
        self.step(why, rf"\int {tex_factor(function)} \, d{tex(x)}", "=", New(rf"\int {tex_factor(split)} \, d{tex(x)}"))
        return split

    def said(self, value: sp.Expr) -> bool:
        """Whether the last line ends with this very formula."""
        last = "".join(part["tex"] for part in self.lesson.steps[-1]["line"]).replace(" ", "")
        return last.endswith("=" + tex(value).replace(" ", ""))

    def step(self, why: str, *line: Piece) -> None:
        if self.lines < MAX_DETAIL:
            self.lesson.step(why, *line)
            self.lines += 1

    def explain(self, rule: Any) -> None:
        """One rule and, where it leaves an integral, the next one. What it claims is checked."""
        proof.same_function(sp.diff(result_of(rule), rule.variable), integrand_of(rule), {rule.variable})
        handler = {
            rules.AddRule: self.addition,
            rules.ConstantTimesRule: self.constant_factor,
            rules.URule: self.substitution,
            rules.PartsRule: self.parts,
            rules.CyclicPartsRule: self.cyclic,
            rules.RewriteRule: self.rewriting,
            rules.CompleteSquareRule: self.rewriting,
            rules.PowerRule: self.power,
            rules.ConstantRule: self.constant,
        }.get(type(rule))
        if handler is not None:
            handler(rule)
        elif isinstance(rule, (rules.TrigSubstitutionRule, rules.PiecewiseRule)):
            raise Refused("This integral needs a method that is not shown here.")
        else:
            self.step(BASIC, integral(rule), "=", New(tex(result_of(rule))))

    def power(self, rule: Any) -> None:
        why = "Power rule: the exponent rises by one, and the new one divides."
        self.step(why, integral(rule), "=", New(tex(result_of(rule))))

    def constant(self, rule: Any) -> None:
        self.step("A constant integrates to itself times the variable.", integral(rule), "=", New(tex(result_of(rule))))

    def addition(self, rule: Any) -> None:
        parts = [plain(part) for part in rule.substeps]
        line: list[Piece] = []
        for index, part in enumerate(parts):
            function = integrand_of(part)
            negative = function.could_extract_minus_sign()
            sign = "-" if negative else "+ " if index else ""
            line.append(sign + integral(part, -function if negative else function))
        if len(" ".join(str(p) for p in line)) < 220:
            self.step("Integrate term by term.", "=", *line)
        hard = [part for part in parts if not is_simple(part)]
        for part in hard:
            self.explain(part)
        if not hard:
            powers = all(isinstance(bare(part), (rules.PowerRule, rules.ConstantRule)) for part in parts)
            why = "Power rule: each exponent rises by one, and the new one divides." if powers else "These are basic integrals."
            pieces = [tex(result_of(parts[0])), *[signed(result_of(part)) for part in parts[1:]]]
            self.step(why, "=", *[New(p) for p in pieces])

    def constant_factor(self, rule: Any) -> None:
        sub = plain(rule.substep)
        if is_simple(sub):
            self.step("The constant factor stays; the rest is a basic integral." if not isinstance(sub, rules.PowerRule) else "The constant stays; the exponent rises by one and divides.", integral(rule), "=", New(tex(result_of(rule))))
            return
        self.step("The constant factor goes in front.", integral(rule), "=", New(tex(rule.constant)) , r"\cdot " + integral(sub))
        self.explain(sub)

    def substitution(self, rule: Any) -> None:
        x, sub = rule.variable, plain(rule.substep)
        u = sp.Symbol(free_name(rule, self.x), real=True)
        inner = rule.u_func
        self.lesson.method("substitution")
        self.step(
            "Substitute the inner function.",
            tex(u), "=", New(tex(inner)), r",\qquad", f"d{tex(u)}", "=", New(f"{bracketed(sp.diff(inner, x))} \\, d{tex(x)}"),
        )
        seen = sub.integrand.subs(rule.u_var, u)
        value = result_of(sub).subs(rule.u_var, u)
        proof.same_function(sp.diff(value.subs(u, inner), x), integrand_of(rule), {x})
        proof.same_function(sp.diff(value, u), seen, {u})
        self.step(
            f"In ${tex(u)}$ the integral is simpler.",
            integral(rule), "=", New(rf"\int {tex_factor(seen)} \, d{tex(u)}"), *(["=", New(tex(value))] if is_simple(sub) else []),
        )
        if not is_simple(sub):
            self.explain(renamed(sub, rule.u_var, u))
        self.step(f"Put ${tex(u)} = {tex(inner)}$ back.", integral(rule), "=", New(tex(result_of(rule))))

    def parts(self, rule: Any) -> None:
        x, u, dv = rule.variable, rule.u, rule.dv
        v, rest = result_of(plain(rule.v_step)), plain(rule.second_step) if rule.second_step else None
        du = sp.diff(u, x)
        self.lesson.method("integration by parts")
        self.step(
            "Integration by parts. Choose:",
            "u", "=", New(tex(u)), r",\qquad", "v'", "=", New(tex(dv)),
        )
        self.step("Differentiate the one, integrate the other.", "u'", "=", New(tex(du)), r",\qquad", "v", "=", New(tex(v)))
        remaining = v * du
        self.step(
            r"The rule is $\int u v' = u v - \int u' v$.",
            integral(rule), "=", New(f"{tex_factor(u)} \\cdot {tex_factor(v)}"), "-", New(rf"\int {tex_factor(remaining)} \, d{tex(x)}"),
        )
        if rest is None:
            return
        if not is_simple(rest):
            self.explain(rest)
        elif remaining != 0:
            self.step("The integral that is left is simple.", rf"\int {tex_factor(remaining)} \, d{tex(x)}", "=", New(tex(result_of(rest))))

    def cyclic(self, rule: Any) -> None:
        self.lesson.method("integration by parts")
        for number, part in enumerate(rule.parts_rules[:2]):
            v = result_of(plain(part.v_step))
            why = "Integration by parts. Choose:" if number == 0 else "Once more by parts. Choose:"
            self.step(why, "u", "=", New(tex(part.u)), r",\qquad", "v'", "=", New(tex(part.dv)), r",\qquad", "v", "=", New(tex(v)))
        total = sp.Add(*[(-1) ** k * part.u * result_of(plain(part.v_step)) for k, part in enumerate(rule.parts_rules)])
        again = rule.coefficient
        self.step("The integral that was asked for comes back. Call it $I$.", "I", "=", New(tex(total)), New(signed(again * sp.Symbol("I"))))
        value = sp.expand(total / (1 - again))
        proof.same_function(sp.diff(value, rule.variable), integrand_of(rule), {rule.variable})
        self.step("Solve this equation for $I$.", "I", "=", *[New(t) for t in terms(value)])

    def rewriting(self, rule: Any) -> None:
        sub = plain(rule.substep)
        why = "Write the function in another form."
        proof.same_function(rule.rewritten, integrand_of(rule), {rule.variable})
        self.step(why, integral(rule), "=", New(integral(rule, rule.rewritten)))
        self.explain(sub)


def plain(rule: Any) -> Any:
    """The first of several ways that leads to an answer."""
    while isinstance(rule, rules.AlternativeRule):
        usable = [choice for choice in rule.alternatives if not choice.contains_dont_know()]
        if not usable:
            return rule.alternatives[0]
        rule = min(usable, key=effort)
    return rule


def effort(rule: Any) -> tuple[int, int]:
    """How hard a way is to follow: strange ones last, then the longest."""
    strange = isinstance(rule, (rules.TrigSubstitutionRule, rules.PiecewiseRule)) or deep(rule, (rules.TrigSubstitutionRule, rules.PiecewiseRule))
    return (int(strange), len(str(rule)))


def deep(rule: Any, kinds: tuple[type, ...]) -> bool:
    if isinstance(rule, kinds):
        return True
    subs = [getattr(rule, name, None) for name in ("substep", "v_step", "second_step")]
    subs += list(getattr(rule, "substeps", None) or []) + list(getattr(rule, "alternatives", None) or [])
    return any(deep(sub, kinds) for sub in subs if sub is not None)


def preferred(rule: Any, wanted: str) -> Any:
    """The alternative that uses the way asked for, at the top of the tree."""
    kinds = {"substitution": (rules.URule,), "integration by parts": (rules.PartsRule, rules.CyclicPartsRule)}.get(wanted)
    if kinds is None or not isinstance(rule, rules.AlternativeRule):
        return rule
    fitting = [choice for choice in rule.alternatives if deep(choice, kinds) and not choice.contains_dont_know()]
    return min(fitting, key=effort) if fitting else rule


def bare(rule: Any) -> Any:
    while isinstance(rule, rules.ConstantTimesRule):
        rule = plain(rule.substep)
    return rule


def is_simple(rule: Any) -> bool:
    """Needs no explanation of its own."""
    rule = bare(plain(rule))
    if isinstance(rule, rules.URule) and sp.diff(rule.u_func, rule.variable) == 1:
        return is_simple(rule.substep)
    hard = (rules.AddRule, rules.URule, rules.PartsRule, rules.CyclicPartsRule, rules.RewriteRule, rules.CompleteSquareRule, rules.TrigSubstitutionRule, rules.PiecewiseRule)
    return not isinstance(rule, hard)


def result_of(rule: Any) -> sp.Expr:
    value = rule.eval()
    known = (*FUNCTIONS.values(), sp.exp)
    if value.has(sp.Piecewise, sp.Integral) or any(not isinstance(f, known) for f in value.atoms(sp.Function)):
        raise Refused(NOT_ELEMENTARY)
    return absolute_logs(value, rule.integrand)


def integrand_of(rule: Any) -> sp.Expr:
    """What the rule integrates. Some of SymPy's rules name it only up to a factor: then it
    is the derivative of their result."""
    named, true = rule.integrand, sp.diff(result_of(rule), rule.variable)
    try:
        proof.same_function(true, named, {rule.variable})
    except CheckFailed:
        return sp.simplify(true)
    return named


def renamed(rule: Any, old: sp.Symbol, new: sp.Symbol) -> Any:
    """The same rule in a variable with a name to show."""
    again = rules.integral_steps(rule.integrand.subs(old, new), new)
    return plain(again)


def free_name(rule: Any, x: sp.Symbol) -> str:
    taken = {s.name for s in rule.integrand.free_symbols} | {x.name}
    return next(name for name in ("u", "w", "t", "s", "v") if name not in taken)


def integral(rule: Any, integrand: sp.Expr | None = None) -> str:
    return rf"\int {tex_factor(integrand_of(rule) if integrand is None else integrand)} \, d{tex(rule.variable)}"


def tex_factor(value: sp.Expr) -> str:
    return rf"\left({tex(value)}\right)" if value.is_Add else tex(value)


def tidy(value: sp.Expr, x: sp.Symbol) -> sp.Expr:
    """Without constant terms, in the shortest of a few equal forms."""
    roots = len(value.atoms(sp.Pow))
    forms = [value, sp.expand(value), sp.factor(value)]
    forms += [form for form in [sp.simplify(value)] if len(form.atoms(sp.Pow)) <= roots]
    forms = [sp.Add(*[term for term in sp.Add.make_args(form) if x in term.free_symbols]) if form.is_Add else form for form in forms]
    return min(forms, key=lambda form: len(tex(form)))


def absolute_logs(value: sp.Expr, integrand: sp.Expr) -> sp.Expr:
    """ln|g| where g can be negative and the integrand is defined there."""
    given = integrand.atoms(sp.log)
    for log in value.atoms(sp.log):
        if log not in given and log.args[0].free_symbols and not log.args[0].is_positive:
            value = value.subs(log, sp.log(sp.Abs(log.args[0])))
    return value

