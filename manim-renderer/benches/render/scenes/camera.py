from manim import *


class MainScene(MovingCameraScene):
    def construct(self):
        plane = NumberPlane()
        curve = FunctionGraph(lambda x: np.sin(2 * x), color=YELLOW)
        self.play(Create(plane), run_time=1)
        self.play(Create(curve))
        self.camera.frame.save_state()
        self.play(self.camera.frame.animate.scale(0.4).move_to(curve.get_start() + RIGHT * 3))
        self.play(self.camera.frame.animate.shift(RIGHT * 3), run_time=1.5)
        self.play(Restore(self.camera.frame))
        self.wait(0.5)
