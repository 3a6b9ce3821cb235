from manim import *


class OwnCamera(MovingCameraScene):
    def construct(self):
        square = Square(fill_opacity=1)
        self.add(square)
        self.play(self.camera.frame.animate.move_to(square).set(width=square.width * 2), run_time=0.5)
        self.play(Restore(square.save_state()), run_time=0.2)
