from manim import *


class MainScene(Scene):
    def construct(self):
        angle = ValueTracker(0)
        circle = Circle(radius=2)
        radius = always_redraw(lambda: Line(ORIGIN, 2 * np.array([np.cos(angle.get_value()), np.sin(angle.get_value()), 0])))
        dot = always_redraw(lambda: Dot(radius.get_end(), color=YELLOW))
        value = DecimalNumber(0, num_decimal_places=2).to_corner(UR)
        value.add_updater(lambda number: number.set_value(np.sin(angle.get_value())))
        self.play(Create(circle))
        self.add(radius, dot, value)
        self.play(angle.animate.set_value(TAU), run_time=4, rate_func=linear)
        self.wait()
