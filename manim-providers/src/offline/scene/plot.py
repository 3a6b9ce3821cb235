

class MainScene(Scene):
    def construct(self):
        self.camera.background_color = PAPER
        rows = [[words(TITLE)], [LABEL], [VARIABLE], ["y"]]
        rows += [[text] for _, text in X_TICKS + Y_TICKS]
        rows += [[label] for _, label, _ in POINTS]
        panel = [[words(said, 4.1)] + ([how] if how else []) + found for _, said, how, found, _ in FACTS]
        title, formula, x_name, y_name, *rest = typeset(rows + panel)
        ticks, rest = rest[: len(X_TICKS + Y_TICKS)], rest[len(X_TICKS + Y_TICKS) :]
        labels, facts = rest[: len(POINTS)], rest[len(POINTS) :]
        ask(self, QUESTION, title)

        plane = Plane(X_RANGE, Y_RANGE, GRAPH_RIGHT if FACTS else 6.0)
        formula.scale(40 / 48).set_color(CURVE)
        formula.scale(min(1, 4.2 / formula.width))
        formula.move_to([PANEL, 2.2, 0]).align_to([PANEL, 0, 0], LEFT)
        if not FACTS:
            formula.move_to([0, 3.2, 0]).align_to([RIGHT_EDGE, 0, 0], RIGHT)
        draw_plane(self, plane, numbers_of(ticks), (x_name, y_name))
        self.play(FadeIn(formula), run_time=0.5)
        draw_curves(self, plane)
        self.wait(0.5)

        curve = [plane.at(point) for piece in CURVES for point in piece]
        dots = [Dot(plane.at(at), radius=0.09, color=COLORS[role]).set_z_index(2) for at, _, role in POINTS]
        plane.taken += [edges(dot, 0.02) for dot in dots]
        for dot, label, (_, _, role) in zip(dots, labels, POINTS):
            label.scale(NUMBERS / 48).set_color(COLORS[role])
            if role == "turning" or len(POINTS) <= 4:
                plane.label(label, dot.get_center(), curve)
        self.tell(facts, dots, labels, formula.get_bottom()[1] - 0.45)
        self.wait(3)

    def tell(self, facts, dots, labels, y):
        """One finding after the other, on the panel and on the graph."""
        blocks = [self.block(fact, row) for fact, row in zip(FACTS, facts)]
        gap = min(0.45, max(0.15, (y - BOTTOM - sum(b.height for b in blocks)) / max(1, len(blocks))))
        tall = sum(b.height + gap for b in blocks)
        shrink = min(1, (y - BOTTOM) / tall) if tall else 1
        for (role, _, _, _, asked), block in zip(FACTS, blocks):
            block.scale(shrink).align_to([0, y, 0], UP).align_to([PANEL, 0, 0], LEFT)
            y -= block.height + gap * shrink
            marks = [(d, l) for d, l, (_, _, r) in zip(dots, labels, POINTS) if r == role]
            self.play(FadeIn(block[0], shift=0.15 * LEFT), run_time=0.5)
            shown = [FadeIn(part, shift=0.15 * LEFT) for part in block[1:]]
            shown += [GrowFromCenter(dot) for dot, _ in marks]
            shown += [FadeIn(label) for _, label in marks if role == "turning" or len(POINTS) <= 4]
            if shown:
                self.play(*shown, run_time=0.9)
            self.wait(0.8)
            if asked:
                box = SurroundingRectangle(block, color=GREEN_INK, buff=0.14, corner_radius=0.1, stroke_width=3)
                self.play(Create(box), run_time=0.6)

    def block(self, fact, row):
        """The words of a finding, the equation behind it, and what came out."""
        role, _, how, found, _ = fact
        said, *parts = row
        color = COLORS.get(role, INK)
        said.scale(WORDS / 48).set_color(INK)
        lines = VGroup(said)
        if how:
            lines.add(parts.pop(0).scale(NUMBERS / 48).set_color(MUTED))
        for part in parts:
            part.scale(34 / 48).set_color(color)
        width, line = 0, VGroup()
        for part in parts:
            if line and width + part.width + 0.4 > 4.1:
                lines.add(line)
                width, line = 0, VGroup()
            line.add(part)
            width += part.width + 0.4
        if line:
            lines.add(line)
        for line in lines:
            if line in (said,):
                continue
            if len(line) > 1 and line.submobjects and all(part in parts for part in line):
                line.arrange(RIGHT, buff=0.4)
            if line.width > 4.1:
                line.scale(4.1 / line.width)
        return lines.arrange(DOWN, aligned_edge=LEFT, buff=0.16)
