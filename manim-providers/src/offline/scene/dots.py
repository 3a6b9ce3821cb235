

class MainScene(Scene):
    def construct(self):
        self.camera.background_color = PAPER
        reasons = [[words(why, 4.9 if BESIDE else 12.6)] for why, _, _ in STEPS if why]
        rows = [pieces for _, pieces, _ in STEPS]
        counts = [[str(number)] for number in NUMBERS]
        title, result, check, claim, *rest = typeset([[words(TITLE)], RESULT, [words(CHECK)], PICTURE, *counts, *reasons, *rows])
        counts, rest = rest[: len(NUMBERS)], rest[len(NUMBERS) :]
        spoken = iter(rest)
        reasons = [next(spoken) if why else None for why, _, _ in STEPS]
        rows = list(spoken)
        ask(self, QUESTION, title)
        self.picture(counts, claim)
        page = Page(self, rows, reasons, BESIDE)
        for number, (_, _, marked) in enumerate(STEPS):
            page.show(number, marked, PAUSE)
        page.conclude(result, check)
        self.wait(3)
