"""What everybody else wants: text, a formula, chance, movement."""

import random

from manim import *


class MainScene(Scene):
    def construct(self):
        self.add(MathTex(r"\int_0^1 x^2\,dx = \frac{1}{3}").shift(UP))
        self.add(Text("plain text").shift(DOWN))
        square = Square().shift(random.random() * RIGHT + np.random.random() * LEFT)
        self.play(Create(square), run_time=0.2)
