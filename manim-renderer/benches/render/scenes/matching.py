from manim import *


class MainScene(Scene):
    def construct(self):
        first = MathTex("a^2", "+", "b^2", "=", "c^2")
        second = MathTex("a^2", "=", "c^2", "-", "b^2")
        third = MathTex("a", "=", r"\sqrt{c^2 - b^2}")
        self.play(Write(first))
        self.wait(0.5)
        self.play(TransformMatchingTex(first, second), run_time=1.5)
        self.wait(0.5)
        self.play(TransformMatchingTex(second, third), run_time=1.5)
        self.play(Indicate(third))
        self.play(third.animate.scale(1.5).set_color(GREEN))
        self.wait(0.5)
