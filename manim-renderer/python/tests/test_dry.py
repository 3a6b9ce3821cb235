"""Which animations a dry run may look at in a few moments only."""

import unittest

from manim import AnimationGroup, Circle, Create, FadeIn, Rotate, Square, UpdateFromFunc
from manim_worker.dry import is_plain


class Plain(unittest.TestCase):
    def test_manims_own_are(self) -> None:
        self.assertTrue(is_plain(Create(Circle())))
        self.assertTrue(is_plain(AnimationGroup(FadeIn(Circle()), Rotate(Square()))))

    def test_what_calls_back_is_not(self) -> None:
        self.assertFalse(is_plain(UpdateFromFunc(Circle(), lambda mobject: None)))

    def test_what_has_an_updater_is_not(self) -> None:
        circle = Circle().add_updater(lambda mobject, dt: None)
        self.assertFalse(is_plain(AnimationGroup(FadeIn(Square()), FadeIn(circle))))

    def test_a_class_of_the_scenes_own_is_not(self) -> None:
        class Mine(FadeIn):
            pass

        self.assertFalse(is_plain(Mine(Circle())))
