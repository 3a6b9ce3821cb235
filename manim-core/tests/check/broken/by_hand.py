# scene: vgroup of everything
class A(Scene):
    def construct(self):
        self.add(Square(), Mobject())
        self.play(FadeOut(VGroup(*self.mobjects)))

# scene: edge of the centre
class A(Scene):
    def construct(self):
        self.add(Square().to_edge("ORIGIN"))

# scene: camera frame in a list
class A(Scene):
    def construct(self):
        dot = Dot()
        self.play(dot.animate.shift(UP), self.camera.frame.animate.scale(0.5))

# scene: orientation
class A(Scene):
    def construct(self):
        self.set_camera_orientation(phi=75, theta=30)
        self.add(Sphere(resolution=(4, 4)))

# scene: ambient
class A(Scene):
    def construct(self):
        self.add(ThreeDAxes())
        self.begin_ambient_camera_rotation(rate=0.1)
        self.wait(0.2)

# scene: camera animate
class A(ThreeDScene):
    def construct(self):
        self.play(self.camera.animate.set_phi(1))

# scene: fixed in frame
class A(ThreeDScene):
    def construct(self):
        title = Text("title")
        title.fix_in_frame()
        self.add(title)

# scene: pi creature
class A(Scene):
    def construct(self):
        self.add(PiCreature())

# scene: teacher
class A(TeacherStudentsScene):
    def construct(self):
        self.wait()

# scene: config dict
class A(Scene):
    CONFIG = {"radius": 2}

    def construct(self):
        self.add(Circle(radius=self.radius))

# scene: polygon in the plane
class A(Scene):
    def construct(self):
        self.add(Polygon((0, 0), (1, 0), (0.5, 1), color=RED))

# scene: polygon of a list
class A(Scene):
    def construct(self):
        corners = [[0, 0], [2, 0], [1, 1.5]]
        self.add(Polygon(*corners))

# scene: line in the plane
class A(Scene):
    def construct(self):
        self.add(Line([0, 0], [1, 2]), Arrow((0, 0), (2, 1)))

# scene: line by words
class A(Scene):
    def construct(self):
        self.add(Line(start=[-1, 0], end=np.array([1, 2])))

# scene: corners in the plane
class A(Scene):
    def construct(self):
        path = VMobject()
        path.set_points_as_corners([[0, 0], [1, 1], [2, 0]])
        self.add(path)

# scene: dots of a loop
class A(Scene):
    def construct(self):
        for x in range(3):
            self.add(Dot([x, x**2]))

# scene: dots of a comprehension
class A(Scene):
    def construct(self):
        self.add(VGroup(*[Dot((x, 1)) for x in range(3)]))

# scene: point by name
class A(Scene):
    def construct(self):
        centre = (1, 2)
        self.add(Circle().move_to(centre))

# scene: rotate about a flat point
class A(Scene):
    def construct(self):
        square = Square()
        square.rotate(PI / 4, about_point=[1, 1])
        self.add(square)

# scene: animated to a flat point
class A(Scene):
    def construct(self):
        dot = Dot()
        self.play(dot.animate.move_to([2, 1]))

# scene: arc centre
class A(Scene):
    def construct(self):
        self.add(Arc(radius=1, angle=PI, arc_center=[1, 0]))

# scene: flash at a flat point
class A(Scene):
    def construct(self):
        self.play(Flash([1, 1]))

# scene: computed points
class A(Scene):
    def construct(self):
        points = [(np.cos(t), np.sin(t)) for t in np.linspace(0, TAU, 6)]
        self.add(Polygon(*points))

# scene: graph of points
class A(Scene):
    def construct(self):
        axes = Axes()
        points = [axes.c2p(x, x) for x in range(3)]
        path = VMobject().set_points_smoothly(points).set_colour(RED)
        self.add(axes.get_graph(lambda x: x), path, points[0].get_center())

# scene: method to play
class A(Scene):
    def construct(self):
        square = Square()
        self.play(square.shift, UP)

# scene: chained without animate
class A(Scene):
    def construct(self):
        square = Square()
        self.play(square.shift(UP).scale(2))

# scene: empty play
class A(Scene):
    def construct(self):
        self.play()

# scene: animation added
class A(Scene):
    def construct(self):
        self.add(Create(Circle()))

# scene: text played
class A(Scene):
    def construct(self):
        self.play(Text("hello"))

# scene: text in a vgroup
class A(Scene):
    def construct(self):
        self.add(VGroup("a", "b"))

# scene: group in a vgroup
class A(Scene):
    def construct(self):
        self.add(VGroup(Group(Square()), Circle()))

# scene: old voice over
from manim_voiceover import VoiceoverScene
from manim_voiceover.services.gtts import GTTSService

class A(VoiceoverScene):
    def construct(self):
        self.wait()

# scene: pandas
from manim import *
import pandas as pd

class A(Scene):
    def construct(self):
        self.add(Text(str(pd.DataFrame())))

# scene: numpy forgotten
from manim import Scene, Dot

class A(Scene):
    def construct(self):
        self.add(Dot(np.array([1, 2, 0])))

# scene: math forgotten
from manim import *

class A(Scene):
    def construct(self):
        self.add(Dot([math.sqrt(2), 0, 0]))

# scene: names forgotten
from manim import Scene, Circle

class A(Scene):
    def construct(self):
        self.play(Create(Circle(color=RED).shift(UP)))

# scene: colour imported
from manim import Scene, Circle, CYAN

class A(Scene):
    def construct(self):
        self.add(Circle(color=CYAN))

# scene: old import names
from manim import Scene, Circle, ShowCreation

class A(Scene):
    def construct(self):
        self.play(ShowCreation(Circle()))

# scene: old animation imported
from manim import Scene, Circle, FadeInFrom, LEFT

class A(Scene):
    def construct(self):
        self.play(FadeInFrom(Circle(), LEFT))

# scene: alias of an old name
import manim as mn

class A(mn.Scene):
    def construct(self):
        self.play(mn.ShowCreation(mn.Circle()))

# scene: moved module
from manim.mobject.geometry import *

class A(Scene):
    def construct(self):
        self.add(Circle())

# scene: named from a moved module
from manim import Scene
from manim.mobject.svg.tex_mobject import MathTex

class A(Scene):
    def construct(self):
        self.add(MathTex("x"))

# scene: undefined helper
class A(Scene):
    def construct(self):
        self.show_title("x")

# scene: undefined attribute of self
class A(Scene):
    def construct(self):
        self.add(self.circle)

# scene: sides of a circle
class A(Scene):
    def construct(self):
        self.add(Circle(r=2), Square(side=1), Text("x", fontsize=30))

# scene: rectangle by position
class A(Scene):
    def construct(self):
        self.add(Square(side_length=2, size=3))

# scene: word twice
class A(Scene):
    def construct(self):
        self.add(Dot(UP, point=DOWN))

# scene: write speed
class A(Scene):
    def construct(self):
        self.play(Write(Text("x"), speed=2))

# scene: from edge
class A(Scene):
    def construct(self):
        self.play(FadeIn(Text("x"), direction=UP))

# scene: axes labels
class A(Scene):
    def construct(self):
        self.add(Axes(x_min=-3, x_max=3))

# scene: number line old words
class A(Scene):
    def construct(self):
        self.add(NumberLine(x_min=0, x_max=5))

# scene: area old words
class A(Scene):
    def construct(self):
        axes = Axes()
        graph = axes.plot(lambda x: x)
        self.add(axes.get_area(graph, t_min=0, t_max=2))

# scene: curve colour
class A(Scene):
    def construct(self):
        axes = Axes()
        self.add(axes.plot(lambda x: x, colour=RED))

# scene: frame constants
class A(Scene):
    def construct(self):
        self.add(Line(LEFT_SIDE, RIGHT_SIDE), Dot(TOP), Rectangle(width=FRAME_WIDTH))

# scene: bare rate function
class A(Scene):
    def construct(self):
        self.play(Create(Square()), rate_func=ease_in_out_sine)

# scene: colour that is none
class A(Scene):
    def construct(self):
        self.add(Square(color="blurple"))

# scene: sound
class A(Scene):
    def construct(self):
        self.add_sound("ding.wav")
        self.wait()

# scene: picture
class A(Scene):
    def construct(self):
        self.add(ImageMobject("cat.png"))

# scene: drawing
class A(Scene):
    def construct(self):
        self.add(SVGMobject("cat.svg"))

# scene: long nested brace
class A(Scene):
    def construct(self):
        self.add(MathTex(r"\sqrt{x^{2} + y^{2}"))

# scene: carriage return
class A(Scene):
    def construct(self):
        self.add(MathTex("\rho + \theta = \nabla f"))

# scene: markdown only
```python
class A(Scene):
    def construct(self):
        self.add(Circle())
```

# scene: prose and old names
Sure! Here is the animation:

```python
from manim import *

class A(Scene):
    def construct(self):
        c = Circle(color=TEAL)
        self.play(ShowCreation(c))
        self.wait(0)
```

# scene: curled quotes
class A(Scene):
    def construct(self):
        self.add(Text(“hello”))

# scene: division
class A(Scene):
    def construct(self):
        n = 0
        self.add(Dot([1 / n, 0, 0]))

# scene: list index
class A(Scene):
    def construct(self):
        self.add([Dot()][3])

# scene: none played
class A(Scene):
    def construct(self):
        self.play(self.wait(1))
