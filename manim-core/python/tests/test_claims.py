"""The check of claims: what it verifies, what it refutes, and what it must survive."""

import json
import sys
import unittest
from pathlib import Path
from unittest import mock

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "claims"))

import alarm
import claims
import formula
import sympy as sp
from formula import Reader, Unreadable
from numeric import Draw, evaluate

CORPUS = HERE.parent.parent / "tests" / "claims"


def corpus(name):
    return [json.loads(line) for line in (CORPUS / f"{name}.jsonl").read_text().splitlines()]


def verdict(claim):
    return claims.main([claim])[0]


class Corpus(unittest.TestCase):
    def test_true_claims_are_verified(self):
        for claim in corpus("true"):
            with self.subTest(claim=claim):
                self.assertEqual(verdict(claim)["verdict"], "verified", verdict(claim)["why"])

    def test_false_claims_are_refuted_with_a_reason(self):
        for claim in corpus("false"):
            with self.subTest(claim=claim):
                found = verdict(claim)
                self.assertEqual(found["verdict"], "refuted", found["why"])
                self.assertTrue(found["why"])

    def test_hostile_claims_end_and_prove_nothing(self):
        for claim in corpus("hostile"):
            with self.subTest(claim=claim):
                self.assertNotEqual(verdict(claim)["verdict"], "verified")

    def test_a_megabyte_is_refused_unread(self):
        for text in ("x" * 10**6 + " = x", "9" * 10**6 + " = 9", "(" * 10**6 + " = x"):
            self.assertEqual(verdict({"kind": "equality", "equation": text})["verdict"], "unverified")

    def test_what_is_no_claim_is_unverified(self):
        for claim in ({}, {"kind": None}, {"kind": "equality"}, {"kind": "equality", "equation": None}, {"kind": "system", "equations": 7, "unknowns": [], "values": []}):
            self.assertEqual(verdict(claim)["verdict"], "unverified")


class Time(unittest.TestCase):
    def test_one_endless_claim_leaves_the_others_their_verdicts(self):
        def endless(_):
            while True:
                try:
                    pass
                except Exception:
                    pass

        with mock.patch.dict(claims.CHECKS, endless=endless), mock.patch.object(claims, "CLAIM_S", 0.05):
            found = claims.main([{"kind": "endless"}, {"kind": "equality", "equation": "1 = 1"}, {"kind": "endless"}])
        self.assertEqual([one["verdict"] for one in found], ["unverified", "verified", "unverified"])

    def test_an_attempt_that_takes_too_long_finds_nothing(self):
        def endless():
            while True:
                pass

        self.assertIsNone(alarm.attempt(endless, 0.05))
        with self.assertRaises(alarm.TimeUp), alarm.within(0.05):
            alarm.attempt(endless, 60.0)

    def test_a_list_past_its_time_is_unverified(self):
        with mock.patch.object(claims, "LIST_S", -1.0):
            self.assertEqual(verdict({"kind": "equality", "equation": "1 = 1"})["verdict"], "unverified")


class Notation(unittest.TestCase):
    def reads(self, text, expected):
        self.assertEqual(Reader().read(text), expected, text)

    def test_what_people_and_models_write_is_read(self):
        x = sp.Symbol("x", real=True)
        for text, expected in {
            "2x": 2 * x, "x sin x": x * sp.sin(x), "xsinx": x * sp.sin(x), "sin^2 x": sp.sin(x) ** 2, "sin^-1(x)": sp.asin(x),
            "sin 2x cos x": sp.sin(2 * x) * sp.cos(x), "-x^2": -(x**2), "2^-1": sp.Rational(1, 2), "x^2^3": x**8,
            "√3 x": sp.sqrt(3) * x, "√(3x)": sp.sqrt(3 * x), "x²": x**2, "x⁻¹": 1 / x, "3·x − 1": 3 * x - 1, "|x|": sp.Abs(x), "2|x|": 2 * sp.Abs(x),
            r"\frac{x}{2}": x / 2, r"\sqrt{x}": sp.sqrt(x), r"\sqrt[4]{x}": x ** sp.Rational(1, 4), r"\left( x + 1 \right)^{2}": (x + 1) ** 2,
            "ln|x|": sp.log(sp.Abs(x)), "e^(2x)": sp.exp(2 * x), "0.5": sp.Rational(1, 2), "log_2(8)": sp.log(8) / sp.log(2), "x**2": x**2, "$x$": x, "2pi": 2 * sp.pi,
        }.items():  # fmt: skip
            self.reads(text, expected)

    def test_a_declared_letter_is_a_variable(self):
        self.assertEqual(Reader().read("e", ["e"]), sp.Symbol("e", real=True))

    def test_what_has_two_meanings_or_none_is_refused(self):
        for text in ("1e5", "f(x)", "y'", "d/dx x^2", "2 3", "x or y", "sum", "1,000", "x = 1", "", " ", "sin", "2 +", ")", "x_{", "\\input{a}", "a.b", "x; y"):
            with self.subTest(text=text), self.assertRaises(Unreadable):
                Reader().read(text)

    def test_other_readings_are_remembered(self):
        for text, met in (("log(x)", formula.LOG10), ("1/2x", formula.TIGHT), ("x^(1/3)", formula.REAL_ROOTS)):
            reader = Reader()
            reader.read(text)
            self.assertEqual(reader.met, {met})
            self.assertNotEqual(Reader().read(text), Reader(frozenset({met})).read(text))


class Independence(unittest.TestCase):
    def test_places_depend_on_the_claim(self):
        seen = [list(Draw(seed).places([sp.Symbol("x")], 5)) for seen_twice in (0, 1) for seed in (b"a", b"b")]
        self.assertEqual(seen[0], seen[2])
        self.assertNotEqual(seen[0], seen[1])

    def test_values_are_right_to_many_digits(self):
        claims.main([])
        x = sp.Symbol("x", real=True)
        for expr in (sp.sin(x) / x + sp.exp(-x), sp.sqrt(x) * sp.log(x), sp.atan(x) ** 3, sp.Abs(x - 5) + sp.pi):
            found, expected = evaluate(expr, {x: sp.Rational(7, 3)._to_mpmath(170)}), expr.subs(x, sp.Rational(7, 3)).evalf(45)
            self.assertLess(abs(sp.Float(str(found), 50) - expected), sp.Float("1e-43"))


if __name__ == "__main__":
    unittest.main()
