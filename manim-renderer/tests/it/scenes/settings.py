from manim import *

config.background_color = "#ece6e2"
config.frame_height = 10
config.frame_width = 10 * 16 / 9


class OwnSettings(Scene):
    def construct(self):
        self.play(Create(Circle(color=BLACK).shift(UP * 4)), run_time=0.5)
        self.camera.background_color = BLUE_E
        self.play(FadeIn(Square(fill_opacity=0.5)), run_time=0.5)
