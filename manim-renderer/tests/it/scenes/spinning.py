from manim import *


class Spinning3D(ThreeDScene):
    def construct(self):
        self.set_camera_orientation(phi=70 * DEGREES, theta=30 * DEGREES)
        label = Text("fixed").to_corner(UL)
        self.add_fixed_in_frame_mobjects(label)
        self.add(ThreeDAxes(), Cube(fill_opacity=0.6))
        self.begin_ambient_camera_rotation(rate=0.5)
        self.wait(0.6)
        self.stop_ambient_camera_rotation()
        self.move_camera(phi=30 * DEGREES, run_time=0.5)
