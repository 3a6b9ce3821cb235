# scene: three d
class Space(ThreeDScene):
    def construct(self):
        self.set_camera_orientation(phi=75 * DEGREES, theta=-45 * DEGREES, zoom=0.8)
        axes = ThreeDAxes(x_range=[-3, 3], z_range=[-2, 2])
        ball = Sphere(radius=1, resolution=(8, 8)).set_color(BLUE)
        self.add(axes, ball)
        self.begin_ambient_camera_rotation(rate=0.2)
        self.wait(0.3)
        self.stop_ambient_camera_rotation()
        self.move_camera(phi=30 * DEGREES, run_time=0.5)
        label = Text("fixed").to_corner(UL)
        self.add_fixed_in_frame_mobjects(label)

# scene: surfaces
class Surfaces(ThreeDScene):
    def construct(self):
        axes = ThreeDAxes()
        surface = Surface(lambda u, v: axes.c2p(u, v, np.sin(u) * np.cos(v)), u_range=[-2, 2], v_range=[-2, 2], resolution=(6, 6), checkerboard_colors=[BLUE_D, BLUE_E], fill_opacity=0.7)
        surface.set_fill_by_value(axes=axes, colorscale=[(RED, -1), (GREEN, 0), (BLUE, 1)], axis=2)
        curve = ParametricFunction(lambda t: axes.c2p(np.cos(t), np.sin(t), t / 3), t_range=[0, TAU])
        self.add(axes, surface, curve, Dot3D([1, 1, 1]), Line3D(ORIGIN, [1, 1, 1]), Arrow3D(ORIGIN, UP), Cube(side_length=0.5))
        self.camera.set_zoom(1.2)

# scene: solids
class Solids(ThreeDScene):
    def construct(self):
        solids = VGroup(Cone(base_radius=0.5, height=1, resolution=4), Cylinder(radius=0.5, height=1, resolution=4), Torus(resolution=(4, 4)), Prism(dimensions=[1, 2, 1]), Dodecahedron(), Tetrahedron())
        solids.arrange_in_grid(rows=2)
        self.add(solids)
        self.play(Rotate(solids, angle=PI / 4, axis=UP + RIGHT), run_time=0.3)
        self.set_camera_orientation(phi=1.2)

# scene: moving camera
class Moving(MovingCameraScene):
    def construct(self):
        dot = Dot([2, 1, 0])
        self.add(dot)
        self.camera.frame.save_state()
        self.play(self.camera.frame.animate.scale(0.5).move_to(dot))
        self.play(self.camera.frame.animate.set(width=10))
        self.camera.frame.add_updater(lambda m: m.move_to(dot.get_center()))
        self.play(dot.animate.shift(LEFT))
        self.camera.frame.clear_updaters()
        self.play(Restore(self.camera.frame))
        self.play(self.camera.auto_zoom([dot], margin=1))

# scene: frame through a name
class Framed(MovingCameraScene):
    def construct(self):
        frame = self.camera.frame
        frame.save_state()
        self.play(frame.animate.scale(0.7).shift(UP), run_time=0.4)
        self.play(Restore(frame))

# scene: linear transformation
class Linear(LinearTransformationScene):
    def __init__(self, **kwargs):
        super().__init__(show_coordinates=False, leave_ghost_vectors=True, **kwargs)

    def construct(self):
        self.apply_matrix([[1, 1], [0, 1]])
        self.add_vector([1, 2], color=YELLOW)
        self.wait(0.2)

# scene: vectors
class Vectors(VectorScene):
    def construct(self):
        self.add_plane()
        vector = self.add_vector([2, 1])
        self.add(vector.copy().set_color(RED))

# scene: sections and subcaptions
class Sections(Scene):
    def construct(self):
        self.next_section("intro", skip_animations=True)
        self.play(FadeIn(Square()), subcaption="A square", subcaption_duration=1)
        self.add_subcaption("more", duration=0.5)
        self.wait_until(lambda: True, max_time=0.5)
        self.pause(0.2)
        self.bring_to_front(self.mobjects[0])
        self.clear()

# scene: numpy and math
from math import cos, sin
import itertools
import random

class Numbers(Scene):
    def construct(self):
        rng = np.random.default_rng(1)
        random.seed(2)
        noise = rng.normal(size=3)
        points = [np.array([cos(t), sin(t), 0.0]) * 2 for t in np.arange(0, TAU, 0.7)]
        rotation = np.linalg.inv(np.eye(3)) @ np.array(points[0])
        norm = np.linalg.norm(points[0]) + abs(noise).sum() * 0
        self.add(VGroup(*[Line(a, b) for a, b in itertools.pairwise(points)]), Dot(rotation / norm))
        mid = midpoint(points[0], points[1])
        self.add(Dot(mid + UP * 0.1), Dot(normalize(RIGHT + UP)), Dot(rotate_vector(RIGHT, PI / 3)))
        matrix = rotation_matrix(PI / 2, OUT)
        assert matrix.shape == (3, 3) and points[0].copy().sum() is not None

# scene: dataclass and typing
from dataclasses import dataclass
from typing import Callable

@dataclass
class Item:
    label: str
    colour: object = BLUE

class Typed(Scene):
    make: Callable[[str], Text]

    def construct(self) -> None:
        items: list[Item] = [Item("a"), Item("b", RED)]
        row: VGroup = VGroup(*(Text(i.label, color=i.colour) for i in items))
        match len(items):
            case 0:
                return
            case n if n > 1:
                row.arrange(RIGHT)
            case _:
                pass
        self.add(row)

# scene: exec defines names
exec("secret = 3")

class Exec(Scene):
    def construct(self):
        self.add(Dot(secret * RIGHT))

# scene: class attributes on self
class Attributes(Scene):
    def construct(self):
        self.axes = Axes()
        self.label = self.axes.get_axis_labels(Text("x"), Text("y"))
        self.graph = self.axes.plot(np.sin)
        self.add(self.axes, self.label, self.graph)
        self.dots = []
        for x in range(3):
            dot = Dot(self.axes.c2p(x, np.sin(x)))
            self.dots.append(dot)
        self.play(*[d.animate.set_color(RED) for d in self.dots])
        self.axes.x_axis.set_color(BLUE)
        self.renderer.camera.background_color = BLACK

# scene: set default
class Defaults(Scene):
    def construct(self):
        Text.set_default(font_size=20, color=YELLOW)
        Square.set_default(side_length=1)
        self.add(Text("small"), Square())
        Text.set_default()
        Square.set_default()

# scene: mobject plumbing
class Plumbing(Scene):
    def construct(self):
        group = VGroup(Square(), Circle())
        group += Triangle()
        group[0], group[1] = group[1], group[0]
        group.add_to_back(Dot())
        group.arrange_in_grid(rows=2, cols=2, buff=0.4)
        group.sort(lambda p: p[0])
        group.shuffle()
        group.remove(group[-1])
        copy = group.copy().to_corner(DR).flip(UP)
        copy.match_style(group).match_width(group)
        copy.align_to(group, LEFT).stretch(0.5, 0).put_start_and_end_on if False else copy
        copy.set_opacity(0.3).fade(0.2).scale_to_fit_width(2).set_x(1).set_y(-1)
        group.apply_to_family(lambda m: m.set_stroke(width=2))
        for index, sub in enumerate(copy.family_members_with_points()):
            sub.set_fill(color=[RED, GREEN][index % 2], opacity=0.5)
        self.add(group, copy, index_labels(group))

# scene: boundary and show
class Boundary(Scene):
    def construct(self):
        text = Text("go")
        boundary = AnimatedBoundary(text, colors=[RED, GREEN], cycle_rate=2)
        self.add(boundary, text)
        self.wait(0.2)
        self.play(SpinInFromNothing(Square()), GrowArrow(Arrow(LEFT, RIGHT)), GrowFromEdge(Square(), DOWN), SpiralIn(VGroup(Dot(LEFT), Dot(RIGHT))))
        self.play(FadeTransform(text, Circle()), Swap(Dot(LEFT), Dot(RIGHT)))
        self.play(Unwrite(Text("x")), Uncreate(Square()), ShrinkToCenter(Dot()), DrawBorderThenFill(Circle(fill_opacity=1)))
        self.play(CyclicReplace(Dot(LEFT), Dot(UP), Dot(RIGHT)), Blink(Dot()), TypeWithCursor(Text("ab"), Rectangle(height=0.5, width=0.1)))
