

class MainScene(Scene):
    def construct(self):
        self.camera.background_color = PAPER
        reasons = [[words(why, 4.9 if BESIDE else 12.6)] for why, _, _ in STEPS if why]
        rows = [pieces for _, pieces, _ in STEPS]
        ticks = [[text] for _, text in X_TICKS + Y_TICKS]
        fixed = [[words(TITLE)], RESULT, [words(CHECK, 12.6)], [LABEL], [VARIABLE], ["y"]]
        title, result, check, formula, x_name, y_name, *rest = typeset([*fixed, *ticks, *reasons, *rows])
        ticks, rest = rest[: len(ticks)], rest[len(ticks) :]
        spoken = iter(rest)
        reasons = [next(spoken) if why else None for why, _, _ in STEPS]
        ask(self, QUESTION, title)
        page = Page(self, list(spoken), reasons, result, check, BESIDE)
        for number, (_, _, marked) in enumerate(STEPS):
            page.show(number, marked, PAUSE)
        page.conclude()
        self.wait(2)
        page.clear()
        self.area(formula, (x_name, y_name), ticks, page.shown[-1][0])
        self.wait(3)

    def area(self, formula, names, ticks, answer):
        """The same number as the area between the curve and the axis."""
        plane = Plane(X_RANGE, Y_RANGE, GRAPH_RIGHT)
        draw_plane(self, plane, numbers_of(ticks), names)
        formula.scale(40 / 48).set_color(CURVE)
        formula.scale(min(1, 4.2 / formula.width)).move_to([0, 1.6, 0]).align_to([PANEL, 0, 0], LEFT)
        self.play(FadeIn(formula), run_time=0.4)
        draw_curves(self, plane, 1.4)
        (first, _), (last, _) = SHADE[0], SHADE[-1]
        outline = [(first, 0), *SHADE, (last, 0)]
        region = Polygon(*[plane.at(point) for point in outline], stroke_width=0, fill_color=ACCENT, fill_opacity=0.55)
        sides = VGroup(*[Line(plane.at((x, 0)), plane.at((x, y)), color=ACCENT, stroke_width=3) for x, y in (SHADE[0], SHADE[-1])])
        self.play(FadeIn(region), Create(sides), run_time=1.2)
        answer.scale(min(1, 4.2 / answer.width)).next_to(formula, DOWN, buff=0.7).align_to([PANEL, 0, 0], LEFT)
        self.play(FadeIn(answer, shift=0.2 * UP), run_time=0.8)
