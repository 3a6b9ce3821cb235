

class MainScene(Scene):
    def construct(self):
        self.camera.background_color = PAPER
        reasons = [[words(why, 4.9 if BESIDE else 12.6)] for why, _, _ in STEPS if why]
        rows = [pieces for _, pieces, _ in STEPS]
        counts = [[str(number)] for number in NUMBERS]
        fixed = [[words(TITLE)], RESULT, [words(CHECK, 12.6)], [VALUE], [words(RULE, 5.4)]]
        title, result, check, value, rule, *rest = typeset([*fixed, *counts, *reasons, *rows])
        counts, rest = rest[: len(NUMBERS)], rest[len(NUMBERS) :]
        spoken = iter(rest)
        reasons = [next(spoken) if why else None for why, _, _ in STEPS]
        rows = list(spoken)
        ask(self, QUESTION, title)
        self.picture(counts, value, rule)
        page = Page(self, rows, reasons, result, check, BESIDE)
        for number, (_, _, marked) in enumerate(STEPS):
            page.show(number, marked, PAUSE)
        page.conclude()
        self.wait(3)
