//! The mistakes that models make in scenes, put into a good one.

use super::chance::Chance;

/// One kind of mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Fault {
    TwoCoordinates,
    MissingColour,
    MissingPlugin,
    WrongKeyword,
    Endless,
    Truncated,
    Prose,
    Syntax,
    InventedMethod,
    Runtime,
    WrongMaths,
}

/// Which mistakes are made how often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mix {
    /// As seen in 290 model-written scenes that did not render: 65 % points with two
    /// coordinates, 25 % colours that do not exist, 9 % plugins, and one of the rest.
    Seen,
    /// Only the rest, each as often: what no tool can mend without the model.
    Rest,
}

/// What a model does beside points, colours and plugins.
const REST: [Fault; 8] = [
    Fault::WrongKeyword,
    Fault::Endless,
    Fault::Truncated,
    Fault::Prose,
    Fault::Syntax,
    Fault::InventedMethod,
    Fault::Runtime,
    Fault::WrongMaths,
];

impl Mix {
    pub(crate) fn draw(self, chance: &mut Chance) -> Fault {
        match (self, chance.below(100)) {
            (Self::Seen, 0..65) => Fault::TwoCoordinates,
            (Self::Seen, 65..90) => Fault::MissingColour,
            (Self::Seen, 90..99) => Fault::MissingPlugin,
            _ => *chance.one_of(&REST),
        }
    }
}

impl Fault {
    /// A reply with this mistake, and whether the model was cut off. `None`: the scene has no
    /// place for it.
    pub(crate) fn reply(self, code: &str, chance: &mut Chance) -> Option<(String, bool)> {
        if self == Self::Prose {
            let prose =
                "Let us think about it first. The solution is found by bringing all terms to one side.";
            return Some((prose.to_owned(), false));
        }
        let broken = self.spoil(code, chance)?;
        match self {
            Self::Truncated => Some((format!("```python\n{broken}"), true)),
            _ => Some((fenced(&broken), false)),
        }
    }

    fn spoil(self, code: &str, chance: &mut Chance) -> Option<String> {
        match self {
            Self::TwoCoordinates => {
                let point = chance.one_of(&[
                    "Dot((6.2, -3.3), radius=0.03)",
                    "Line([6.1, -3.3], [6.3, -3.3], stroke_width=1)",
                    "Dot(np.array([6.2, -3.3]), radius=0.03)",
                    "Dot([k / 10 for k in (62, -33)], radius=0.03)",
                    "Dot(radius=0.03).move_to(tuple(0.1 * k for k in (62, -33)))",
                    "Polygon(*[(6.1 + 0.1 * k, -3.3 + 0.1 * (k % 2)) for k in range(3)], stroke_width=1)",
                ]);
                begin_with(code, &format!("self.add({point})"))
            }
            Self::MissingColour => {
                let names = [
                    "CYAN", "BROWN", "OLIVE", "LAVENDER", "NAVY", "AQUA", "VIOLET", "LIME", "MAGENTA",
                    "INDIGO",
                ];
                let name = chance.one_of(&names);
                begin_with(
                    code,
                    &format!("self.add(Dot([6.2, -3.3, 0], radius=0.03, color={name}))"),
                )
            }
            Self::MissingPlugin => {
                let import = chance.one_of(&[
                    "from manim_physics import *",
                    "from manim_voiceover import VoiceoverScene",
                    "import manim_slides",
                    "from manim_fonts import RegisterFont",
                ]);
                Some(format!("{import}\n{code}"))
            }
            Self::WrongKeyword => {
                let call = chance.one_of(&[
                    "Dot(radius=0.03, glow_strength=2)",
                    "Square(side_length=0.05, rounded=True)",
                    "Text('.', font_size=12, fontweight=3)",
                ]);
                begin_with(code, &format!("self.add({call}.move_to([6.2, -3.3, 0]))"))
            }
            Self::Endless => begin_with(code, "while True:\n            self.wait(1)"),
            Self::Truncated => {
                let half = code.len() / 2;
                let end = (half..code.len()).find(|&at| code.is_char_boundary(at))?;
                Some(code[..end].to_owned())
            }
            Self::Syntax => spoil_syntax(code, chance),
            Self::InventedMethod => {
                let call = chance.one_of(&["set_glow(2)", "animate_in()", "fade_to_edge(UP)"]);
                begin_with(code, &format!("Dot([6.2, -3.3, 0], radius=0.03).{call}"))
            }
            Self::Runtime => {
                let line = chance.one_of(&["self.add(VGroup()[3])", "ratio = 1 / (len(self.mobjects) * 0)"]);
                begin_with(code, line)
            }
            Self::WrongMaths => another_number(code),
            Self::Prose => None,
        }
    }
}

pub(crate) fn fenced(code: &str) -> String {
    format!("```python\n{}\n```\n", code.trim_end())
}

/// `code` with `line` as the first one that its scene runs.
fn begin_with(code: &str, line: &str) -> Option<String> {
    const HEAD: &str = "def construct(self):\n";
    let at = code.rfind(HEAD)? + HEAD.len();
    Some(format!("{}        {line}\n{}", &code[..at], &code[at..]))
}

fn spoil_syntax(code: &str, chance: &mut Chance) -> Option<String> {
    let (right, wrong) = chance.one_of(&[
        ("def construct(self):", "def construct(self)"),
        ("def construct(self):", "def construct(self:"),
        ("(Scene):", "(Scene) {"),
    ]);
    code.contains(right).then(|| code.replacen(right, wrong, 1))
}

/// The last number of the last line with a result, changed: runs, and is wrong.
fn another_number(code: &str) -> Option<String> {
    let line = code.find("RESULT = ")?;
    let end = line + code[line..].find('\n')?;
    let digit = line + code[line..end].rfind(|c: char| c.is_ascii_digit())?;
    let other = if &code[digit..=digit] == "7" { "8" } else { "7" };
    Some(format!("{}{other}{}", &code[..digit], &code[digit + 1..]))
}
