from manim import *


class MainScene(Scene):
    def construct(self):
        left = Matrix([[2, 1], [1, 3]])
        right = Matrix([["x"], ["y"]])
        equals = MathTex("=")
        result = Matrix([[5], [10]])
        row = VGroup(left, right, equals, result).arrange(RIGHT)
        self.play(Write(left), Write(right))
        self.play(Write(equals), Write(result))
        self.play(left.get_rows()[0].animate.set_color(YELLOW), right.animate.set_color(YELLOW))
        self.play(left.get_rows()[1].animate.set_color(BLUE), Circumscribe(result))
        self.play(row.animate.shift(UP * 2))
        self.wait()
