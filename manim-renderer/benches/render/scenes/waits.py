from manim import *


class MainScene(Scene):
    def construct(self):
        question = Text("How many diagonals has a hexagon?", font_size=40).to_edge(UP)
        shape = RegularPolygon(6, color=BLUE).scale(2)
        self.play(FadeIn(question))
        self.wait(3)
        self.play(Create(shape))
        self.wait(2)
        corners = shape.get_vertices()
        pairs = [(a, b) for a in range(6) for b in range(a + 2, 6) if (a, b) != (0, 5)]
        self.play(LaggedStart(*[Create(Line(corners[a], corners[b], color=YELLOW)) for a, b in pairs]))
        self.wait(4)
