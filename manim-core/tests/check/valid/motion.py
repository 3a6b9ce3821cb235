# scene: value tracker
class Tracker(Scene):
    def construct(self):
        t = ValueTracker(0)
        dot = always_redraw(lambda: Dot([t.get_value(), np.sin(t.get_value()), 0], color=RED))
        label = always_redraw(lambda: Text(f"{t.get_value():.1f}").next_to(dot, UP))
        self.add(dot, label)
        self.play(t.animate.set_value(3), run_time=1, rate_func=linear)
        t.increment_value(-1)
        self.play(t.animate.increment_value(1))

# scene: updaters
class Updaters(Scene):
    def construct(self):
        square = Square()
        follower = Dot()
        follower.add_updater(lambda m: m.next_to(square, RIGHT))
        square.add_updater(lambda m, dt: m.rotate(dt))
        self.add(square, follower)
        self.wait(0.5)
        square.clear_updaters()
        follower.suspend_updating()
        follower.resume_updating()
        follower.remove_updater(follower.updaters[0])
        self.play(FadeOut(square, shift=DOWN, scale=0.5))

# scene: f always
class Always(Scene):
    def construct(self):
        a, b = Dot(LEFT), Dot(RIGHT)
        line = Line(LEFT, RIGHT)
        line.add_updater(lambda l: l.become(Line(a.get_center(), b.get_center())))
        b.add_updater(lambda m, dt: m.shift(UP * dt))
        always(a.next_to, b, LEFT)
        self.add(a, b, line)
        self.wait(0.4)

# scene: traced path
class Traced(Scene):
    def construct(self):
        dot = Dot().shift(RIGHT)
        trace = TracedPath(dot.get_center, stroke_color=YELLOW, stroke_width=3, dissipating_time=0.5)
        self.add(dot, trace)
        self.play(Rotating(dot, about_point=ORIGIN, angle=TAU, run_time=1))
        self.play(MoveAlongPath(dot, Circle()), rate_func=smooth)

# scene: animation groups
class Groups(Scene):
    def construct(self):
        dots = VGroup(*[Dot() for _ in range(5)]).arrange(RIGHT)
        self.play(AnimationGroup(*[FadeIn(d) for d in dots], lag_ratio=0.3))
        self.play(Succession(dots[0].animate.shift(UP), dots[1].animate.shift(DOWN)))
        self.play(LaggedStartMap(FadeOut, dots, shift=UP, lag_ratio=0.1, run_time=1))
        self.play(AnimationGroup(Create(Square()), Wait(0.2), run_time=0.5))

# scene: generator play
class Generators(Scene):
    def construct(self):
        boxes = [Square(0.5).shift(i * RIGHT) for i in range(3)]
        self.play(Create(b) for b in boxes)
        self.play([FadeOut(b) for b in boxes])
        self.play(*map(FadeIn, boxes))

# scene: custom animation
class Grow(Animation):
    def __init__(self, mobject, factor=2, **kwargs):
        self.factor = factor
        super().__init__(mobject, **kwargs)

    def interpolate_mobject(self, alpha):
        self.mobject.become(self.starting_mobject.copy().scale(1 + (self.factor - 1) * self.rate_func(alpha)))

class CustomAnimation(Scene):
    def construct(self):
        self.play(Grow(Square(), factor=3, run_time=0.5, rate_func=there_and_back))

# scene: custom mobject
class Wheel(VGroup):
    def __init__(self, spokes=6, radius=1.0, **kwargs):
        super().__init__(**kwargs)
        self.rim = Circle(radius=radius)
        self.spokes = VGroup(*[Line(ORIGIN, radius * RIGHT).rotate(i * TAU / spokes, about_point=ORIGIN) for i in range(spokes)])
        self.add(self.rim, self.spokes)

    def spin(self, angle=PI):
        self.rotate(angle)
        return self

class CustomMobject(Scene):
    def construct(self):
        wheel = Wheel(8, radius=1.5, color=BLUE)
        wheel.spin().set_color(GREEN)
        self.play(wheel.animate.spin(PI / 2), run_time=0.5)
        self.play(FadeToColor(wheel.rim, RED), wheel.spokes.animate.set_opacity(0.5))

# scene: inherited scenes
class Base(Scene):
    colour = BLUE

    def make(self):
        return Circle(color=self.colour)

    def construct(self):
        self.shape = self.make()
        self.play(Create(self.shape))
        self.finish()

    def finish(self):
        pass

class Derived(Base):
    colour = RED

    def finish(self):
        self.play(FadeOut(self.shape))

# scene: override animation
class Sparkle(VGroup):
    def __init__(self):
        super().__init__(*[Dot(RIGHT * i) for i in range(3)])

    @override_animation(FadeIn)
    def _fade_in_override(self, wait=0.1, **kwargs):
        return LaggedStart(*[Create(d) for d in self], lag_ratio=wait)

class Overridden(Scene):
    def construct(self):
        self.play(FadeIn(Sparkle(), wait=0.2))

# scene: override animate
class Pulse(Square):
    @property
    def corner(self):
        return self.get_corner(UR)

    def flash(self):
        self.scale(1.2)
        return self

class OverrideAnimate(Scene):
    def construct(self):
        pulse = Pulse()
        self.play(pulse.animate.flash())
        self.add(Dot(pulse.corner))

# scene: rate functions
class Rates(Scene):
    def construct(self):
        dot = Dot()
        for rate in (linear, smooth, rate_functions.ease_out_bounce, there_and_back, rush_into, double_smooth):
            self.play(dot.animate(rate_func=rate, run_time=0.2).shift(RIGHT * 0.2))
        self.play(dot.animate(path_arc=PI).shift(LEFT), rate_func=lambda t: t**2)
        self.play(ApplyMethod(dot.shift, UP), rate_func=squish_rate_func(smooth, 0.2, 0.8))

# scene: change speed
class Speed(Scene):
    def construct(self):
        dot = Dot()
        self.play(ChangeSpeed(dot.animate(run_time=1).shift(RIGHT), speedinfo={0.5: 0.3, 1: 1}))
        self.play(Homotopy(lambda x, y, z, t: (x + t, y, z), dot))
        self.play(ApplyWave(Square()), Broadcast(Circle(radius=2), run_time=1), FocusOn(dot))

# scene: turn into updater
class TurnInto(Scene):
    def construct(self):
        square = Square()
        animation = Rotate(square, angle=PI, run_time=1)
        turn_animation_into_updater(animation, cycle=False)
        self.add(square)
        self.wait(0.4)

# scene: loops and early return
class Early(Scene):
    def construct(self):
        for i in range(10):
            if i == 2:
                break
            self.play(FadeIn(Dot(i * RIGHT)), run_time=0.1)
        if len(self.mobjects) > 100:
            return
        while len(self.mobjects) > 1:
            self.remove(self.mobjects[-1])
        try:
            self.undefined_attribute
        except AttributeError:
            pass
        print(getattr(self, "nothing", None), hasattr(self, "construct"))

# scene: dynamic attributes
class Dynamic(Scene):
    def construct(self):
        for name in ("left", "right"):
            setattr(self, f"{name}_dot", Dot())
        self.add(self.left_dot, self.right_dot)

# scene: duck typing
class Duck:
    def __init__(self, name):
        self.name = name

    def quack(self):
        return self.name.upper()

class Ducks(Scene):
    def construct(self):
        ducks = [Duck("a"), Duck("b")]
        self.add(Text(" ".join(d.quack() for d in ducks)))
        first = ducks[0]
        first.weight = 3
        self.wait(first.weight / 10)
