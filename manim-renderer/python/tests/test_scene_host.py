"""Which scene is played, and how the source is run."""

import unittest

from manim import Scene
from manim_worker.report import SceneProblem
from manim_worker.scene_host import execute, scenes_of

SOURCE = """
from manim import *
from manim import ThreeDScene as Imported
rendered = Scene().render()
is_main = __name__ == "__main__"
class A(Scene): pass
class B(A): pass
alias = A
"""


class Sources(unittest.TestCase):
    def test_only_the_scenes_that_the_source_defines_count_and_each_once(self) -> None:
        self.assertEqual([one.__name__ for one in scenes_of(execute(SOURCE))], ["A", "B"])

    def test_a_source_that_renders_itself_does_not_and_is_not_main(self) -> None:
        stock = Scene.render
        module = execute(SOURCE)
        self.assertEqual((module.rendered, module.is_main), (False, False))
        self.assertIs(Scene.render, stock)

    def test_null_bytes_are_not_python(self) -> None:
        with self.assertRaises((SceneProblem, SyntaxError)):
            execute("a = 1\0")
