

GRAPH_LEFT, GRAPH_RIGHT, GRAPH_TOP, GRAPH_BOTTOM, PANEL = -6.15, 1.7, 2.4, -3.3, 2.2
COLORS = {"root": ACCENT, "turning": RED_INK, "inflection": GREEN_INK, "intercept": INK}
CURVE, NUMBERS = BLUE_INK, 30


class Plane:
    """Axes with numbers, and places on them."""

    def __init__(self, x_range, y_range, right):
        self.axes = Axes(
            x_range=[*x_range, 1e9],
            y_range=[*y_range, 1e9],
            x_length=right - GRAPH_LEFT,
            y_length=GRAPH_TOP - GRAPH_BOTTOM,
            tips=False,
            axis_config={"color": MUTED, "stroke_width": 2, "include_ticks": False},
        )
        corner = self.axes.c2p(x_range[0], y_range[0])
        self.axes.shift(np.array([GRAPH_LEFT, GRAPH_BOTTOM, 0]) - corner)
        # Where the axes cross: at zero, or at the edge nearest to it.
        self.zero = [min(max(0, low), high) for low, high in (x_range, y_range)]
        self.box = (GRAPH_LEFT - 0.35, right + 0.25, GRAPH_BOTTOM - 0.1, GRAPH_TOP + 0.1)
        self.origin = self.axes.c2p(*self.zero)
        self.taken = []

    def at(self, point):
        return self.axes.c2p(*point)

    def number(self, label, value, horizontal):
        """A tick with its number."""
        label.scale(NUMBERS / 48).set_color(MUTED)
        if horizontal:
            place, side, reach = self.at((value, self.zero[1])), DOWN, UP
        else:
            place, side, reach = self.at((self.zero[0], value)), LEFT, RIGHT
        tick = Line(place - 0.07 * reach, place + 0.07 * reach, color=MUTED, stroke_width=2)
        label.next_to(place, side, buff=0.16)
        if not inside(label, self.box):
            label.next_to(place, -side, buff=0.16)
        corner = abs(value - self.zero[not horizontal]) < 1e-9
        if corner or any(overlap(edges(label), other) for other in self.taken):
            return VGroup(tick)
        self.taken.append(edges(label))
        return VGroup(tick, label)

    def curve(self, points):
        line = VMobject(stroke_color=CURVE, stroke_width=4)
        return line.set_points_as_corners([self.at(point) for point in points])

    def label(self, text, place, avoid):
        """Puts a text near a place where it hides least; says whether there is room."""
        spots = []
        for distance in (0.26, 0.45, 0.75):
            for way in (UR, UL, DR, DL, UP, DOWN, RIGHT, LEFT):
                text.next_to(place, way, buff=distance)
                spots.append((self.cost(text, avoid) + distance, text.get_center()))
        cost, center = min(spots, key=lambda spot: spot[0])
        text.move_to(center)
        if cost < 14:
            self.taken.append(edges(text))
        return cost < 14

    def cost(self, text, avoid):
        left, right, low, high = edges(text)
        hidden = min(12, sum(left < x < right and low < y < high for x, y, _ in avoid))
        crowded = sum(overlap((left, right, low, high), other) for other in self.taken)
        on_axis = left < self.origin[0] < right or low < self.origin[1] < high
        return hidden + 20 * crowded + 6 * on_axis + 1000 * (not inside(text, self.box))


def edges(mobject, gap=0.12):
    low, high = mobject.get_corner(DL), mobject.get_corner(UR)
    return low[0] - gap, high[0] + gap, low[1] - gap, high[1] + gap


def overlap(one, other):
    return one[0] < other[1] and other[0] < one[1] and one[2] < other[3] and other[2] < one[3]


def inside(mobject, box):
    low, high = mobject.get_corner(DL), mobject.get_corner(UR)
    return box[0] <= low[0] and high[0] <= box[1] and box[2] <= low[1] and high[1] <= box[3]


def draw_plane(scene, plane, numbers, names):
    """The axes, their numbers and their names."""
    x_name, y_name = names
    for name in names:
        name.scale(34 / 48).set_color(MUTED)
    x_name.next_to(plane.axes.x_axis.get_end(), UP, buff=0.15).shift(0.05 * LEFT)
    y_name.next_to(plane.axes.y_axis.get_end(), RIGHT, buff=0.15).shift(0.1 * DOWN)
    plane.taken += [edges(x_name), edges(y_name)]
    labels = VGroup(*[plane.number(label, value, horizontal) for label, value, horizontal in numbers])
    scene.play(Create(plane.axes), run_time=0.9)
    scene.play(FadeIn(labels), FadeIn(x_name), FadeIn(y_name), run_time=0.6)


def draw_curves(scene, plane, run_time=2.4):
    lines = [plane.curve(points) for points in CURVES]
    dashed = [DashedLine(plane.at(a), plane.at(b), color=MUTED, stroke_width=2.5) for a, b in ASYMPTOTES]
    if dashed:
        scene.play(*[Create(line) for line in dashed], run_time=0.7)
    scene.play(LaggedStart(*[Create(line) for line in lines], lag_ratio=0.8), run_time=run_time)
    return VGroup(*dashed, *lines)


def numbers_of(texts):
    """Pairs each tick's text with its value and axis."""
    ticks = [(value, True) for value, _ in X_TICKS] + [(value, False) for value, _ in Y_TICKS]
    return [(text, value, horizontal) for text, (value, horizontal) in zip(texts, ticks)]
