from manim import *


class MainScene(Scene):
    def construct(self):
        axes = Axes(x_range=[-1, 5, 1], y_range=[-1, 7, 1], x_length=9, y_length=5.5)
        curve = axes.plot(lambda x: x * x - 4 * x + 5, x_range=[0, 4.4], color=BLUE)
        self.play(Create(axes))
        self.play(Create(curve), run_time=2)
        dot = Dot(axes.c2p(0, 5), color=YELLOW)
        self.play(FadeIn(dot))
        self.play(MoveAlongPath(dot, curve), run_time=2)
        area = axes.get_area(curve, x_range=(1, 3), color=[GREEN, TEAL], opacity=0.5)
        self.play(FadeIn(area))
        self.wait()
