# scene: shapes
class Shapes(Scene):
    def construct(self):
        circle = Circle(radius=1.2, color=BLUE, fill_opacity=0.4)
        square = Square(side_length=2, color=RED).next_to(circle, RIGHT, buff=0.5)
        triangle = Triangle().set_fill(GREEN, opacity=0.5).shift(3 * LEFT)
        self.play(Create(circle), FadeIn(square, shift=UP), GrowFromCenter(triangle))
        self.play(circle.animate.scale(1.5).set_color(YELLOW), run_time=2)
        self.wait(0.5)

# scene: text and groups
class TextGroups(Scene):
    def construct(self):
        lines = VGroup(*[Text(f"line {i}", font_size=30) for i in range(4)])
        lines.arrange(DOWN, aligned_edge=LEFT, buff=0.3).to_edge(LEFT)
        self.play(LaggedStart(*[Write(line) for line in lines], lag_ratio=0.2))
        for line in lines:
            self.play(line.animate.set_color(YELLOW), run_time=0.3)
        self.play(FadeOut(Group(*self.mobjects)))

# scene: explicit imports
from manim import BLUE, Circle, Create, FadeOut, Scene

class Explicit(Scene):
    def construct(self):
        circle = Circle(color=BLUE)
        self.play(Create(circle))
        self.play(FadeOut(circle))

# scene: module alias
import manim as mn
import numpy as np

class Alias(mn.Scene):
    def construct(self):
        dots = mn.VGroup(*(mn.Dot([np.cos(t), np.sin(t), 0], color=mn.RED) for t in np.linspace(0, 2 * np.pi, 8)))
        self.play(mn.Create(dots), rate_func=mn.rate_functions.ease_in_out_sine)
        self.play(mn.Rotate(dots, angle=mn.PI / 2))

# scene: colours
class Colours(Scene):
    def construct(self):
        names = [RED_A, BLUE_E, PURE_GREEN, "#ff8800", "RED", ManimColor("#123456"), X11.AQUAMARINE1]
        row = VGroup(*[Square(0.6, color=c, fill_opacity=1) for c in names]).arrange(RIGHT)
        mixed = interpolate_color(RED, BLUE, 0.5)
        row.set_color_by_gradient(RED, YELLOW, mixed)
        Text("x", color="blue")
        self.add(row)
        self.wait()

# scene: transforms
class Transforms(Scene):
    def construct(self):
        a = Square()
        b = Circle()
        self.add(a)
        self.play(Transform(a, b))
        self.play(ReplacementTransform(a, Triangle()))
        c = Star()
        c.save_state()
        self.play(c.animate.shift(RIGHT).rotate(PI / 4))
        self.play(Restore(c))
        c.generate_target()
        c.target.shift(2 * LEFT).set_color(RED)
        self.play(MoveToTarget(c))

# scene: set attributes through getters and setters
class Setters(Scene):
    def construct(self):
        box = Rectangle(width=4, height=2)
        box.set(width=3)
        box.set_height(1)
        box.width = 5
        box.set_stroke(width=6, color=GREEN, opacity=0.9).set_fill(RED, 0.3)
        print(box.get_width(), box.get_color(), box.get_center()[0])
        box.my_label = Text("mine")
        box.my_label.move_to(box)
        self.add(box, box.get_my_label())
        box.set_z_index(3)

# scene: arrows and braces
class Arrows(Scene):
    def construct(self):
        line = Line(LEFT * 2, RIGHT * 2)
        brace = Brace(line, direction=DOWN)
        label = brace.get_text("length")
        arrow = Arrow(ORIGIN, UP * 2, buff=0, color=YELLOW, max_tip_length_to_length_ratio=0.2)
        vector = Vector([1, 2], color=RED)
        double = DoubleArrow(LEFT, RIGHT, tip_length=0.2)
        curved = CurvedArrow(LEFT, UP, angle=TAU / 4)
        elbow = Elbow(width=0.4)
        dashed = DashedLine(start=LEFT, end=RIGHT, dash_length=0.1, dashed_ratio=0.6)
        self.add(line, brace, label, arrow, vector, double, curved, elbow, dashed)

# scene: polygons
class Polygons(Scene):
    def construct(self):
        corners = [LEFT, UP, [1, 0, 0], (0.5, -1, 0)]
        shape = Polygon(*corners, color=TEAL, fill_opacity=0.2)
        hexagon = RegularPolygon(n=6, start_angle=30 * DEGREES).scale(0.5)
        cut = Cutout(Square(3), Circle(), fill_opacity=1, color=BLUE)
        union = Union(Circle(), Square(), color=GREEN)
        rounded = RoundedRectangle(corner_radius=0.3, width=3, height=1)
        self.add(shape, hexagon, cut, union, rounded)
        self.play(Indicate(shape), Flash(ORIGIN), Circumscribe(hexagon), Wiggle(rounded))

# scene: angles
class Angles(Scene):
    def construct(self):
        one = Line(ORIGIN, RIGHT * 2)
        two = Line(ORIGIN, UP + RIGHT)
        angle = Angle(one, two, radius=0.6, other_angle=False)
        right = RightAngle(Line(LEFT, RIGHT), Line(DOWN, UP), length=0.3)
        arc = Arc(radius=2, start_angle=0, angle=PI / 3, arc_center=LEFT)
        sector = Sector(radius=1, angle=PI / 2, fill_opacity=0.5)
        ring = Annulus(inner_radius=0.5, outer_radius=1)
        self.add(one, two, angle, right, arc, sector, ring)

# scene: decimals
class Decimals(Scene):
    def construct(self):
        number = DecimalNumber(3.14159, num_decimal_places=3, show_ellipsis=True, mob_class=Text)
        count = Integer(7, mob_class=Text).next_to(number, DOWN)
        self.add(number, count)
        number.set_value(2.5)
        self.play(ChangeDecimalToValue(number, 5), run_time=0.5)

# scene: helper methods
class Helpers(Scene):
    TITLE = "Helpers"

    def setup(self):
        self.box = Square()

    def titled(self, text, colour=WHITE, *, size=36):
        return Text(text, font_size=size, color=colour).to_edge(UP)

    def construct(self):
        title = self.titled(self.TITLE, size=40)
        self.add(title, self.box)
        self.move_box(RIGHT, times=2)

    def move_box(self, direction, times=1):
        for _ in range(times):
            self.play(self.box.animate.shift(direction))

# scene: conditional imports
try:
    import manim_physics
except ImportError:
    manim_physics = None

class Optional(Scene):
    def construct(self):
        if manim_physics is not None:
            self.add(manim_physics.Pendulum())
        self.add(Dot())

# scene: comprehension scopes
class Scopes(Scene):
    def construct(self):
        n = 5
        grid = [[Dot([x, y, 0]) for x in range(n)] for y in range(n)]
        flat = [d for row in grid for d in row]
        total = sum(1 for _ in flat)
        table = {i: d for i, d in enumerate(flat)}
        if (half := total // 2) > 3:
            self.add(table[half])
        def inner():
            nonlocal n
            n += 1
            return n
        self.add(VGroup(*flat).center())
        inner()

# scene: globals and constants
SPEED = 0.5
counter = 0

def bump():
    global counter, late
    counter += 1
    late = counter

class Globals(Scene):
    def construct(self):
        bump()
        self.wait(SPEED * late)

# scene: unused broken helper
class Unused(Scene):
    def construct(self):
        self.add(Dot())

# scene: config
config.background_color = "#101020"
config["pixel_height"] = 480

class Configured(Scene):
    def construct(self):
        self.camera.background_color = "#202020"
        edge = config.frame_width / 2
        self.add(Dot([edge - 1, config["frame_y_radius"] - 1, 0]))
