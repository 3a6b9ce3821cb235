"""Points with two coordinates."""

import subprocess
import sys
import unittest
from pathlib import Path

import numpy as np
from manim_worker import points


class Pads(unittest.TestCase):
    def test_two_numbers_get_a_third(self) -> None:
        for value in [(1, 2), [1.0, 2], np.array([1, 2]), (np.float32(1), np.int64(2))]:
            self.assertEqual(list(points.padded(value)), [1, 2, 0])

    def test_whatever_else_is_handed_on_as_it_is(self) -> None:
        for value in [(1, 2, 3), "ab", ("a", "b"), np.zeros((2, 2)), None, np.array(["a", "b"])]:
            self.assertIs(points.padded(value), value)

    def test_points_of_a_list_or_array_are_padded_one_by_one(self) -> None:
        for value in [[(1, 2), (3, 4, 5)], [np.array([1, 2]), (3, 4, 5)]]:
            self.assertEqual([list(point) for point in points.all_padded(value)], [[1, 2, 0], [3, 4, 5]])
        self.assertEqual(points.all_padded(np.ones((4, 2))).shape, (4, 3))

    def test_points_with_three_coordinates_stay_the_same_object(self) -> None:
        for value in [[(1, 2, 3)], np.ones((2, 3)), []]:
            self.assertIs(points.all_padded(value), value)


#: Runs with the padding installed, in a process of its own.
SCENE = """
import numpy as np
from manim import *
from manim_worker.points import Padding
told = []
Padding(lambda code, message: told.append(code)).install()
xy = tuple(k / 2 for k in range(2))
Dot(xy); Dot(point=xy); Line(xy, [2, 2]); Arrow(start=xy, end=(3, 1)); Polygon((0, 0), (1, 0), (1, 1)); Circle().shift(xy).move_to(xy)
Square().next_to(xy, UP).rotate(1, about_point=xy).scale(2, about_point=xy); VMobject().set_points_as_corners([xy, (1, 2)])
ParametricFunction(lambda t: (t, t * t), t_range=[0, 1]); ArrowVectorField(lambda p: p[:2], x_range=[-1, 1], y_range=[-1, 1])
Text("a").to_edge((0, 1)); Vector([1, 2]); NumberPlane().c2p(1, 2); FadeIn(Dot(), shift=(0, 1)); Brace(Square(), direction=(0, -1))
d = Dot((1, 2)); assert list(d.get_center()) == [1, 2, 0], d.get_center()
assert ParametricFunction(lambda t: np.array([t, 1]), t_range=[0, 1]).get_end()[2] == 0
v = Dot().animate.move_to((1, 1)); assert list(v.mobject.target.get_center()) == [1, 1, 0]
assert told == ["two-coordinates"], told
try:
    Dot((1, 2, 3, 4))
except Exception:
    pass
else:
    raise SystemExit("four coordinates were taken")
"""


class Manims(unittest.TestCase):
    def test_every_way_to_give_a_point_takes_two_coordinates(self) -> None:
        folder = Path(__file__).parents[1]
        done = subprocess.run([sys.executable, "-c", SCENE], cwd=folder, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr[-2000:])

    def test_the_annotations_name_the_methods_that_everybody_uses(self) -> None:
        known = {(method.owner.__name__, method.name) for method in points.WRAPPED}
        for wanted in [("Mobject", "shift"), ("Mobject", "move_to"), ("Mobject", "next_to"), ("Line", "__init__"), ("Polygon", "__init__"), ("Dot", "__init__")]:
            self.assertIn(wanted, known)


if __name__ == "__main__":
    unittest.main()
