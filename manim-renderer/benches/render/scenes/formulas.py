from manim import *


class MainScene(Scene):
    def construct(self):
        steps = [
            r"x^2 - 5x + 6 = 0",
            r"(x - 2)(x - 3) = 0",
            r"x = \frac{5 \pm \sqrt{25 - 24}}{2}",
            r"x_1 = 2, \quad x_2 = 3",
        ]
        formulas = VGroup(*[MathTex(step) for step in steps]).arrange(DOWN, buff=0.6)
        for formula in formulas:
            self.play(Write(formula))
            self.wait(0.5)
        self.play(Create(SurroundingRectangle(formulas[-1], color=YELLOW)))
        self.wait()
