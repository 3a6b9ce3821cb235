
    def picture(self, counts, value, rule):
        """Each odd number is an L of dots that makes a square one larger."""
        gap = min(0.72, 4.4 / SIZE)
        corner = np.array([-4.6, -3.0, 0])
        tints = [BLUE_INK, ACCENT]
        shown = VGroup()
        for count in counts:
            count.scale(44 / 48)
        line = VGroup()
        for number, count in enumerate(counts):
            sign = VGroup() if number == 0 else VGroup(Line(0.11 * LEFT, 0.11 * RIGHT), Line(0.11 * DOWN, 0.11 * UP))
            line.add(VGroup(sign.set_color(MUTED).set_stroke(width=3), count.set_color(tints[number % 2])).arrange(RIGHT, buff=0.22))
        line.arrange(RIGHT, buff=0.22)
        line.scale(min(1, 5.6 / line.width)).move_to([3.4, 1.4, 0])
        for number in range(SIZE):
            places = [(number, row) for row in range(number)] + [(column, number) for column in range(number + 1)]
            dots = VGroup(*[Dot(corner + gap * np.array([x, y, 0]), radius=0.3 * gap, color=tints[number % 2]) for x, y in places])
            shown.add(dots)
            self.play(LaggedStart(*[GrowFromCenter(dot) for dot in dots], lag_ratio=0.15), FadeIn(line[number]), run_time=0.9)
        frame = SurroundingRectangle(shown, color=GREEN_INK, buff=0.2)
        value.scale(44 / 48).set_color(GREEN_INK).next_to(line, DOWN, buff=0.6)
        rule.scale(WORDS / 48).set_color(INK).next_to(value, DOWN, buff=0.9)
        self.play(Create(frame), FadeIn(value, shift=0.2 * UP), run_time=1.0)
        self.wait(0.6)
        self.play(FadeIn(rule), run_time=0.6)
        self.wait(2)
        self.play(FadeOut(shown, frame, line, value, rule), run_time=0.7)
