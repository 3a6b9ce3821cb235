"""Somebody else's job, with a secret in its memory and in a file."""

import time

from manim import *


class MainScene(Scene):
    def construct(self):
        diary = "SECRET"
        with open("diary", "w") as file:
            file.write(diary)
        circle = Circle()
        self.play(Create(circle), run_time=0.2)
        # Long enough for who looks for it.
        time.sleep(0.3)
        assert open("diary").read() == diary
        self.play(FadeOut(circle), run_time=0.2)
