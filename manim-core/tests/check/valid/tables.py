# scene: table
class Tables(Scene):
    def construct(self):
        table = Table([["1", "2"], ["3", "4"]], row_labels=[Text("a"), Text("b")], col_labels=[Text("x"), Text("y")], include_outer_lines=True, line_config={"stroke_width": 1})
        table.scale(0.5)
        self.play(table.create(run_time=1))
        table.get_cell((2, 2), color=RED)
        table.add_highlighted_cell((2, 2), color=GREEN)
        self.play(table.get_rows()[1].animate.set_color(BLUE))
        table.get_entries((1, 2)).set_color(YELLOW)

# scene: matrix
class Matrices(Scene):
    def construct(self):
        m = Matrix([["1", "2"], ["3", "4"]], left_bracket="(", right_bracket=")", element_to_mobject=Text, h_buff=1.2)
        m.set_column_colors(RED, BLUE)
        m.get_entries()[0].set_color(GREEN)
        m.add(SurroundingRectangle(m.get_rows()[1], buff=0.1))
        self.play(FadeIn(m))
        i = IntegerMatrix([[1, 0], [0, 1]]).next_to(m, RIGHT)
        self.add(i, m.get_brackets())

# scene: code
class Codes(Scene):
    def construct(self):
        code = Code(code_string="def f(x):\n    return x", language="python", background="window", add_line_numbers=False, formatter_style="monokai")
        self.play(Write(code))
        self.play(code.animate.scale(0.8).to_edge(UP))

# scene: tex
class Formula(Scene):
    def construct(self):
        formula = MathTex(r"\int_0^1", "x^2", r"\,dx", "=", r"\frac{1}{3}", color=WHITE, substrings_to_isolate="x")
        formula.set_color_by_tex("x", YELLOW)
        self.play(Write(formula))
        self.play(TransformMatchingTex(formula, MathTex(r"\frac{1}{3}", "=", "x^2")))
        title = Title("A title", include_underline=True)
        self.add(title, Tex(r"Text with $x$ and \textbf{bold}", font_size=30).shift(2 * DOWN))
        self.add(formula[0][1:3].copy(), SurroundingRectangle(formula[1], color=RED, buff=SMALL_BUFF))

# scene: tex pieces
class Pieces(Scene):
    def construct(self):
        eq = MathTex("{{a}}^2", "+", "{{b}}^2", "=", "c^2").scale(1.5)
        brace = Brace(eq[0], UP)
        self.add(eq, brace, brace.get_tex(r"\alpha", buff=0.2))
        eq2 = MathTex("x \\neq y", tex_to_color_map={"x": RED})
        self.play(TransformMatchingShapes(eq, eq2, path_arc=PI / 2))
        part = eq2.get_part_by_tex("x")
        self.play(Indicate(part if part is not None else eq2))

# scene: text styles
class Styles(Scene):
    def construct(self):
        text = Text("Hello world", t2c={"world": BLUE}, weight=BOLD, slant=ITALIC, line_spacing=1.2, disable_ligatures=True)
        markup = MarkupText('<span foreground="red">red</span> text', font_size=30)
        paragraph = Paragraph("one", "two", alignment="center", line_spacing=0.5)
        bullets = BulletedList("first", "second", font_size=30)
        VGroup(text, markup, paragraph, bullets).arrange(DOWN)
        self.play(AddTextLetterByLetter(text, time_per_char=0.05))
        self.add(markup, paragraph, bullets)
        bullets.fade_all_but(0, opacity=0.4)
        text[0:5].set_color(YELLOW)
        text.submobjects[0].scale(1.1)

# scene: variable
class Variables(Scene):
    def construct(self):
        var = Variable(0.5, Text("x"), num_decimal_places=2)
        self.add(var)
        self.play(var.tracker.animate.set_value(2))
        var.label.set_color(RED)
        var.value.set_color(BLUE)

# scene: vdict
class Dicts(Scene):
    def construct(self):
        shapes = VDict({"s": Square(), "c": Circle()}, show_keys=False)
        shapes["c"].shift(RIGHT)
        shapes.add([("t", Triangle())])
        self.play(Create(shapes))
        self.play(FadeOut(shapes["s"]))

# scene: frames around
class Frames(Scene):
    def construct(self):
        label = Text("pixels")
        group = Group(Square(), label)
        self.play(FadeIn(group))
        self.add(BackgroundRectangle(label, fill_opacity=0.5, buff=0.1), Cross(label), Underline(label))

# scene: points
class Clouds(Scene):
    def construct(self):
        cloud = PMobject()
        cloud.add_points([[0, 0, 0], [1, 1, 0]])
        path = VMobject(color=RED)
        path.set_points_as_corners([LEFT, UP, RIGHT, [2, 0, 0]])
        smooth_path = VMobject().set_points_smoothly([LEFT, UP, RIGHT])
        path.add_line_to(DOWN)
        self.add(cloud, path, smooth_path, CubicBezier(LEFT, UP, DOWN, RIGHT))
        self.add(DashedVMobject(Circle(), num_dashes=10), *[c for c in CurvesAsSubmobjects(path)])
