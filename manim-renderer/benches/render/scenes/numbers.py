from manim import *


class MainScene(Scene):
    def construct(self):
        line = NumberLine(x_range=[0, 10, 1], length=11, include_numbers=True)
        pointer = Triangle(fill_opacity=1, color=RED).scale(0.2).rotate(PI).next_to(line.n2p(0), UP)
        self.play(Create(line), run_time=1.5)
        self.play(FadeIn(pointer))
        for at in (3, 7, 5):
            arc = CurvedArrow(pointer.get_center(), line.n2p(at) + UP * 0.3, angle=-PI / 3, color=BLUE)
            self.play(Create(arc), pointer.animate.next_to(line.n2p(at), UP))
        self.play(Flash(line.n2p(5)))
        self.wait()
