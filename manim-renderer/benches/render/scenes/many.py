from manim import *


class MainScene(Scene):
    def construct(self):
        dots = VGroup(*[Dot(radius=0.07) for _ in range(400)]).arrange_in_grid(20, 20, buff=0.15)
        self.play(LaggedStart(*[FadeIn(dot, scale=0.5) for dot in dots], lag_ratio=0.005), run_time=2)
        self.play(dots.animate.set_color_by_gradient(BLUE, GREEN, YELLOW))
        self.play(Rotate(dots, PI / 4))
        self.play(dots.animate.scale(0.5))
        self.wait(0.5)
