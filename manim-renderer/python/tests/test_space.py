"""What is drawn in space is what Manim draws."""

import unittest
from unittest import mock

import numpy as np
from manim import OUT, RIGHT, UP, Cube, Line3D, Sphere, Square, Surface, ThreeDAxes, VMobject
from manim.camera.camera import Camera
from manim.camera.three_d_camera import ThreeDCamera
from manim_worker import space


class Recorder:
    """Cairo's context, as far as colours go."""

    def __init__(self) -> None:
        self.set = []

    def set_source_rgba(self, *colour: float) -> None:
        self.set.append(colour)

    def set_source(self, pattern: object) -> None:
        self.set.append((pattern.get_linear_points(), pattern.get_color_stops_rgba()))


def solids() -> list[VMobject]:
    """Faces, edges, pieces of axes, what is flat, what has no points, what has one curve."""
    surface = Surface(lambda u, v: np.array([u, v, u * v]), resolution=(3, 3))
    curve = VMobject(shade_in_3d=True).set_points_as_corners([[0, 0, 0], [1, 1, 1]])
    flat = Square().set_shade_in_3d(True)
    empty = VMobject(shade_in_3d=True)
    return [part for one in (surface, Cube(), Sphere(resolution=(4, 4)), Line3D(), ThreeDAxes(), curve, flat, empty) for part in one.get_family()]


class Values(unittest.TestCase):
    def setUp(self) -> None:
        self.camera = ThreeDCamera(phi=1.1, theta=0.4)
        self.camera.reset_rotation_matrix()
        picture = mock.patch.object(space, "_picture", space.Picture())
        picture.start()
        self.addCleanup(picture.stop)

    def test_light_is_manims(self) -> None:
        for solid in solids():
            for rgbas in (solid.get_fill_rgbas(), solid.get_stroke_rgbas(), np.random.default_rng(1).random((3, 4))):
                for _ in range(2):
                    ours, theirs = space.shade(self.camera, solid, rgbas), space._shade(self.camera, solid, rgbas)
                    np.testing.assert_array_equal(ours, theirs, strict=True)

    def test_bounds_are_manims_and_nobody_elses(self) -> None:
        for solid in solids():
            for direction in (np.zeros(3), UP, -RIGHT, OUT + UP):
                for _ in range(2):
                    found = space.critical(solid, direction)
                    np.testing.assert_array_equal(found, space._critical(solid, direction), strict=True)
                    found += 1

    def test_projections_are_manims(self) -> None:
        points = np.random.default_rng(2).normal(size=(50, 3)) * 30
        for exponential in (True, False):
            self.camera.exponential_projection = exponential
            for zoom in (1.0, 0.7):
                self.camera.zoom_tracker.set_value(zoom)
                ours, theirs = space.project(self.camera, points), space._project(self.camera, points)
                np.testing.assert_array_equal(ours, theirs, strict=True)

    def test_cairo_is_given_what_manim_gives_it(self) -> None:
        for camera in (self.camera, Camera()):
            for solid in solids():
                for rgbas in (np.random.default_rng(3).random((count, 4)) for count in (1, 2, 3)):
                    ours, theirs = Recorder(), Recorder()
                    space.colour(camera, ours, rgbas, solid)
                    space._colour(camera, theirs, rgbas, solid)
                    self.assertEqual(ours.set, theirs.set)


class Pictures(unittest.TestCase):
    def test_what_was_found_for_one_picture_is_not_used_for_the_next(self) -> None:
        camera, seen = ThreeDCamera(), []
        square = Square()

        def capture(self: ThreeDCamera, mobjects: list, **kwargs: object) -> None:
            seen.append(space.critical(square, UP)[1])

        with mock.patch.object(space, "_capture", capture):
            space.capture(camera, [])
            square.shift(UP)
            space.capture(camera, [])
        self.assertEqual(seen, [1, 2])
        self.assertIsNone(space._picture)

    def test_nothing_is_kept_where_functions_of_the_scene_are_called(self) -> None:
        camera, seen = ThreeDCamera(), []
        camera.fixed_orientation_mobjects[Square()] = lambda: None
        with mock.patch.object(space, "_capture", lambda *_: seen.append(space._picture)):
            space.capture(camera, [])
        self.assertEqual(seen, [None])


if __name__ == "__main__":
    unittest.main()
