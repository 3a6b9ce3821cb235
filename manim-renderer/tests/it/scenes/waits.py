from manim import *


class EveryKindOfWait(Scene):
    def construct(self):
        tracker = ValueTracker(0)
        dot = Dot().add_updater(lambda d: d.move_to(RIGHT * tracker.get_value()))
        self.add(dot)
        self.wait(0.5)
        tracker.add_updater(lambda t, dt: t.increment_value(dt))
        self.add(tracker)
        self.wait_until(lambda: tracker.get_value() > 0.7)
        self.wait(2, stop_condition=lambda: tracker.get_value() > 1.1)
        self.wait(0.4, frozen_frame=True)
        tracker.clear_updaters()
        dot.clear_updaters()
        self.pause(0.3)
        self.wait(0.01)
        square = Square()
        self.add_updater(lambda dt: square.rotate(dt))
        self.add(square)
        self.wait(0.3)
        self.play(square.animate.shift(UP), run_time=0.37)
