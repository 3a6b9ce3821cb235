"""What is heard of a scene's formulas."""

import unittest
from xml.etree import ElementTree

from manim_worker.hearing import MAX_BOXES, MAX_PLAYS, Hearing, Silence, boxes


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


class Nobody:
    """Takes what is said."""

    def __init__(self) -> None:
        self.said = []

    def send(self, message: dict) -> None:
        self.said.append(message)


class Listening(unittest.TestCase):
    def test_a_scene_that_waits_for_a_time_that_does_not_come_is_left(self) -> None:
        hearing = Hearing(Nobody(), print)
        with self.assertRaises(Silence):
            while True:
                hearing.play()

    def test_a_scene_with_new_formulas_is_heard_out(self) -> None:
        hearing = Hearing(Nobody(), print)
        for _ in range(3):
            for _ in range(MAX_PLAYS):
                hearing.play()
            hearing._ask({"source": "x"}, "x")
        self.assertEqual(len(hearing.channel.said), 3)


if __name__ == "__main__":
    unittest.main()
