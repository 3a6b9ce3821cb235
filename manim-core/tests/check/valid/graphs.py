# scene: axes
class AxesScene(Scene):
    def construct(self):
        axes = Axes(x_range=[-3, 3, 1], y_range=[-1, 9, 2], x_length=8, y_length=5, axis_config={"include_numbers": False, "color": GREY}, tips=False)
        curve = axes.plot(lambda x: x**2, color=BLUE, x_range=[-2.5, 2.5])
        area = axes.get_area(curve, x_range=(0, 2), color=[BLUE, GREEN], opacity=0.4)
        dot = Dot(axes.c2p(1, 1), color=RED)
        line = axes.get_vertical_line(axes.i2gp(2, curve), color=YELLOW)
        rects = axes.get_riemann_rectangles(curve, x_range=[0, 2], dx=0.25)
        self.play(Create(axes), Create(curve))
        self.add(area, dot, line, rects)
        self.play(dot.animate.move_to(axes.c2p(2, 4)))
        print(axes.x_axis.get_length(), axes.p2c(dot.get_center()), curve.underlying_function(2))

# scene: number plane
class Plane(Scene):
    def construct(self):
        plane = NumberPlane(x_range=(-5, 5), y_range=(-3, 3), background_line_style={"stroke_opacity": 0.4})
        self.add(plane)
        points = [plane.c2p(x, y) for x, y in [(1, 2), (2, -1), (-3, 0)]]
        self.add(*[Dot(p) for p in points], Line(plane.coords_to_point(0, 0), plane.c2p(2, 1)))
        self.play(plane.animate.apply_matrix([[1, 1], [0, 1]]))
        plane.prepare_for_nonlinear_transform()
        self.play(plane.animate.apply_function(lambda p: p + np.array([0, np.sin(p[0]), 0])))

# scene: complex plane
class Complex(Scene):
    def construct(self):
        plane = ComplexPlane()
        z = plane.n2p(1 + 2j)
        self.add(plane, Dot(z))
        self.play(ApplyComplexFunction(lambda w: w**2, Square()))

# scene: polar plane
class Polar(Scene):
    def construct(self):
        plane = PolarPlane(radius_max=3, size=6)
        curve = plane.plot_polar_graph(lambda t: 2 * np.sin(3 * t), [0, PI], color=ORANGE)
        self.add(plane, curve, Dot(plane.polar_to_point(2, PI / 4)))

# scene: number line
class Lines(Scene):
    def construct(self):
        line = NumberLine(x_range=[0, 10, 2], length=8, include_ticks=True, numbers_with_elongated_ticks=[4])
        pointer = Triangle().scale(0.2).next_to(line.n2p(4), UP)
        self.add(line, pointer, Line(line.number_to_point(2), line.n2p(6), color=RED))
        self.play(pointer.animate.next_to(line.number_to_point(8), UP))

# scene: parametric
class Parametric(Scene):
    def construct(self):
        spiral = ParametricFunction(lambda t: np.array([t * np.cos(t), t * np.sin(t), 0]), t_range=[0, TAU, 0.05], color=PINK).scale(0.3)
        wave = FunctionGraph(lambda x: np.sin(x), x_range=[-4, 4], color=TEAL)
        implicit = ImplicitFunction(lambda x, y: x**2 + y**2 - 2, color=YELLOW)
        self.play(Create(spiral), Create(wave))
        self.add(implicit)
        self.play(ShowPassingFlash(wave.copy().set_color(WHITE), time_width=0.4))

# scene: bar chart
class Bars(Scene):
    def construct(self):
        chart = BarChart(values=[1, 3, 2], y_range=[0, 4, 1], bar_colors=[RED, GREEN, BLUE], y_axis_config={"include_numbers": False})
        self.play(Create(chart))
        self.play(chart.animate.change_bar_values([2, 1, 3]))
        self.add(chart.bars[0].copy().set_color(WHITE))

# scene: graph
class Network(Scene):
    def construct(self):
        vertices = [1, 2, 3, 4]
        edges = [(1, 2), (2, 3), (3, 4), (4, 1)]
        graph = Graph(vertices, edges, layout="circular", vertex_config={"radius": 0.2, 1: {"fill_color": RED}}, edge_config={"stroke_width": 2})
        self.play(Create(graph))
        self.play(graph.vertices[1].animate.shift(UP), graph.edges[(1, 2)].animate.set_color(YELLOW))
        self.play(graph.animate.add_vertices(5, positions={5: RIGHT * 3}))
        custom = Graph([1, 2], [(1, 2)], layout={1: [0, 0, 0], 2: [1, 1, 0]})
        self.add(custom)

# scene: digraph
class Directed(Scene):
    def construct(self):
        graph = DiGraph(["a", "b", "c"], [("a", "b"), ("b", "c")], layout="tree", root_vertex="a") if False else DiGraph(["a", "b", "c"], [("a", "b"), ("b", "c")], layout="spring")
        self.add(graph)
        self.play(graph.animate.change_layout("circular"))

# scene: vector field
class Field(Scene):
    def construct(self):
        field = ArrowVectorField(lambda p: np.array([-p[1], p[0], 0]), x_range=[-2, 2, 1], y_range=[-2, 2, 1])
        stream = StreamLines(lambda p: RIGHT + 0 * p, x_range=[-1, 1, 1], y_range=[-1, 1, 1], virtual_time=1, stroke_width=2)
        self.add(field, stream)

# scene: riemann loop
class Riemann(Scene):
    def construct(self):
        ax = Axes([0, 4], [0, 16])
        f = ax.plot(lambda x: x * x)
        groups = [ax.get_riemann_rectangles(f, x_range=[0, 3], dx=dx, stroke_width=0.5) for dx in (1, 0.5)]
        current = groups[0]
        self.add(ax, f, current)
        for group in groups[1:]:
            self.play(Transform(current, group), run_time=0.3)
        self.add(ax.get_vertical_lines_to_graph(f, x_range=[0, 3], num_lines=5, color=BLUE))

# scene: log axes
class Log(Scene):
    def construct(self):
        ax = Axes(x_range=[0, 4, 1], y_range=[-2, 2, 1], y_axis_config={"scaling": LogBase(base=10, custom_labels=False)})
        graph = ax.plot(lambda x: 10 ** (x - 2), x_range=[0.1, 3.5], use_smoothing=False)
        dots = VGroup(*[Dot(ax.input_to_graph_point(x, graph)) for x in (1, 2, 3)])
        self.add(ax, graph, dots, ax.plot_line_graph([1, 2, 3], [0.1, 1, 10], add_vertex_dots=True))

# scene: tangent
class Tangent(Scene):
    def construct(self):
        ax = Axes(x_range=[-2, 2], y_range=[-1, 4])
        graph = ax.plot(lambda x: x**2)
        x = ValueTracker(-1)
        tangent = always_redraw(lambda: TangentLine(graph, alpha=(x.get_value() + 2) / 4, length=3, color=YELLOW))
        derivative = ax.plot_derivative_graph(graph, color=RED)
        self.add(ax, graph, tangent, derivative)
        self.play(x.animate.set_value(1))
        group = ax.get_secant_slope_group(1, graph, dx=0.1, secant_line_color=GREEN, secant_line_length=4)
        self.add(group)

# scene: unit interval and sample space
class Samples(Scene):
    def construct(self):
        space = SampleSpace(width=3, height=2)
        space.divide_horizontally(0.3, colors=[GREEN, RED])
        self.add(space, UnitInterval(length=5).to_edge(DOWN))
