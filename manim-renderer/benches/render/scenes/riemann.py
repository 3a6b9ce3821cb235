from manim import *


class MainScene(Scene):
    def construct(self):
        axes = Axes(x_range=[0, 5, 1], y_range=[0, 6, 1], x_length=8, y_length=5, tips=False)
        curve = axes.plot(lambda x: 0.2 * x * x + 0.5, color=RED)
        self.play(Create(axes), Create(curve))
        boxes = axes.get_riemann_rectangles(curve, x_range=[0, 4.5], dx=0.75)
        self.play(FadeIn(boxes))
        for dx in (0.5, 0.25, 0.1):
            finer = axes.get_riemann_rectangles(curve, x_range=[0, 4.5], dx=dx)
            self.play(Transform(boxes, finer))
            self.wait(0.5)
