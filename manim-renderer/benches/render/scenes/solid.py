from manim import *


class MainScene(ThreeDScene):
    def construct(self):
        axes = ThreeDAxes(x_range=[-3, 3, 1], y_range=[-3, 3, 1], z_range=[-2, 2, 1])
        surface = Surface(
            lambda u, v: axes.c2p(u, v, np.sin(u) * np.cos(v)),
            u_range=[-2, 2],
            v_range=[-2, 2],
            resolution=(12, 12),
        )
        self.set_camera_orientation(phi=65 * DEGREES, theta=-45 * DEGREES)
        self.play(Create(axes))
        self.play(FadeIn(surface))
        self.move_camera(theta=30 * DEGREES, run_time=2)
        self.wait()
