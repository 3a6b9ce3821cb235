//! What a function of Manim accepts, and where its `**kwargs` go on to.

use std::collections::BTreeSet;

use super::table::{Table, table};

/// How deep `**kwargs` are followed. Manim's own chains stay under 8.
const MAX_HOPS: usize = 12;

/// How a parameter takes its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Takes {
    Position,
    PositionOrWord,
    Word,
    Rest,
    Words,
}

/// What the annotation says a parameter holds, as far as a rule needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    Anything,
    Point,
    Points,
    Colour,
}

#[derive(Debug, Clone)]
pub(super) struct Parameter {
    pub(super) name: &'static str,
    pub(super) takes: Takes,
    pub(super) holds: Holds,
    pub(super) default: Option<&'static str>,
}

/// The fields of one function, read.
#[derive(Debug, Clone)]
pub(super) struct Signature {
    /// What it returns, in the table's letters.
    pub(super) returns: &'static str,
    pub(super) parameters: Vec<Parameter>,
    flow: &'static str,
}

impl Signature {
    pub(super) fn read(fields: &'static str) -> Self {
        let mut fields = fields.split('\t');
        let returns = fields.next().unwrap_or("?");
        let flow = fields.next().unwrap_or("?");
        let mut takes = Takes::PositionOrWord;
        let mut parameters = Vec::new();
        for field in fields {
            match field {
                "*" => takes = Takes::Word,
                "/" => parameters
                    .iter_mut()
                    .for_each(|p: &mut Parameter| p.takes = Takes::Position),
                _ => {
                    parameters.push(Parameter::read(field, takes));
                    if field.starts_with('*') {
                        takes = Takes::Word;
                    }
                }
            }
        }
        Self {
            returns,
            parameters,
            flow,
        }
    }

    /// Parameters that a value without a name can fill, in order.
    pub(super) fn positional(&self) -> impl Iterator<Item = &Parameter> {
        let by_place = |p: &&Parameter| matches!(p.takes, Takes::Position | Takes::PositionOrWord);
        self.parameters.iter().filter(by_place)
    }

    /// The parameter that takes all further values.
    pub(super) fn rest(&self) -> Option<&Parameter> {
        self.parameters.iter().find(|p| p.takes == Takes::Rest)
    }

    /// Whether more values than named parameters may be given.
    pub(super) fn takes_any_number(&self) -> bool {
        self.rest().is_some()
    }

    /// The parameter at `place`, counted from 0.
    pub(super) fn at(&self, place: usize) -> Option<&Parameter> {
        self.positional().nth(place).or_else(|| self.rest())
    }

    fn words(&self) -> impl Iterator<Item = &Parameter> {
        let by_word = |p: &&Parameter| matches!(p.takes, Takes::PositionOrWord | Takes::Word);
        self.parameters.iter().filter(by_word)
    }

    /// The signature as a person writes it: `Circle(radius=None, color=RED, **kwargs)`.
    pub(super) fn display(&self, name: &str) -> String {
        let mut shown: Vec<String> = Vec::new();
        let mut words_only = false;
        for parameter in &self.parameters {
            if parameter.takes == Takes::Word && !words_only && !self.takes_any_number() {
                shown.push("*".to_owned());
            }
            words_only |= parameter.takes == Takes::Word;
            shown.push(parameter.display());
        }
        format!("{name}({})", shown.join(", "))
    }
}

impl Parameter {
    fn read(field: &'static str, takes: Takes) -> Self {
        let (head, default) = field
            .split_once('=')
            .map_or((field, None), |(head, value)| (head, Some(value)));
        let (name, mark) = head.split_once(':').unwrap_or((head, ""));
        let takes = match name {
            _ if name.starts_with("**") => Takes::Words,
            _ if name.starts_with('*') => Takes::Rest,
            _ => takes,
        };
        let holds = match mark {
            "p" => Holds::Point,
            "P" => Holds::Points,
            "c" => Holds::Colour,
            _ => Holds::Anything,
        };
        Self {
            name: name.trim_start_matches('*'),
            takes,
            holds,
            default,
        }
    }

    fn display(&self) -> String {
        let stars = match self.takes {
            Takes::Rest => "*",
            Takes::Words => "**",
            _ => "",
        };
        let value = self.default.map(|value| format!("={value}")).unwrap_or_default();
        format!("{stars}{}{value}", self.name)
    }
}

/// The parameters that a call can reach by word, its own and those that `**kwargs` lead to.
#[derive(Debug, Default)]
pub(super) struct Words {
    pub(super) reached: Vec<Parameter>,
    taken: BTreeSet<&'static str>,
    /// Whether some `**kwargs` went where the table cannot follow.
    pub(super) open: bool,
}

impl Words {
    /// What method `name` accepts on an object whose class has this `mro`.
    pub(super) fn of_method(mro: &[&'static str], name: &str) -> Self {
        let mut words = Self::default();
        words.follow_method(mro, 0, name, MAX_HOPS);
        words
    }

    pub(super) fn of_function(signature: &Signature) -> Self {
        let mut words = Self::default();
        words.follow(signature, &[], 0, MAX_HOPS);
        words
    }

    pub(super) fn accept(&self, word: &str) -> bool {
        self.open || self.taken.contains(word) || self.named(word).is_some()
    }

    pub(super) fn named(&self, word: &str) -> Option<&Parameter> {
        self.reached.iter().find(|p| p.name == word)
    }

    /// Every word, for the nearest one to a wrong word.
    pub(super) fn all(&self) -> impl Iterator<Item = &'static str> {
        self.reached
            .iter()
            .map(|p| p.name)
            .chain(self.taken.iter().copied())
    }

    fn follow_method(&mut self, mro: &[&'static str], from: usize, name: &str, hops: usize) {
        match table().definer(mro, from, name) {
            Some((index, signature)) => self.follow(&signature, mro, index + 1, hops),
            None => self.open |= name != "__init__",
        }
    }

    fn follow(&mut self, signature: &Signature, mro: &[&'static str], after: usize, hops: usize) {
        self.reached.extend(signature.words().cloned());
        if signature.flow == "-" {
            return;
        }
        if hops == 0 {
            self.open = true;
            return;
        }
        for target in signature.flow.split(',') {
            self.follow_target(table(), target, mro, after, hops - 1);
        }
    }

    fn follow_target(
        &mut self,
        table: &Table,
        target: &'static str,
        mro: &[&'static str],
        after: usize,
        hops: usize,
    ) {
        if let Some(word) = target.strip_prefix('+') {
            self.taken.insert(word);
        } else if target == "super" {
            self.follow_method(mro, after, "__init__", hops);
        } else if let Some(class) = target.strip_prefix("new:").and_then(|name| table.class(name)) {
            self.follow_method(&class.mro, 0, "__init__", hops);
        } else if let Some(method) = target.strip_prefix("self.") {
            self.follow_method(mro, 0, method, hops);
        } else if let Some(function) = target.strip_prefix("fn:").and_then(|name| table.function(name)) {
            self.follow(&function, &[], 0, hops);
        } else {
            self.open = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(class: &str) -> Words {
        Words::of_method(&table().class(class).unwrap().mro, "__init__")
    }

    #[test]
    fn keywords_are_followed_to_the_root() {
        let square = words("Square");
        for word in [
            "side_length",
            "height",
            "color",
            "fill_opacity",
            "stroke_width",
            "z_index",
            "grid_xstep",
        ] {
            assert!(square.accept(word), "{word}");
        }
        assert!(!square.accept("side") && !square.accept("radius"));
    }

    #[test]
    fn an_animation_is_closed() {
        let create = words("Create");
        assert!(create.accept("run_time") && create.accept("lag_ratio"));
        assert!(!create.accept("duration") && !create.open);
    }

    #[test]
    fn a_signature_reads_as_in_python() {
        let signature = Signature::read("S\t-\tscale_factor\t*\tabout_point:p=None\t**kwargs");
        assert_eq!(
            signature.display("scale"),
            "scale(scale_factor, *, about_point=None, **kwargs)"
        );
        assert_eq!(signature.parameters[1].holds, Holds::Point);
    }
}
