"""Formulas in plenty, as lessons have them."""

from manim import *


class MainScene(Scene):
    def construct(self):
        lines = VGroup(
            MathTex(r"x^2 - 5x + 6 = 0"),
            MathTex(r"\int_0^1 x^2\,dx = \frac{1}{3}"),
            MathTex(r"\sum_{k=1}^{n} k = \frac{n(n+1)}{2}"),
        ).arrange(DOWN)
        self.play(Write(lines), run_time=0.3)
        self.wait(0.1)
