
    def picture(self, counts, value, rule):
        """Two equal staircases fill a rectangle that is one longer than it is high."""
        gap = min(0.66, 4.2 / SIZE)
        corner = np.array([-5.4, -3.0, 0])
        place = lambda x, y: corner + gap * np.array([x, y, 0])
        stairs = VGroup(*[VGroup(*[Dot(place(x, y), radius=0.34 * gap, color=BLUE_INK) for x in range(SIZE - y)]) for y in range(SIZE)])
        other = VGroup(*[Dot(place(x, y), radius=0.34 * gap, color=ACCENT) for y in range(SIZE) for x in range(SIZE - y, SIZE + 1)])
        for row, count in zip(reversed(stairs), counts):
            count.scale(36 / 48).set_color(BLUE_INK)
            count.next_to(place(-0.7, 0), LEFT, buff=0.2).set_y(row.get_y())
            self.play(FadeIn(row, shift=0.2 * DOWN), FadeIn(count), run_time=0.55)
        self.play(LaggedStart(*[FadeIn(dot, shift=0.3 * DOWN) for dot in other], lag_ratio=0.04), run_time=1.6)
        frame = SurroundingRectangle(VGroup(stairs, other), color=GREEN_INK, buff=0.2)
        value.scale(44 / 48).set_color(GREEN_INK).move_to([3.3, 1.0, 0])
        value.scale(min(1, 5.8 / value.width))
        rule.scale(WORDS / 48).set_color(INK).next_to(value, DOWN, buff=0.8)
        self.play(Create(frame), FadeIn(value, shift=0.2 * UP), run_time=1.0)
        self.wait(0.6)
        self.play(FadeIn(rule), run_time=0.6)
        self.wait(2)
        self.play(FadeOut(stairs, other, frame, value, rule, *counts), run_time=0.7)
