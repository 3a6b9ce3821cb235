from manim import *


class MainScene(Scene):
    def construct(self):
        title = Text("The sum of odd numbers", font_size=48)
        self.play(Write(title))
        self.play(title.animate.to_edge(UP))
        lines = VGroup(*[Text(f"1 + 3 + ... + {2 * n - 1} = {n * n}", font_size=32) for n in range(2, 6)])
        lines.arrange(DOWN, aligned_edge=LEFT)
        for line in lines:
            self.play(FadeIn(line, shift=RIGHT), run_time=0.5)
        self.play(lines.animate.set_color(YELLOW))
        self.wait()
        self.play(FadeOut(lines), FadeOut(title))
