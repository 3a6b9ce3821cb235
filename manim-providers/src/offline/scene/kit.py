PAPER, INK, MUTED = "#0F1720", "#E8ECF1", "#9FB0C3"
ACCENT, GREEN_INK, BLUE_INK, RED_INK = "#FFD166", "#7BD88F", "#6CB6FF", "#FF8A80"

LEFT_EDGE, RIGHT_EDGE, TOP, BOTTOM = -6.4, 6.4, 2.45, -3.4
COLUMN, FORMULA, WORDS, SMALLEST = 7.3, 44, 33, 30


def words(text, width=13.0):
    """A paragraph of at most `width` units, for `typeset`."""
    points = width / (0.05 * WORDS / 48)
    return rf"\parbox{{{points:.0f}pt}}{{\raggedright\sffamily {text}}}"


def typeset(rows):
    """Sets all formulas of the film in one run of LaTeX, one group of pieces a row."""
    pieces, sizes = [], []
    for number, row in enumerate(rows):
        start = r"\\ " if number else ""
        pieces += [start + row[0], *row[1:]]
        sizes.append(len(row))
    sheet = MathTex(*pieces, color=INK)
    groups, at = [], 0
    for row, size in zip(rows, sizes):
        group = VGroup(*sheet.submobjects[at : at + size])
        for piece, tex in zip(group, row):
            piece.tex = tex
        groups.append(group)
        at += size
    return groups


def ask(scene, question, title):
    """Shows the question as it was asked, then the title over an empty page."""
    spoken = Text(question, font="sans-serif", font_size=90, line_spacing=0.9, color=INK)
    spoken.scale(min(0.42, 11.5 / spoken.width, 4.5 / spoken.height))
    title.scale(40 / 48).set_color(BLUE_INK).move_to([0, 3.2, 0]).align_to([LEFT_EDGE, 0, 0], LEFT)
    rule = Line([LEFT_EDGE, 2.8, 0], [RIGHT_EDGE, 2.8, 0], color=BLUE_INK, stroke_width=2, stroke_opacity=0.6)
    scene.play(FadeIn(spoken, shift=0.3 * UP), run_time=0.8)
    scene.wait(1.4)
    scene.play(FadeOut(spoken, shift=0.5 * UP), FadeIn(title), Create(rule), run_time=0.9)
    return VGroup(title, rule)


def fold(pieces, width):
    """Breaks a formula that is wider than the page between two of its pieces."""
    lines, line = [], []
    for piece in pieces:
        if line and piece.get_right()[0] - line[0].get_left()[0] > width:
            lines.append(VGroup(*line))
            line = []
        line.append(piece)
    lines.append(VGroup(*line))
    for number, (above, below) in enumerate(zip(lines, lines[1:])):
        below.next_to(above, DOWN, buff=0.25).align_to(lines[0], LEFT).shift(0.8 * RIGHT)
    for line in lines:
        if line.get_right()[0] - lines[0].get_left()[0] > width:
            line.scale(max(0.5, (width - 0.8) / line.width), about_edge=LEFT)


def sign_of(row):
    """The piece that rows are aligned at."""
    return next((piece for piece in row if piece.tex in ("=", r"\approx")), None)


class Page:
    """Rows from top to bottom: a formula, and beside it or above it the reason."""

    def __init__(self, scene, rows, reasons, result, check, beside):
        self.scene, self.rows, self.reasons, self.beside = scene, rows, reasons, beside
        self.result, self.check, self.shown = result, check, []
        self.again = [piece.tex for piece in result] == [piece.tex for piece in rows[-1]]
        for mobject, size in [*((row, FORMULA) for row in rows), (result, FORMULA + 2), (check, WORDS)]:
            mobject.scale(size / 48)
        for reason in filter(None, reasons):
            reason.scale(WORDS / 48).set_color(MUTED)
        check.set_color(MUTED)
        self.fit()
        self.align()
        self.plan()

    def fit(self):
        """Formulas that are too wide become smaller, then break."""
        limit = COLUMN if self.beside else RIGHT_EDGE - LEFT_EDGE
        tall = (TOP - BOTTOM) * 0.62
        for row in [*self.rows, self.result]:
            row.scale(min(1, tall / row.height))
            room = RIGHT_EDGE - LEFT_EDGE - 0.6 if row is self.result else limit
            if room < row.width < room * FORMULA / SMALLEST:
                row.scale(room / row.width)
            elif row.width > room:
                fold(row, room)
        self.width = max(3.6, *[row.width for row in self.rows]) if self.beside else limit

    def align(self):
        """Puts the signs of equality under each other where all rows have room for it."""
        signs = [(row, sign_of(row)) for row in self.rows]
        before = [sign.get_left()[0] - row.get_left()[0] for row, sign in signs if sign]
        after = [row.get_right()[0] - sign.get_left()[0] for row, sign in signs if sign]
        together = bool(before) and max(before) + max(after) <= (COLUMN if self.beside else self.width)
        for row, sign in signs:
            row.align_to([LEFT_EDGE, 0, 0], LEFT)
            if sign and together:
                row.shift((LEFT_EDGE + max(before) - sign.get_left()[0]) * RIGHT)
        if self.beside:
            self.width = max(self.width, *[row.get_right()[0] - LEFT_EDGE for row in self.rows])

    def height(self, number):
        row, reason = self.rows[number], self.reasons[number]
        if reason is None:
            return row.height
        return max(row.height, reason.height) if self.beside else row.height + reason.height + 0.2

    def ending(self):
        """The room that the boxed answer and its check take."""
        return (0.3 if self.again else self.result.height + 0.75) + self.check.height

    def plan(self):
        """Spreads the rows over the page, or fills one page after the other."""
        heights = [self.height(number) for number in range(len(self.rows))]
        room = TOP - BOTTOM
        total = sum(heights) + self.ending()
        gaps = len(heights) + 1
        if total + gaps * 0.24 <= room:
            self.gap, self.breaks = min(0.6, (room - total) / gaps), set()
            return
        self.gap, self.breaks, y = 0.36, set(), 0.0
        for number, height in enumerate(heights):
            ending = self.gap + self.ending() if number == len(heights) - 1 and self.again else 0
            if number and y + height + ending > room:
                self.breaks.add(number)
                carried = heights[number - 1] + self.gap
                y = carried if carried + height + ending <= room else 0.0
            y += height + self.gap

    def turn(self, needed):
        """Keeps only the last row, at the top of a fresh page, if what comes leaves it room."""
        *old, last = self.shown
        if last[0].height + self.gap + needed > TOP - BOTTOM:
            self.clear()
            self.shown, self.y = [], TOP
            return
        leaving = VGroup(*[mobject for pair in old for mobject in pair if mobject], *[m for m in last[1:] if m])
        rise = TOP - last[0].get_top()[1]
        self.scene.play(FadeOut(leaving), run_time=0.4)
        self.scene.play(last[0].animate.shift(rise * UP), run_time=0.6)
        self.shown = [(last[0], None)]
        self.y = TOP - last[0].height - self.gap

    def put(self, number):
        """Places a row under the last one; returns it with its reason."""
        row, reason = self.rows[number], self.reasons[number]
        height = self.height(number)
        if number == 0:
            self.y = TOP
        if number in self.breaks:
            ending = self.gap + self.ending() if self.again and row is self.rows[-1] else 0
            self.turn(height + ending)
        middle = self.y - height / 2
        if reason is None:
            row.set_y(middle)
        elif self.beside:
            row.set_y(middle)
            reason.set_y(middle).align_to([LEFT_EDGE + self.width + 0.6, 0, 0], LEFT)
        else:
            reason.align_to([0, self.y, 0], UP).align_to([LEFT_EDGE, 0, 0], LEFT)
            row.next_to(reason, DOWN, buff=0.2, coor_mask=[0, 1, 0])
        self.y -= height + self.gap
        return row, reason

    def show(self, number, marked, pause):
        """Says the reason, then lets the row grow out of the one before."""
        row, reason = self.put(number)
        before = self.shown[-1][0] if self.shown else None
        news = VGroup(*[row[index] for index in marked])
        news.set_color(ACCENT)
        if reason is not None:
            self.scene.play(FadeIn(reason, shift=0.15 * LEFT), run_time=0.6)
        if before is None:
            self.scene.play(Write(row), run_time=1.2)
        else:
            self.scene.play(*grow(before, row), run_time=1.1)
        self.scene.wait(pause)
        if number and marked:
            self.scene.play(news.animate.set_color(INK), run_time=0.35)
        self.shown.append((row, reason))

    def conclude(self):
        """Boxes the answer and says how it was checked."""
        result, last = self.result, self.shown[-1][0]
        if self.again:
            result = last
            self.y = last.get_bottom()[1] - 0.2
        else:
            if self.y - self.ending() < BOTTOM - 0.05:
                self.turn(self.ending())
            result.move_to([0, self.y - 0.2 - result.height / 2, 0]).align_to([LEFT_EDGE + 0.25, 0, 0], LEFT)
            self.scene.play(*(grow(last, result) if self.shown else [FadeIn(result)]), run_time=1.0)
        box = SurroundingRectangle(result, color=GREEN_INK, buff=0.12 if self.again else 0.18, corner_radius=0.12)
        self.check.next_to(box, DOWN, buff=0.22).align_to([LEFT_EDGE, 0, 0], LEFT)
        self.scene.play(Create(box), result.animate.set_color(GREEN_INK), run_time=0.8)
        self.scene.play(FadeIn(self.check), run_time=0.6)
        self.shown.append((VGroup(result, box), self.check))

    def clear(self):
        """Leaves the page empty for a picture."""
        leaving = VGroup(*[mobject for pair in self.shown for mobject in pair if mobject])
        self.scene.play(FadeOut(leaving), run_time=0.6)


def grow(before, after):
    """Pieces that stay travel down; new ones appear."""
    if any("\\begin" in piece.tex for piece in [*before, *after]):
        return [FadeIn(after, shift=0.25 * DOWN)]
    old = {}
    for piece in before:
        old.setdefault(piece.tex, piece)
    animations, kept = [], set()
    for piece in after:
        source = old.get(piece.tex)
        if source is not None and piece.tex not in kept and len(source) == len(piece):
            kept.add(piece.tex)
            animations.append(TransformFromCopy(source, piece))
        else:
            animations.append(FadeIn(piece, shift=0.25 * DOWN))
    return animations
