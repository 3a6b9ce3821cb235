//! The attacks as they are written down: a file of scenes for each category.

use manim_core::{Isolation, Scene, SceneCode};

use crate::victims::Victims;

/// Starts every scene: what attackers know, and what they are good at.
const PRELUDE: &str = include_str!("scenes/prelude.py");
/// Ends a category's heading line: what is expected, at L3 and at L2 if it differs.
const HEADING: &str = "#! ";

const CATEGORIES: [(&str, &str); 12] = [
    ("reading", include_str!("scenes/reading.py")),
    ("writing", include_str!("scenes/writing.py")),
    ("network", include_str!("scenes/network.py")),
    ("processes", include_str!("scenes/processes.py")),
    ("exhaustion", include_str!("scenes/exhaustion.py")),
    (LENGTHY, include_str!("scenes/length.py")),
    (PATIENT, include_str!("scenes/patience.py")),
    ("output", include_str!("scenes/output.py")),
    ("forgery", include_str!("scenes/forgery.py")),
    ("poisoning", include_str!("scenes/poisoning.py")),
    ("tex", include_str!("scenes/tex.py")),
    ("kernel", include_str!("scenes/kernel.py")),
];

/// Attacks that last until their time is over. They run beside each other.
pub(crate) const PATIENT: &str = "patience";
/// Films without end. They meet the dry run first, as every scene of a pipeline does.
pub(crate) const LENGTHY: &str = "length";

/// One hostile scene.
#[derive(Debug, Clone)]
pub(crate) struct Attack {
    pub(crate) category: &'static str,
    pub(crate) name: &'static str,
    /// One line for the table.
    pub(crate) about: String,
    expected: Vec<&'static str>,
    body: String,
}

impl Attack {
    /// What may become of it: `rendered`, `held` (it ran until it was looked at), the kind
    /// of an error, or the code of a rejection.
    pub(crate) fn expected(&self, level: Isolation) -> &'static str {
        let last = self.expected.len() - 1;
        self.expected[if level == Isolation::L3 { 0 } else { last }]
    }

    pub(crate) fn is_expected(&self, level: Isolation, seen: &str) -> bool {
        self.expected(level).split(" or ").any(|one| one == seen)
    }

    /// The scene, aimed at these victims.
    pub(crate) fn scene(&self, victims: &Victims, level: Isolation) -> Scene {
        let source = format!(
            "{PRELUDE}\n{}LEVEL = {}\n\n\nclass MainScene(Scene):\n    def construct(self):\n        name(STRAY)\n{}        \
             self.add(Dot())\n        self.wait(0.1)\n",
            victims.aim(),
            if level == Isolation::L3 { 3 } else { 2 },
            indented(&self.body)
        );
        Scene::new(SceneCode::new(source).unwrap())
    }
}

fn indented(body: &str) -> String {
    body.lines().map(|line| format!("        {line}\n")).collect()
}

/// All of them, in an order in which each has others before it.
pub(crate) fn attacks() -> Vec<Attack> {
    CATEGORIES
        .iter()
        .flat_map(|(category, text)| parse(category, text))
        .collect()
}

/// One by its name.
pub(crate) fn attack(name: &str) -> Attack {
    let found = attacks().into_iter().find(|attack| attack.name == name);
    found.unwrap_or_else(|| panic!("there is no attack {name}"))
}

fn parse(category: &'static str, text: &'static str) -> Vec<Attack> {
    let sections = text.split(HEADING).skip(1);
    sections
        .map(|section| {
            let (heading, rest) = section.split_once('\n').unwrap();
            let mut heading = heading.split(" | ").map(str::trim);
            let name = heading.next().unwrap();
            let (about, body): (Vec<&str>, Vec<&str>) = rest.lines().partition(|line| line.starts_with("# "));
            Attack {
                category,
                name,
                about: about.iter().map(|line| &line[2..]).collect::<Vec<_>>().join(" "),
                expected: heading.collect(),
                body: body.join("\n"),
            }
        })
        .collect()
}

#[test]
fn there_are_at_least_eighty_and_each_has_a_name_a_purpose_and_an_expectation() {
    let attacks = attacks();
    let names: std::collections::BTreeSet<_> = attacks.iter().map(|attack| attack.name).collect();
    assert!(
        attacks.len() >= 80 && names.len() == attacks.len(),
        "{} {}",
        attacks.len(),
        names.len()
    );
    for attack in &attacks {
        assert!(
            !attack.about.is_empty() && !attack.expected.is_empty(),
            "{}",
            attack.name
        );
        assert!(!attack.body.trim().is_empty(), "{}", attack.name);
    }
}
