"""Outlines are read as svgelements reads them."""

import random
import unittest
from typing import Any

from manim_worker import outlines
from svgelements import Path, PathSegment, Point


def facts(path: Path) -> list[Any]:
    """Every attribute of every segment."""

    def plain(value: Any) -> Any:
        return (value.x, value.y) if isinstance(value, Point) else value

    def of(segment: PathSegment) -> Any:
        return type(segment), sorted((name, plain(value)) for name, value in vars(segment).items())

    return [of(segment) for segment in path._segments]


def stock(pathdef: str) -> Path:
    path = Path()
    outlines._parse(path, pathdef)
    return path


class Outlines(unittest.TestCase):
    LETTERS = (
        "M2.211706 22.953923H.139477V23.501868H2.759651V-.398506H.139477V.14944H2.211706V22.953923Z",
        "M1.863014-2.30137C2.15193-2.30137 2.889166-2.321295 3.387298-2.530511L.5.5Z",
        "M0 0 10 10 20 0ZM5,5L-6 7 8 9H1 2V3 4C1 2 3 4 5 6 7 8 9 1 2 3Z",
        "M1 1ZL2 2ZM3 3",
        "M6.8-3.2C6.9-3.2 7.1-3.25 7.1-3.4S6.9-3.6 6.8-3.65S1 2 3 4H.8S.7-3.2 .8-3.25Z",
        "M1e2 2E-1L3 4",
    )
    OTHERS = ("", "m1 1l2 2z", "L1 1", "M1 1Q2 2 3 3", "M1 1A1 1 0 0 1 2 2", "M5. 5", "M1 1Z 2", "Z")

    def test_plain_paths_are_the_same_to_the_last_attribute(self) -> None:
        for letter in self.LETTERS:
            segments = outlines.plain(letter)
            self.assertIsNotNone(segments, letter)
            path = Path()
            outlines.parse(path, letter)
            self.assertEqual(facts(path), facts(stock(letter)), letter)

    def test_any_plain_path_is_the_same(self) -> None:
        chance = random.Random(7)
        for _ in range(300):
            letter = "M1 2"
            for _ in range(chance.randrange(12)):
                command = chance.choice("MLHVCSZ")
                count = outlines.ARITY[command] * chance.choice((1, 1, 2))
                letter += command + " ".join(repr(round(chance.uniform(-9, 9), chance.randrange(7))) for _ in range(count))
            path = Path()
            outlines.parse(path, letter)
            self.assertEqual(facts(path), facts(stock(letter)), letter)

    def test_everything_else_is_left_to_svgelements(self) -> None:
        for other in self.OTHERS:
            self.assertIsNone(outlines.plain(other), other)

    def test_segments_share_no_point(self) -> None:
        paths = [Path(), Path()]
        for path in paths:
            outlines.parse(path, self.LETTERS[2])
        segments = [segment for path in paths for segment in path._segments]
        points = [id(point) for segment in segments for point in vars(segment).values() if isinstance(point, Point)]
        self.assertEqual(len(points), len(set(points)))


if __name__ == "__main__":
    unittest.main()
