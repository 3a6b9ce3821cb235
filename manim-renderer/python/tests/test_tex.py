"""What is said of a formula that TeX refuses."""

import tempfile
import unittest
from pathlib import Path

from manim_worker.tex import as_text, problem
from manim_worker.tex_host import first_error

LOG = """This is pdfTeX
! Undefined control sequence.
l.7 ...7 \\special{dvisvgm:raw <g>}\\frac{1}{\\nosuch
                                                   }
The control sequence at the end of the top line
"""


class Logs(unittest.TestCase):
    def said(self, text: bytes) -> str:
        with tempfile.TemporaryDirectory() as directory:
            log = Path(directory) / "x.log"
            log.write_bytes(text)
            return first_error(log)

    def test_the_first_error_and_its_place(self) -> None:
        said = self.said(LOG.encode())
        self.assertTrue(said.startswith("Undefined control sequence. (TeX stopped after: "), said)
        self.assertIn(r"\frac{1}{\nosuch", said)

    def test_a_log_that_is_not_unicode_is_read(self) -> None:
        self.assertEqual(self.said(b"! Bad \xff character"), "Bad � character")

    def test_a_missing_log_is_named(self) -> None:
        self.assertEqual(first_error(Path("/nonexistent")), "It left no log.")


class Texts(unittest.TestCase):
    MARK = r"\special{dvisvgm:raw <g id='unique_000'>}"

    def test_lone_signs_of_formulas_are_signs(self) -> None:
        self.assertEqual(as_text(self.MARK + r"d_k = 2^n \_ a", "center"), self.MARK + r"d\_k = 2\^{}n \_ a")

    def test_what_has_formulas_or_no_such_signs_stays(self) -> None:
        for text in ("$x_1$ and a_b", r"\(x_1\)", r"\begin{tabular}a_b\end{tabular}", "plain", r"a\_b"):
            self.assertIsNone(as_text(text, "center"), text)
        self.assertIsNone(as_text("x_1", "align*"))

    def test_an_error_shows_no_marks(self) -> None:
        said = str(problem("latex-error", "Bad.", self.MARK + "x"))
        self.assertEqual(said, "LaTeX cannot set this formula: x\nBad.")
