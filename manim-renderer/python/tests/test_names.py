"""What the source calls an object."""

import unittest

from manim_worker import names, report

SOURCE = """
class Scene:
    def construct(self):
        title = object()
        rows = [object(), object()]
        self.kept = object()
        helper = lambda: tell(title, rows[1], self.kept, object())
        return (
            helper()
        )
"""


class Names(unittest.TestCase):
    def test_locals_members_and_attributes_have_names(self) -> None:
        def tell(*objects: object) -> list[object]:
            return [*map(names.name_of, objects), names.line()]

        module = {"tell": tell}
        exec(compile(SOURCE, report.SOURCE_NAME, "exec"), module)
        told = module["Scene"]().construct()
        self.assertEqual(told, ["title", "rows[1]", "self.kept", None, 7])

    def test_outside_of_a_scene_nothing_has_a_line(self) -> None:
        self.assertIsNone(names.line())
