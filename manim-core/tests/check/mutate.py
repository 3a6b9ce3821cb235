"""Prints the scenes of this folder, one JSON object {"name", "code"} a line.

    python mutate.py valid     the valid scenes
    python mutate.py broken    mutants of the valid scenes, and the broken scenes written by hand

A mutant is one valid scene with one mistake that models make. Which of them really fail is
listed in `broken.tsv`, which `verify.py` writes.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
HEAD = "from manim import *\n\n"
PER_RULE = 8
# Slips of the pen, which real scenes have less often than the others.
SLIPS = {"typo-class", "typo-group", "typo-self", "typo-constant", "no-colon", "index", "paint", "place", "arrange-in", "grow-by", "goto", "numpy-name", "too-many"}
PER_SLIP = 3

# rule: pattern, replacement. The first match of a scene is replaced.
RULES = {
    "show-creation": (r"\bCreate\(", "ShowCreation("),
    "text-mobject": (r"\bText\(", "TextMobject("),
    "tex-mobject": (r"\bMathTex\(", "TexMobject("),
    "fade-in-from": (r"\bFadeIn\((\w+)\)", r"FadeInFrom(\1, DOWN)"),
    "fade-out-and-shift": (r"\bFadeOut\(([\w.]+)\)", r"FadeOutAndShift(\1, UP)"),
    "cyan": (r"\bRED\b", "CYAN"),
    "brown": (r"\bBLUE\b", "BROWN"),
    "lavender": (r"\bYELLOW\b", "LAVENDER"),
    "navy": (r"\bGREEN\b", "NAVY"),
    "cyan-shade": (r"\bBLUE_E\b|\bBLUE\b", "CYAN_D"),
    "colour-text": (r"color=(RED|BLUE|YELLOW|GREEN)\b", 'color="lime"'),
    "two-coordinates": (r"\[([-\w.]+), ([-\w.]+), 0\]", r"[\1, \2]"),
    "two-coordinate-shift": (r"\.shift\(RIGHT\)", ".shift([1, 0])"),
    "two-coordinate-tuple": (r"\.next_to\((\w+), (RIGHT|UP|DOWN)", r".next_to(\1, (0, 1)"),
    "two-coordinate-array": (r"\bDot\((LEFT|RIGHT|UP)\)", "Dot(np.array([1, 2]))"),
    "get-graph": (r"\.plot\(", ".get_graph("),
    "manimlib": (r"from manim import \*", "from manimlib.imports import *"),
    "manim-imports-ext": (r"from manim import \*", "from manim_imports_ext import *"),
    "no-import": (r"from manim import \*\n", ""),
    "zero-run-time": (r"run_time=[\d.]+", "run_time=0"),
    "negative-run-time": (r"run_time=[\d.]+", "run_time=-1"),
    "zero-wait": (r"self\.wait\([\d.]*\)", "self.wait(0)"),
    "quoted-direction": (r"\.shift\((UP|DOWN|LEFT|RIGHT)\)", r'.shift("\1")'),
    "quoted-next-to": (r"\.next_to\((\w+), (UP|DOWN|LEFT|RIGHT)\b", r'.next_to(\1, "\2"'),
    "side": (r"\bside_length=", "side="),
    "duration": (r"(\(\w+\([\w ()]*), run_time=", r"\1, duration="),
    "plain-scene-frame": (r"\(MovingCameraScene\)", "(Scene)"),
    "plain-scene-3d": (r"\(ThreeDScene\)", "(Scene)"),
    "no-animate": (r"self\.play\((\w+)\.animate\.(shift|move_to|scale|rotate|set_color)\(", r"self.play(\1.\2("),
    "mobject-played": (r"self\.play\(Create\((\w+)\)", r"self.play(\1"),
    "unknown-keyword": (r"\b(Circle|Square|Triangle|Star|Dot|Axes|NumberPlane)\(\)", r"\1(glow=True)"),
    "unknown-keyword-animation": (r"self\.play\(Create\((\w+)\)", r"self.play(Create(\1, speed=2)"),
    "unknown-keyword-text": (r'\bText\("([^"]*)"', r'Text("\1", fontsize=20'),
    "grow-by": (r"\.animate\.scale\(", ".animate.grow_by("),
    "goto": (r"\.move_to\(", ".goto("),
    "paint": (r"\.set_color\(", ".paint("),
    "place": (r"\.to_edge\(", ".stick_to_edge("),
    "arrange-in": (r"\.arrange\(", ".arrange_in_line("),
    "typo-class": (r"\b(S)(q)(uare)\(", r"\1\3\2("),
    "typo-group": (r"\bVGroup\(", "VGruop("),
    "typo-self": (r"self\.play\(", "self.plays("),
    "typo-constant": (r"\bRIGHT\b", "RIHGT"),
    "full-width": (r"\(self\):", "（self）："),
    "full-width-comma": (r"(\w), ", r"\1，"),
    "fenced": (r"(?s)\A(.*)\Z", r"Here is the scene:\n\n```python\n\1```\n\nIt shows a shape."),
    "invented-setter": (r"\.set_color\(", ".set_glow("),
    "invented-setter-animated": (r"\.animate\.set_color\(", ".animate.set_shininess("),
    "plugin": (r"(?s)\A(.*)\Z", r"from manim_voiceover import VoiceoverScene\n\1"),
    "plugin-physics": (r"(?s)\A(.*)\Z", r"import manim_physics\n\1"),
    "graph-scene": (r"\(Scene\)", "(GraphScene)"),
    "no-scene": (r"\(Scene\):", ":"),
    "tex-escape": (r'r"\\(frac|alpha|textbf|int)', r'"\\\1'),
    "tex-brace": (r"\\frac\{1\}\{3\}", r"\\frac{1}{3"),
    "point-method": (r"\.c2p\(([^()]*)\)", r".c2p(\1).shift(UP)"),
    "numpy-name": (r"\bnp\.(sin|array|linspace|arange)\(", r"np.\1e("),
    "rate-name": (r"rate_functions\.ease\w+", "rate_functions.ease_smoothly"),
    "missing-argument": (r"\.next_to\([^()]*\)", ".next_to()"),
    "missing-argument-transform": (r"\b(ReplacementTransform|MoveAlongPath)\((\w+), [^()]*(\(\))?\)", r"\1()"),
    "too-many": (r"\.to_edge\((\w+)\)", r".to_edge(\1, 0.5, 3)"),
    "bad-import": (r"from manim import \*", "from manim import *\nfrom manim.mobject.shapes import Circle"),
    "embed": (r"        self\.(add|play)\(", r"        self.embed()\n        self.\1("),
    "no-colon": (r"\(self\):", "(self)"),
    "index": (r"\[0\]", "[99]"),
    "frame-width": (r"(?m)^(        )self\.(add|play)\(", r"\1self.add(Dot([FRAME_X_RADIUS - 1, 0, 0]))\n\1self.\2("),
    "computed-point": (r"(?m)^(        )self\.(add|play)\(", r"\1xy = tuple(k / 2 for k in range(2))\n\1self.add(Dot(xy))\n\1self.\2("),
}


def scenes(folder: str) -> Iterator[tuple[str, str]]:
    for path in sorted((HERE / folder).glob("*.py")):
        for part in path.read_text(encoding="utf-8").split("# scene: ")[1:]:
            name, code = part.split("\n", 1)
            own = re.search(r"^(from|import) manim\b", code, re.MULTILINE)
            yield f"{path.stem}/{name}", code if own else HEAD + code


def mutants() -> Iterator[tuple[str, str]]:
    bases = list(scenes("valid"))
    for rule, (pattern, replacement) in RULES.items():
        made, most = 0, PER_SLIP if rule in SLIPS else PER_RULE
        for name, code in bases:
            mutant = re.sub(pattern, replacement, code, count=1)
            if mutant != code and made < most:
                made += 1
                yield f"{rule}:{name}", mutant


def main(kind: str) -> None:
    chosen = list(scenes("valid")) if kind == "valid" else [*mutants(), *scenes("broken")]
    for name, code in chosen:
        print(json.dumps({"name": name, "code": code}))


if __name__ == "__main__":
    main(sys.argv[1])
