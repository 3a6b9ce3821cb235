"""What is said of a formula that TeX refuses."""

import tempfile
import unittest
from pathlib import Path

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
