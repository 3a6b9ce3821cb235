

class MainScene(Scene):
    def construct(self):
        self.camera.background_color = PAPER
        rows = [[words(TITLE)], [LABEL], [VARIABLE], ["y"]]
        rows += [[text] for _, text in X_TICKS + Y_TICKS]
        rows += [[label] for _, label, _ in POINTS]
        panel = [[words(said, 4.1)] + ([how] if how else []) + found for _, said, how, found, _ in FACTS]
        title, formula, x_name, y_name, *rest = typeset(rows + panel)
        ticks, rest = rest[: len(X_TICKS + Y_TICKS)], rest[len(X_TICKS + Y_TICKS) :]
        labels, facts = list(rest[: len(POINTS)]), rest[len(POINTS) :]
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
        curve += [plane.at(a) + t * (plane.at(b) - plane.at(a)) for a, b in ASYMPTOTES for t in np.linspace(0, 1, 60)]
        dots = [Dot(plane.at(at), radius=0.09, color=COLORS[role]).set_z_index(2) for at, _, role in POINTS]
        plane.taken += [edges(dot, 0.02) for dot in dots]
        for number, (dot, label, (_, _, role)) in enumerate(zip(dots, labels, POINTS)):
            label.scale(NUMBERS / 48).set_color(COLORS[role])
            # Turning points always, others where there are few. The panel names them all.
            wanted = role == "turning" or len(POINTS) <= 4
            if not (wanted and plane.label(label, dot.get_center(), curve)):
                labels[number] = None
        self.tell(facts, dots, labels, formula.get_bottom()[1] - 0.45)
        self.wait(3)

    def tell(self, facts, dots, labels, y):
        """One finding after the other, on the panel and on the graph."""
        told, gap = self.fitting(list(zip(FACTS, facts)), y - BOTTOM)
        boxes = VGroup()
        for (role, _, _, _, asked), block in told:
            block.align_to([0, y, 0], UP).align_to([PANEL, 0, 0], LEFT)
            y -= block.height + gap
            marks = [(d, l) for d, l, (_, _, r) in zip(dots, labels, POINTS) if r == role]
            self.play(FadeIn(block[0], shift=0.15 * LEFT), run_time=0.5)
            shown = [FadeIn(part, shift=0.15 * LEFT) for part in block[1:]]
            shown += [GrowFromCenter(dot) for dot, _ in marks]
            shown += [FadeIn(label) for _, label in marks if label is not None]
            if shown:
                self.play(*shown, run_time=0.9)
            self.wait(0.8)
            if asked:
                boxes.add(SurroundingRectangle(block, color=GREEN_INK, buff=0.12, corner_radius=0.1, stroke_width=3))
        if boxes:
            self.play(Create(boxes), run_time=0.8)

    def fitting(self, found, room):
        """The findings that the panel has room for: equations go first, then what was not asked."""
        for row in [row for _, row in found]:
            row[0].scale(WORDS / 48)
            row[1:].scale(34 / 48)
        for equations in (True, False):
            blocks = [self.block(fact, row, equations) for fact, row in found]
            tall = sum(block.height for block in blocks)
            if tall + 0.3 * (len(blocks) - 1) <= room:
                break
        else:
            spare = [i for i, (fact, _) in enumerate(found) if not fact[4] and fact[0] in ("intercept", "inflection", "root")]
            if spare:
                return self.fitting_again([pair for i, pair in enumerate(found) if i != spare[-1]], room)
        gap = min(0.6, max(0.2, (room - tall) / max(1, len(blocks) - 1)))
        return [(fact, block) for (fact, _), block in zip(found, blocks)], gap

    def fitting_again(self, found, room):
        for _, row in found:
            row[0].scale(48 / WORDS)
            row[1:].scale(48 / 34)
        return self.fitting(found, room)

    def block(self, fact, row, equations):
        """The words of a finding, the equation behind it, and what came out."""
        role, _, how, _, _ = fact
        said, *parts = row
        said.set_color(INK)
        lines = VGroup(said)
        if how:
            equation = parts.pop(0).set_color(MUTED)
            if equations:
                lines.add(equation)
        line = VGroup()
        for part in parts:
            part.set_color(COLORS.get(role, INK))
            part.scale(min(1, 4.1 / part.width))
            if line and sum(p.width + 0.3 for p in line) + part.width > 4.1:
                lines.add(line)
                line = VGroup()
            line.add(part)
        if line:
            lines.add(line)
        for line in lines[1 + bool(how and equations) :]:
            line.arrange(RIGHT, buff=0.3)
        if len(lines) == 2 and not (how and equations) and said.width + lines[1].width < 3.8:
            return lines.arrange(RIGHT, buff=0.3)
        return lines.arrange(DOWN, aligned_edge=LEFT, buff=0.16)
