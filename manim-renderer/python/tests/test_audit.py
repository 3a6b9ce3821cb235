"""What is seen of a picture."""

import unittest
from types import SimpleNamespace
from typing import Any

from manim import DOWN, LEFT, RIGHT, UP, AnimatedBoundary, Axes, BackgroundRectangle, Circle, DecimalNumber, MovingCamera, NumberLine, NumberPlane, Rectangle, Square, Text, ThreeDCamera, VGroup
from manim.camera.camera import Camera
from manim_worker.audit import Audit, called, inks


def flaws(*mobjects: Any, camera: Any = None, height_px: int = 1080) -> list[str]:
    found: list[str] = []
    scene = SimpleNamespace(mobjects=list(mobjects), camera=camera or Camera())
    Audit(lambda code, message, line: found.append(code), height_px).look(scene)
    return found


def word(text: str = "word", **settings: Any) -> Text:
    return Text(text, **settings)


class Frames(unittest.TestCase):
    def test_a_text_that_is_cut_off_is_told(self) -> None:
        self.assertEqual(flaws(word().move_to(RIGHT * 7)), ["off-frame"])

    def test_a_text_that_waits_outside_is_not(self) -> None:
        self.assertEqual(flaws(word().move_to(RIGHT * 12)), [])

    def test_shapes_may_reach_beyond_the_frame(self) -> None:
        self.assertEqual(flaws(NumberPlane(x_range=[-20, 20]), Circle(radius=9), Square().move_to(RIGHT * 7)), [])

    def test_the_numbers_of_a_line_may_leave_the_frame_with_it(self) -> None:
        line = NumberLine(x_range=[-9, 9], unit_size=0.8, include_numbers=True, font_size=48)
        self.assertEqual(flaws(line), [])
        self.assertEqual(flaws(VGroup(*line.numbers)), ["off-frame", "off-frame"])

    def test_the_frame_is_what_a_moving_camera_sees(self) -> None:
        camera = MovingCamera()
        camera.frame.move_to(RIGHT * 7)
        self.assertEqual(flaws(word().move_to(RIGHT * 7), camera=camera), [])
        self.assertEqual(flaws(word().move_to(LEFT * 0.1), camera=camera), ["off-frame"])

    def test_scenes_in_space_are_not_judged(self) -> None:
        self.assertEqual(flaws(word().move_to(RIGHT * 7), camera=ThreeDCamera()), [])


class Pairs(unittest.TestCase):
    def test_text_on_text_is_told(self) -> None:
        self.assertEqual(flaws(word("one thing"), word("another").shift(UP * 0.1)), ["overlap"])

    def test_text_in_groups_counts(self) -> None:
        self.assertEqual(flaws(VGroup(Square(), word("one thing")), VGroup(word("another"))), ["overlap"])

    def test_text_apart_is_not_told(self) -> None:
        self.assertEqual(flaws(word().shift(UP), word().shift(DOWN)), [])

    def test_lines_without_a_gap_are_told(self) -> None:
        above = word("above")
        self.assertEqual(flaws(above, word("below").next_to(above, DOWN, buff=0.06)), ["tight"])

    def test_words_of_one_line_may_be_close(self) -> None:
        first = word("first")
        self.assertEqual(flaws(first, word("second").next_to(first, RIGHT, buff=0.1)), [])

    def test_a_copy_in_its_place_is_no_overlap(self) -> None:
        self.assertEqual(flaws(word(), word()), [])

    def test_a_boundary_around_a_text_is_no_text(self) -> None:
        text = word("go")
        boundary = AnimatedBoundary(text)
        boundary.update_boundary_copies(0.07)
        self.assertEqual(flaws(boundary, text, height_px=480), [])

    def test_what_cannot_be_seen_is_no_overlap(self) -> None:
        self.assertEqual(flaws(word("one thing"), word("another").set_opacity(0)), [])

    def test_a_label_on_an_opaque_box_is_no_overlap(self) -> None:
        label = word("another")
        self.assertEqual(flaws(word("one thing"), BackgroundRectangle(label, fill_opacity=1, buff=0.3), label), [])

    def test_the_numbers_of_an_axis_are_no_overlap(self) -> None:
        self.assertEqual(flaws(Axes(x_range=[0, 5], y_range=[0, 3])), [])

    def test_each_flaw_is_told_once(self) -> None:
        found: list[str] = []
        audit = Audit(lambda code, message, line: found.append(message), 1080)
        scene = SimpleNamespace(mobjects=[word("one thing"), word("another")], camera=Camera())
        audit.look(scene)
        audit.look(scene)
        self.assertEqual(found, ['"one thing" and "another" lie on each other.'])


class Sizes(unittest.TestCase):
    def test_what_cannot_be_read_at_the_films_size_is_told(self) -> None:
        self.assertEqual(flaws(word(font_size=16), height_px=480), ["too-small"])
        self.assertEqual(flaws(word(font_size=16), height_px=1080), [])
        self.assertEqual(flaws(word().scale(0.3), height_px=480), ["too-small"])

    def test_usual_text_is_large_enough(self) -> None:
        self.assertEqual(flaws(word(font_size=24), height_px=480), [])


class Names(unittest.TestCase):
    def test_texts_are_called_by_what_they_say(self) -> None:
        self.assertEqual(called(DecimalNumber(2.5)), '"2.5"')
        self.assertEqual(called(Text("{0} " + "x" * 60)), '"{0} ' + "x" * 25 + '…"')

    def test_each_text_counts_once(self) -> None:
        text = word()
        self.assertEqual(len(list(inks([VGroup(text), text, Rectangle()]))), 1)


if __name__ == "__main__":
    unittest.main()
