"""What is said of an exception."""

import unittest

from manim_worker import report
from manim_worker.report import SceneProblem


def raised(source: str, name: str = report.SOURCE_NAME) -> BaseException:
    try:
        exec(compile(source, name, "exec"), {})
    except BaseException as error:
        return error
    raise AssertionError("nothing was raised")


class Codes(unittest.TestCase):
    def test_names_become_kebab_case(self) -> None:
        for name, kebab in [("NameError", "name-error"), ("OSError", "os-error"), ("ZeroDivisionError", "zero-division-error")]:
            self.assertEqual(report.kebab(name), kebab)

    def test_a_problem_of_ours_brings_its_own(self) -> None:
        self.assertEqual(report.code_of(SceneProblem("latex-error", "x")), "latex-error")

    def test_a_class_of_the_scenes_own_goes_by_its_base(self) -> None:
        self.assertEqual(report.code_of(raised("class NameError(KeyError): pass\nraise NameError")), "key-error")


class Places(unittest.TestCase):
    def test_the_innermost_frame_of_the_source_counts(self) -> None:
        self.assertEqual(report.place(raised("def f():\n    return 1 / 0\nf()")), (2, 12))

    def test_frames_of_others_do_not(self) -> None:
        self.assertEqual(report.place(raised("1 / 0", "other.py")), (None, None))

    def test_a_cause_is_looked_into(self) -> None:
        error = RuntimeError("outer")
        error.__cause__ = raised("\n\n1 / 0")
        self.assertEqual(report.place(error), (3, 1))

    def test_causes_in_a_circle_end(self) -> None:
        error = ValueError()
        error.__cause__ = error
        self.assertEqual(report.place(error), (None, None))


class Messages(unittest.TestCase):
    def test_a_message_that_raises_is_replaced(self) -> None:
        class Mean(Exception):
            def __str__(self) -> str:
                raise SystemExit

        self.assertEqual(report.message_of(Mean()), "Mean: (its message cannot be shown)")

    def test_a_message_is_cut(self) -> None:
        said = report.failure(ValueError("x" * 10_000))["message"]
        self.assertEqual(len(said), report.MAX_MESSAGE_CHARS)

    def test_a_missing_key_is_called_that(self) -> None:
        self.assertEqual(report.message_of(KeyError("a")), "KeyError: no such key: 'a'")
