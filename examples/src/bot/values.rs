//! Reads named texts as what they should be, and collects every mistake instead of the first.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use manim_core::Secret;

/// The environment, as far as it concerns us. An empty value is an absent one.
#[derive(Debug, Default)]
pub(super) struct Values {
    values: BTreeMap<String, String>,
    pub(super) mistakes: Vec<String>,
}

impl Values {
    pub(super) fn new(lookup: impl Fn(&str) -> Option<String>, names: &[&str]) -> Self {
        let present = names.iter().filter_map(|name| {
            let value = lookup(name)?.trim().to_owned();
            (!value.is_empty()).then(|| ((*name).to_owned(), value))
        });
        Self {
            values: present.collect(),
            mistakes: Vec::new(),
        }
    }

    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.values.get(name).cloned()
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// A secret of at least `least` characters.
    pub(super) fn secret(&mut self, name: &str, least: usize) -> Option<Secret> {
        let secret = Secret::from(self.text(name)?);
        let length = secret.expose().chars().count();
        if length < least {
            self.wrong(format!(
                "{name} has {length} characters; make one of at least {least}, for example with `openssl rand -hex 32`"
            ));
        }
        Some(secret)
    }

    pub(super) fn list(&self, name: &str) -> Vec<String> {
        let text = self.text(name).unwrap_or_default();
        let words = text.split(',').map(str::trim);
        words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
    }

    pub(super) fn number<T: FromStr + PartialOrd + Display>(
        &mut self,
        name: &str,
        default: T,
        least: T,
    ) -> T {
        let Some(text) = self.text(name) else {
            return default;
        };
        match text.parse::<T>() {
            Ok(number) if number >= least => number,
            _ => {
                self.wrong(format!(
                    "{name} is {text:?}; give a whole number of at least {least}"
                ));
                default
            }
        }
    }

    /// A number, where 0 stands for what is right for this machine.
    pub(super) fn number_or_default(&mut self, name: &str) -> Option<usize> {
        Some(self.number(name, 0, 0)).filter(|number| *number > 0)
    }

    pub(super) fn yes(&mut self, name: &str, default: bool) -> bool {
        let answer = self.choice(name, &[("yes", true), ("no", false)]);
        answer.unwrap_or(default)
    }

    /// One of a few words.
    pub(super) fn choice<T: Clone>(&mut self, name: &str, choices: &[(&str, T)]) -> Option<T> {
        let text = self.text(name)?;
        let found = choices.iter().find(|(word, _)| *word == text);
        if found.is_none() {
            let words: Vec<_> = choices.iter().map(|(word, _)| *word).collect();
            self.wrong(format!("{name} is {text:?}; choose one of {}", words.join(", ")));
        }
        found.map(|(_, choice)| choice.clone())
    }

    pub(super) fn wrong(&mut self, sentence: impl Into<String>) {
        self.mistakes.push(sentence.into());
    }
}
