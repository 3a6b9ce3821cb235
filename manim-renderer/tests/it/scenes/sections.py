from manim import *


class Sections(Scene):
    def construct(self):
        square = Square()
        self.next_section("drawn")
        self.play(Create(square), run_time=0.5)
        self.next_section("skipped", skip_animations=True)
        self.play(square.animate.shift(LEFT))
        self.wait()
        self.next_section("drawn again")
        self.play(square.animate.set_color(RED), run_time=0.5)
