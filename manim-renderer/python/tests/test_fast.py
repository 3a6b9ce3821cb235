"""What takes the place of Manim's own functions gives what they give."""

import unittest
from unittest import mock

import manim
import numpy as np
from manim import BLUE, HSV, RED, Circle, Group, Line, ManimColor, Mobject, Square, Text, VGroup, VMobject
from manim.mobject import mobject as stock
from manim.utils.iterables import remove_list_redundancies

from manim_worker import fast

OWN = {name: getattr(Mobject, name) for name in ("__deepcopy__", "get_family")}


def mobjects():
    """Closed, open, interrupted, empty, of one point, nested, with a part that is met twice."""
    interrupted = VMobject()
    interrupted.points = np.concatenate([Line().points, Square().points])
    single = VMobject()
    single.points = np.array([[1.0, 2.0, 3.0]])
    shared = Circle()
    nested = VGroup(shared, VGroup(Square(), shared))
    return [Circle(), Line(), Square(), VMobject(), interrupted, single, nested, VGroup(interrupted, single)]


class Values(unittest.TestCase):
    def test_boundaries_are_manims(self):
        for one in mobjects():
            np.testing.assert_array_equal(fast.boundary(one), fast._boundary(one), strict=True)

    def test_splits_are_manims_also_for_what_is_not_a_number(self):
        for one in mobjects():
            paths = [one.points, np.where(one.points > 0, np.nan, one.points), np.where(one.points > 0, np.inf, one.points)]
            for points in paths:
                np.testing.assert_array_equal(
                    fast.splits(one, points, 2), fast._splits(one, points, 2), strict=True
                )

    def test_families_are_manims_also_in_a_circle(self):
        circle = Group(Square())
        circle.submobjects.append(circle)
        for one in [*mobjects(), circle]:
            self.assertEqual(fast.family(one), OWN["get_family"](one))

    def test_colours_are_manims(self):
        shiny = Square()
        shiny.sheen_factor = 0.3
        colours = [None, RED, "#123456", [RED, BLUE], ManimColor((0.1, 0.2, 0.3, 0.4)), HSV((0.1, 0.2, 0.3))]
        for one in (Square(), shiny):
            for colour in colours:
                for opacity in (None, 0, 1, 0.25, np.float64(0.5), [0.1, 0.9]):
                    ours, theirs = fast.rgbas(one, colour, opacity), fast._rgbas(one, colour, opacity)
                    np.testing.assert_array_equal(ours, theirs, strict=True)

    def test_the_last_of_equal_things_stays(self):
        for things in ([], [1], [1, 2, 1, 3, 2], [1, True, 1.0]):
            ours, theirs = fast.last_occurrences(things), remove_list_redundancies(things)
            self.assertEqual([repr(one) for one in ours], [repr(one) for one in theirs])


class Copies(unittest.TestCase):
    def test_a_copy_shares_nothing_that_changes(self):
        text = Text("ab")
        other = fast.deepcopy(text, {})
        other.submobjects[0].points += 1
        other.submobjects[0].color._internal_value[0] = 0.25
        self.assertFalse(np.array_equal(other.submobjects[0].points, text.submobjects[0].points))
        self.assertNotEqual(text.submobjects[0].color._internal_value[0], 0.25)

    def test_what_two_attributes_share_the_copys_share(self):
        one = Square()
        one.twin = one.points
        one.friend = Circle()
        one.friend.back = one
        other = fast.deepcopy(one, {})
        self.assertIs(other.twin, other.points)
        self.assertIs(other.friend.back, other)

    def test_an_attribute_may_be_anything(self):
        one = Square()
        one.any = {"list": [1, (one, np.array([None, 1], dtype=object))], "call": print}
        other = fast.deepcopy(one, {})
        self.assertIs(other.any["list"][1][0], other)
        self.assertIsNot(other.any, one.any)


class Versions(unittest.TestCase):
    def test_nothing_is_replaced_in_another_version(self):
        with mock.patch.object(manim, "__version__", "0.23.0"):
            self.assertFalse(fast.install())
        self.assertIs(Mobject.__deepcopy__, OWN["__deepcopy__"])
        self.assertIs(stock.remove_list_redundancies, remove_list_redundancies)


if __name__ == "__main__":
    unittest.main()
