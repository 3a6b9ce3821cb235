"""What is heard of a scene's formulas."""

import unittest
from xml.etree import ElementTree

from manim_worker.hearing import MAX_BOXES, boxes


class Boxes(unittest.TestCase):
    def groups(self, expression: str) -> dict[str, int]:
        drawn = ElementTree.fromstring(boxes(expression))
        return {group.get("id"): len(group) for group in drawn}

    def test_every_marked_part_is_a_group(self) -> None:
        marked = r"\special{dvisvgm:raw <g id='unique000'>}ab\special{dvisvgm:raw </g>}"
        self.assertEqual(set(self.groups(marked)), {"unique000"})

    def test_a_row_is_as_long_as_its_signs_and_no_longer_than_the_limit(self) -> None:
        self.assertEqual(self.groups("a + b"), {"page1": 3})
        self.assertEqual(self.groups(""), {"page1": 1})
        self.assertEqual(self.groups("x" * 1000), {"page1": MAX_BOXES})


if __name__ == "__main__":
    unittest.main()
