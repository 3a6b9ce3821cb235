"""Plain notation to SymPy: `2x sin(x) + x^2/3`, and the LaTeX that means the same.

A parser of its own, node by node from lists of known names: no text is ever evaluated. Sizes
are checked before SymPy sees a number, because SymPy works powers out at once.

Notation that people read in two ways is remembered in `met`; `chosen` selects the reading, so
that a statement is called false only when it is false in every reading.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

import sympy as sp

#: A long homework formula has a hundred characters.
MAX_CHARS = 600
MAX_NODES = 300
#: Brackets in brackets; each level takes a few frames of the interpreter.
MAX_DEPTH = 40
#: Digits that a power of numbers may have.
MAX_POWER_DIGITS = 400
MAX_EXPONENT = 100
MAX_FACTORIAL = 200

#: `log` is the natural logarithm, else the one of base ten.
LOG10 = "log10"
#: `1/2x` is half of x, else one over 2x.
TIGHT = "tight"
#: `(-8)^(1/3)` is a complex number, else -2.
REAL_ROOTS = "real roots"


class Unreadable(Exception):
    """The text is not notation that is known here; the words say what."""


class RealRoot(sp.Function):
    """The real root of odd degree, also of negative numbers."""

    nargs = 2

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        base, degree = self.args
        return self / (degree * base)


FUNCTIONS = {
    "sin": sp.sin, "cos": sp.cos, "tan": sp.tan, "sec": sp.sec, "csc": sp.csc, "cot": sp.cot,
    "asin": sp.asin, "acos": sp.acos, "atan": sp.atan, "acot": sp.acot,
    "arcsin": sp.asin, "arccos": sp.acos, "arctan": sp.atan, "arccot": sp.acot,
    "sinh": sp.sinh, "cosh": sp.cosh, "tanh": sp.tanh,
    "asinh": sp.asinh, "acosh": sp.acosh, "atanh": sp.atanh,
    "arsinh": sp.asinh, "arcosh": sp.acosh, "artanh": sp.atanh,
    "exp": sp.exp, "ln": sp.log, "abs": sp.Abs, "sqrt": sp.sqrt,
}  # fmt: skip
INVERSES = {"sin": sp.asin, "cos": sp.acos, "tan": sp.atan, "cot": sp.acot, "sinh": sp.asinh, "cosh": sp.acosh, "tanh": sp.atanh}
CALLS = FUNCTIONS.keys() | {"log", "cbrt"}
GREEK = frozenset(
    "alpha beta gamma delta epsilon zeta eta theta kappa lambda mu nu xi rho sigma tau phi varphi chi psi omega".split()
)
CONSTANTS = {"pi": sp.pi, "e": sp.E, "i": sp.I, "oo": sp.oo, "inf": sp.oo, "infinity": sp.oo, "infty": sp.oo}
#: Short words that are no products of letters.
PROSE = frozenset("all and any arg as at ceil dne det div for gcd if int is lcm lim max min mod nan no not of or sgn sum the".split())
#: Letters that name functions when a bracket follows; a product would be another statement.
NAMED_FUNCTIONS = frozenset("fghFG")

SUPERSCRIPTS = {c: str(n) for n, c in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")} | {"⁻": "-", "ⁿ": "n"}
SIGNS = {
    "−": "-", "–": "-", "·": "*", "×": "*", "⋅": "*", "÷": "/", "π": " pi ", "∞": " oo ", "√": " sqrt ",
    "½": "(1/2)", "α": " alpha ", "β": " beta ", "θ": " theta ", "λ": " lambda ", "φ": " phi ", "ω": " omega ",
}  # fmt: skip
LATEX = {
    "cdot": "*", "times": "*", "div": "/", "left": "", "right": "", "big": "", "Big": "", "quad": "", "qquad": "",
    "displaystyle": "", "lvert": "|", "rvert": "|",
}  # fmt: skip
DERIVATIVE = re.compile(r"\bd\^?\d*\s*[a-zA-Z]?\s*/\s*d\s*[a-zA-Z]|\\frac\s*\{\s*d")
TOKEN = re.compile(
    r"(?P<number>\d+(?:\.\d+)?|\.\d+)|(?P<command>\\[a-zA-Z]+|\\[,;:! ])|(?P<word>[a-zA-Z]+)|(?P<mark>\*\*|[-+*/^(){}|\[\],!_°%])"
)


def is_infinite_word(text: str) -> bool:
    """Whether the text says infinity, with any sign."""
    return plain(text).replace(" ", "").lstrip("+-") in ("oo", "inf", "infinity", "\\infty")


def decimals(text: str) -> int | None:
    """How many digits a plain decimal number shows after its point."""
    number = re.fullmatch(r"\s*[-+]?\d*\.(\d+)\s*", plain(text))
    return len(number.group(1)) if number else None


def plain(text: str) -> str:
    """Signs of Unicode as ASCII, raised digits as powers."""
    if len(text) > MAX_CHARS:
        raise Unreadable("the formula is too long")
    text = re.sub(f"[{''.join(SUPERSCRIPTS)}]+", lambda run: "^(" + "".join(map(SUPERSCRIPTS.__getitem__, run[0])) + ")", text)
    return "".join(SIGNS.get(c, c) for c in text.strip().strip("$"))


@dataclass
class Reader:
    """Reads formulas in one way, and remembers where another way exists."""

    chosen: frozenset[str] = frozenset()
    met: set[str] = field(default_factory=set)

    def read(self, text: str, names: Iterable[str] = (), real: bool = True) -> sp.Expr:
        """The expression; `names` are variables even where they look like constants."""
        text = plain(text)
        if DERIVATIVE.search(text):
            raise Unreadable("derivatives inside a formula are not read")
        value = _Parser(self, tokens(text), frozenset(names), real).whole()
        if value.has(sp.nan, sp.zoo):
            raise Unreadable(f"{text[:60]!r} is not defined")
        return value


@dataclass(frozen=True)
class Token:
    kind: str
    text: str
    glued: bool


def tokens(text: str) -> list[Token]:
    found: list[Token] = []
    place, glued = 0, False
    while place < len(text):
        if text[place].isspace():
            place, glued = place + 1, False
            continue
        match = TOKEN.match(text, place)
        if match is None:
            raise Unreadable(f"the sign {text[place]!r} is not known")
        if match.lastgroup == "number" and re.match(r"[eE][-+]?\d", text[match.end() :]):
            raise Unreadable(f"{text[place : match.end() + 3]!r} has two meanings: write 0.001 or 2*e - 3")
        found += token(str(match.lastgroup), match.group(), glued)
        if len(found) > MAX_NODES:
            raise Unreadable("the formula is too long")
        place, glued = match.end(), True
    return found


def token(kind: str, text: str, glued: bool) -> list[Token]:
    if kind == "command":
        name = text[1:]
        if not name.isalpha():
            return []
        if name in LATEX:
            return [Token("mark", LATEX[name], glued)] if LATEX[name] else []
        if name in ("frac", "dfrac", "tfrac"):
            return [Token("command", "frac", glued)]
        if name not in CALLS | CONSTANTS.keys() | GREEK:
            raise Unreadable(f"the command {text[:20]} is not known")
        return [Token("word", name, glued)]
    if kind == "word":
        return [Token("word", part, glued if index == 0 else True) for index, part in enumerate(parts(text))]
    return [Token(kind, "^" if text == "**" else text, glued)]


def known(word: str) -> bool:
    return len(word) == 1 or word in CALLS or word in CONSTANTS or word in GREEK


def parts(word: str) -> list[str]:
    """`xsinx` is x, sin, x; a word of prose is refused rather than multiplied out."""
    if known(word):
        return [word]
    if word.lower() in PROSE:
        raise Unreadable(f"the word {word!r} is not notation")
    for before in (0, 1, 2):
        for after in (0, 1, 2):
            middle = word[before : len(word) - after]
            if middle in CALLS or middle in ("pi", "theta"):
                return [*word[:before], middle, *word[len(word) - after :]]
    if len(word) <= 3:
        return list(word)
    raise Unreadable(f"the word {word[:20]!r} is not known")


class _Parser:
    """Precedence by descent: sums, products, signs, powers, atoms."""

    def __init__(self, reader: Reader, found: list[Token], names: frozenset[str], real: bool) -> None:
        self.reader, self.tokens, self.names, self.real = reader, found, names, real
        self.place = self.depth = self.bars = 0

    def whole(self) -> sp.Expr:
        if not self.tokens:
            raise Unreadable("the formula is empty")
        value = self.sum()
        if self.next() is not None:
            raise Unreadable(f"{self.next().text!r} is not expected there")
        return value

    def next(self) -> Token | None:
        return self.tokens[self.place] if self.place < len(self.tokens) else None

    def eat(self, *marks: str) -> str | None:
        token = self.next()
        if token is not None and token.kind == "mark" and token.text in marks:
            self.place += 1
            return token.text
        return None

    def need(self, mark: str) -> None:
        if self.eat(mark) is None:
            raise Unreadable(f"{mark!r} is missing")

    def sum(self) -> sp.Expr:
        value = self.product()
        while sign := self.eat("+", "-"):
            other = self.product()
            value = value + other if sign == "+" else value - other
        return value

    def product(self) -> sp.Expr:
        value = self.signed()
        while True:
            if self.eat("*"):
                value = value * self.signed()
            elif self.eat("/"):
                value = self.quotient(value)
            elif self.juxtaposed():
                value = value * self.power()
            else:
                return value

    def quotient(self, top: sp.Expr) -> sp.Expr:
        bottom = self.signed()
        if self.juxtaposed():
            self.reader.met.add(TIGHT)
            while TIGHT in self.reader.chosen and self.juxtaposed():
                bottom = bottom * self.power()
        return divided(top, bottom)

    def juxtaposed(self) -> bool:
        """Whether a factor follows without a sign."""
        token = self.next()
        opening = "({[" if self.bars else "({[|"
        if token is None or token.kind == "mark" and token.text not in opening:
            return False
        if token.kind == "number" and self.place and self.tokens[self.place - 1].kind == "number":
            raise Unreadable("two numbers stand side by side")
        return True

    def signed(self) -> sp.Expr:
        self.deeper()
        sign = self.eat("+", "-")
        value = self.power() if sign is None else self.signed()
        self.depth -= 1
        return -value if sign == "-" else value

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise Unreadable("the formula is nested too deep")

    def power(self) -> sp.Expr:
        base = self.postfix()
        return self.raised(base, self.signed()) if self.eat("^") else base

    def raised(self, base: sp.Expr, exponent: sp.Expr) -> sp.Expr:
        checked_power(base, exponent)
        root = exponent.is_Rational and not exponent.is_Integer and exponent.q % 2 == 1
        if root and not base.is_nonnegative:
            self.reader.met.add(REAL_ROOTS)
            if REAL_ROOTS in self.reader.chosen:
                return RealRoot(base, exponent.q) ** exponent.p
        return sp.Pow(base, exponent)

    def postfix(self) -> sp.Expr:
        value = self.atom()
        while mark := self.eat("!", "°", "%"):
            value = {"!": factorial, "°": lambda v: v * sp.pi / 180, "%": lambda v: v / 100}[mark](value)
        return value

    def atom(self) -> sp.Expr:
        token = self.next()
        if token is None:
            raise Unreadable("the formula ends too early")
        self.place += 1
        if token.kind == "number":
            return sp.Rational(token.text)
        if token.kind == "command":
            return divided(self.braced(), self.braced())
        if token.kind == "word":
            return self.word(token.text)
        return self.bracket(token.text)

    def bracket(self, mark: str) -> sp.Expr:
        closing = {"(": ")", "{": "}", "[": "]", "|": "|"}.get(mark)
        if closing is None:
            raise Unreadable(f"{mark!r} is not expected there")
        bars, self.bars = self.bars, int(mark == "|")
        self.deeper()
        value = self.sum()
        self.depth -= 1
        self.bars = bars
        self.need(closing)
        return sp.Abs(value) if mark == "|" else value

    def braced(self) -> sp.Expr:
        self.need("{")
        return self.bracket("{")

    def word(self, name: str) -> sp.Expr:
        if name in CALLS and name not in self.names:
            return self.call(name)
        if len(name) == 1 and self.eat("_"):
            name = f"{name}_{self.subscript()}"
        elif name in CONSTANTS and name not in self.names:
            return CONSTANTS[name]
        follower = self.next()
        if name in NAMED_FUNCTIONS - self.names and follower is not None and follower.text == "(" and follower.glued:
            raise Unreadable(f"the function {name} is not defined in the claim")
        return sp.Symbol(name, real=True) if self.real else sp.Symbol(name)

    def subscript(self) -> str:
        inner = self.eat("{")
        token = self.next()
        if token is None or token.kind == "mark" or len(token.text) > 4:
            raise Unreadable("an index is not read")
        self.place += 1
        if inner:
            self.need("}")
        return token.text

    def call(self, name: str) -> sp.Expr:
        base = self.log_base() if name == "log" else None
        degree = self.root_degree() if name == "sqrt" else None
        exponent = self.signed_exponent()
        self.deeper()
        inner, second = self.argument(name)
        self.depth -= 1
        if exponent == -1 and name in INVERSES:
            return INVERSES[name](inner)
        value = self.applied(name, inner, base if base is not None else second, degree)
        return value if exponent is None else self.raised(value, exponent)

    def signed_exponent(self) -> sp.Expr | None:
        return self.signed() if self.eat("^") else None

    def log_base(self) -> sp.Expr | None:
        return self.atom() if self.eat("_") else None

    def root_degree(self) -> sp.Expr | None:
        if not self.eat("["):
            return None
        degree = self.sum()
        self.need("]")
        return degree

    def argument(self, name: str) -> tuple[sp.Expr, sp.Expr | None]:
        """In brackets, with what follows a comma; else the factors up to the next function. A
        root reaches over one factor: `√3 x` has x outside."""
        if opening := self.eat("(", "{"):
            inner = self.sum()
            second = self.sum() if self.eat(",") else None
            self.need({"(": ")", "{": "}"}[opening])
            return inner, second
        if self.eat("-"):
            return -self.argument(name)[0], None
        value = self.power()
        while name != "sqrt" and self.juxtaposed() and self.next().text not in CALLS and self.next().text not in "([{":
            value = value * self.power()
        return value, None

    def applied(self, name: str, inner: sp.Expr, second: sp.Expr | None, degree: sp.Expr | None) -> sp.Expr:
        if name == "log":
            return self.log(inner, second)
        if second is not None:
            raise Unreadable(f"{name} takes one argument")
        if name == "cbrt" or degree is not None:
            degree = degree or sp.Integer(3)
            if not (degree.is_Integer and 2 <= degree <= MAX_EXPONENT):
                raise Unreadable("the degree of a root is not a small number")
            return RealRoot(inner, degree) if degree % 2 else sp.Pow(inner, 1 / degree)
        return FUNCTIONS[name](inner)

    def log(self, inner: sp.Expr, base: sp.Expr | None) -> sp.Expr:
        if base is None:
            self.reader.met.add(LOG10)
            base = sp.Integer(10) if LOG10 in self.reader.chosen else sp.E
        return divided(sp.log(inner), sp.log(base))


def divided(top: sp.Expr, bottom: sp.Expr) -> sp.Expr:
    if bottom.is_zero:
        raise Unreadable("the formula divides by zero")
    return top / bottom


def factorial(value: sp.Expr) -> sp.Expr:
    if value.is_number and not (value.is_Integer and 0 <= value <= MAX_FACTORIAL):
        raise Unreadable("a factorial is too large")
    return sp.factorial(value)


def checked_power(base: sp.Expr, exponent: sp.Expr) -> None:
    """SymPy works powers of numbers out at once, however large they are."""
    if not exponent.is_number:
        return
    if exponent.is_Rational and (abs(exponent.p) > MAX_EXPONENT * 10 or exponent.q > MAX_EXPONENT):
        raise Unreadable("an exponent is too large")
    if base.is_Rational and exponent.is_Rational:
        digits = max(len(str(abs(base.p))), len(str(base.q)))
        if digits * abs(exponent) > MAX_POWER_DIGITS and abs(base) != 1:
            raise Unreadable("a power is too large")
    elif not base.is_number and exponent.is_Integer and abs(exponent) > MAX_EXPONENT:
        raise Unreadable("an exponent is too large")
