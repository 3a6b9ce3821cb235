"""What takes the place of what is not there."""

import subprocess
import sys
import unittest
from pathlib import Path

from manim_worker import stand_ins

SCENE = """
import tempfile
from manim import *
from manim_worker import stand_ins
told = []
stand_ins.install(lambda code, message: told.append(code))
config.media_dir = tempfile.mkdtemp()
config.dry_run = True
config.progress_bar = "none"
config.verbosity = "ERROR"
assert ManimColor("cornflower blue").to_hex() == "#6495ED"
assert Circle(color="light_grey").color.to_hex() == "#BBBBBB"
Square(color="Blu_A"); Dot().set_color("dark-orange")
assert ImageMobject("missing.png").height > 0
assert SVGMobject("missing.svg").height > 0
formula = MathTex("{{ F }} = {{ m }} {{ a }}")
assert formula.get_part_by_tex("F") is formula.get_part_by_tex(" F ") is not None
assert formula.get_part_by_tex("G") is None
brace = Brace(Square())
label = brace.get_text("mass", font_size=24, color=RED, buff=0.1)
assert abs(label.height / brace.get_text("mass").height - 0.5) < 0.01 and label.get_top()[1] < brace.get_bottom()[1]
assert label.color == ManimColor(RED) and brace.get_tex("m", font_size=24).height > 0
try:
    ManimColor("qqqqqqq")
except ValueError:
    pass
else:
    raise SystemExit("a colour that resembles none was taken")
from manim_voiceover import VoiceoverScene
from manim_voiceover.services.gtts import GTTSService
from manim_voiceover.services.azure import AzureService
class Spoken(VoiceoverScene):
    def construct(self):
        self.set_speech_service(GTTSService(lang="en", tld="com"))
        with self.voiceover(text="Five words are <bookmark mark='A'/>spoken here") as tracker:
            self.play(Create(Circle()), run_time=tracker.duration / 2)
            self.wait_until_bookmark("A")
        self.seconds = self.renderer.time
scene = Spoken()
scene.render()
assert abs(scene.seconds - 2) < 0.1, scene.seconds
from manim_slides import Slide
class Slides(Slide):
    def construct(self):
        self.play(Create(Circle())); self.next_slide(loop=True); self.start_loop(); self.end_loop()
Slides().render()
for name in ("requests_that_are_not_there", "manim_nothing"):
    try:
        __import__(name)
    except ImportError:
        pass
    else:
        raise SystemExit("a module appeared")
assert sorted(set(told)) == ["brace-label", "formula-part", "missing-file", "plugin", "unknown-colour"], told
"""


class StandIns(unittest.TestCase):
    def test_scenes_play_with_what_is_there(self) -> None:
        folder = Path(__file__).parents[1]
        done = subprocess.run([sys.executable, "-c", SCENE], cwd=folder, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr[-2000:] + done.stdout[-500:])

    def test_a_colour_that_resembles_none_has_no_stand_in(self) -> None:
        self.assertIsNone(stand_ins.colour("qqqqqqq", {"RED": None}))


if __name__ == "__main__":
    unittest.main()
