//! Graphs of functions with their features.

use crate::offline::notation::Symbol;
use crate::offline::phrase::Phrase;
use crate::offline::task::{Feature, Task};

use super::{Reading, Refusal, constant_for, definition, sole_variable, trailing_range};

const VERBS: &[&str] = &[
    "plot|graph|sketch|draw the? graph|graphs|curve|plot|parabola of the? function|curve|equation?",
    "plot|graph|sketch|draw the? function|curve|parabola|line|equation|polynomial :?",
    "plot|graph|sketch|draw :?",
    "make|create|produce|show|give me? a|the plot|graph|sketch of the? function|curve?",
    "show me? the? graph|plot of the? function?",
    "what does the graph of the? function?",
    "graph of the? function?",
    "plot of the? function?",
    "discuss the curve",
];
const JOINERS: &[&str] = &[
    ",? and|then|while also? show|mark|label|find|indicate|identify|highlight|display|showing|marking|labelling|labeling|highlighting|finding its|all|the?",
    ",? with|including|showing|marking|labelling|labeling|indicating|highlighting its|all|the|their?",
    ", show|mark|label|find|indicate|identify|highlight its|all|the?",
    ". show|mark|label|find|indicate|identify|highlight its|all|the?",
    "and its|the",
    ",? and",
    ",",
];

pub(super) fn read(phrase: Phrase<'_>) -> Reading {
    let mut rest = phrase;
    if !rest.eat(VERBS) {
        return features_first(phrase);
    }
    rest.eat_end(&["look like"]);
    let mut asked = Vec::new();
    trailing_features(&mut rest, &mut asked);
    task(rest, asked).map(Some)
}

/// "Find the turning points of y = x^3 - 3x": shown on the graph.
fn features_first(phrase: Phrase<'_>) -> Reading {
    let mut rest = phrase;
    rest.eat(&[
        "find|show|determine|locate|identify|mark the|all|its? of? the?",
        "what|where are the?",
        "what|where is the?",
    ]);
    let mut asked = Vec::new();
    while let Some(feature) = leading_feature(&mut rest) {
        asked.push(feature);
        rest.eat(&[", and", "and|, the?"]);
    }
    // Roots alone are an equation's business.
    if asked.iter().all(|feature| *feature == Feature::Roots)
        || !rest.eat(&["of|on|for the? graph|curve? of? the?"])
    {
        return Ok(None);
    }
    task(rest, asked).map(Some)
}

const FEATURES: &[(&str, Feature)] = &[
    (
        "local|global|relative? maximum|maxima|max|minimum|minima|min and|or local? maximum|maxima|max|minimum|minima|min points?",
        Feature::Turning,
    ),
    (
        "turning|stationary|critical|extreme point|points",
        Feature::Turning,
    ),
    (
        "local|global|relative? extrema|extremum|maximum|maxima|minimum|minima|vertex|peaks|valleys point|points?",
        Feature::Turning,
    ),
    ("inflection point|points", Feature::Inflection),
    ("inflexion point|points", Feature::Inflection),
    ("points|point of inflection|inflexion", Feature::Inflection),
    ("inflections|inflection", Feature::Inflection),
    (
        "vertical|horizontal|oblique|slant? asymptote|asymptotes",
        Feature::Asymptotes,
    ),
    ("roots|root|zeros|zeroes|zero", Feature::Roots),
    ("x - intercepts|intercept", Feature::Roots),
    ("y - intercept|intercepts", Feature::Intercept),
    ("intercepts", Feature::Intercept),
    ("main|key|important? features", Feature::Turning),
];

fn leading_feature(rest: &mut Phrase<'_>) -> Option<Feature> {
    let found = FEATURES.iter().find(|(words, _)| rest.eat(&[words]));
    found.map(|(_, feature)| *feature)
}

/// Features in a list at the end, taken off from the back.
fn trailing_features(rest: &mut Phrase<'_>, asked: &mut Vec<Feature>) {
    loop {
        let mut shorter = *rest;
        shorter.eat_end(&["clearly", "on it", "of? the? graph", "on the graph"]);
        let Some((_, feature)) = FEATURES.iter().find(|(words, _)| shorter.eat_end(&[words])) else {
            return;
        };
        shorter.eat_end(&["local|global|relative|vertical|horizontal|main|key|important"]);
        if !shorter.eat_end(JOINERS) {
            return;
        }
        asked.push(*feature);
        *rest = shorter;
    }
}

fn task(mut phrase: Phrase<'_>, asked: Vec<Feature>) -> Result<Task, Refusal> {
    let range = trailing_range(phrase);
    if let Some(range) = &range {
        phrase = range.before;
    }
    phrase.eat_end(&[","]);
    if phrase.count('=') > 1 {
        return Err(Refusal::new("One function at a time can be plotted."));
    }
    let found = definition(phrase)?;
    let named = match (range.as_ref().and_then(|range| range.variable), found.variable) {
        (Some(a), Some(b)) if a != b => return Err(Refusal::new("Two different variables are named.")),
        (a, b) => a.or(b),
    };
    let variable = sole_variable(&found.function, named)?;
    let sideways = found.name.is_some_and(|name| name == Symbol::X) || variable == Symbol::Y;
    if sideways {
        return Err(Refusal::new(
            "Only graphs of y as a function of one variable are supported.",
        ));
    }
    if found.function.is_infinite() {
        return Err(Refusal::new(
            "Infinity is not a number that a function can contain.",
        ));
    }
    let window = range
        .map(|range| -> Result<_, Refusal> {
            Ok((
                constant_for(range.from, variable)?,
                constant_for(range.to, variable)?,
            ))
        })
        .transpose()?;
    Ok(Task::Plot {
        function: found.function,
        variable,
        window,
        asked,
    })
}
