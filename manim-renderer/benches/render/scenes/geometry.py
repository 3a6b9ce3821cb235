from manim import *


class MainScene(Scene):
    def construct(self):
        a, b, c = np.array([-3, -2, 0]), np.array([3, -2, 0]), np.array([-3, 2, 0])
        triangle = Polygon(a, b, c, color=WHITE)
        right = RightAngle(Line(a, b), Line(a, c), length=0.4)
        angle = Angle(Line(b, c), Line(b, a), radius=0.8, color=GREEN)
        base = BraceBetweenPoints(a, b)
        names = VGroup(*[Text(name, font_size=32).move_to(at) for name, at in zip("ABC", (a * 1.15, b * 1.15, c * 1.15))])
        self.play(Create(triangle))
        self.play(Create(right), Create(angle), FadeIn(names))
        self.play(GrowFromCenter(base))
        squares = VGroup(Square(6).next_to(a, DOWN), Square(4, color=RED).scale(0.5).next_to(c, LEFT))
        self.play(triangle.animate.set_fill(BLUE, 0.5))
        self.play(Rotate(VGroup(triangle, right, angle), PI / 6), FadeIn(squares))
        self.wait()
