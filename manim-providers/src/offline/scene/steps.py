

class MainScene(Scene):
    def construct(self):
        self.camera.background_color = PAPER
        reasons = [[words(why, 4.9 if BESIDE else 12.6)] for why, _, _ in STEPS if why]
        rows = [pieces for _, pieces, _ in STEPS]
        title, result, check, *rest = typeset([[words(TITLE)], RESULT, [words(CHECK, 12.6)], *reasons, *rows])
        spoken = iter(rest)
        reasons = [next(spoken) if why else None for why, _, _ in STEPS]
        rows = list(spoken)
        ask(self, QUESTION, title)
        page = Page(self, rows, reasons, result, check, BESIDE)
        for number, (_, _, marked) in enumerate(STEPS):
            page.show(number, marked, PAUSE)
        page.conclude()
        self.wait(3)
