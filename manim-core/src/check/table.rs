//! What exists in the pinned Manim: names, modules, classes and their members, as
//! `scripts/manim_symbols.py` read them from the real package (its head gives the format).
//!
//! Shipped deflated (56 KiB for 240 KiB of text) and read once, on first use.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::signature::Signature;

static DEFLATED: &[u8] = include_bytes!("symbols.z");

/// The table is ours, so this only guards against a damaged build.
const MAX_TEXT_BYTES: usize = 1 << 20;

static TABLE: LazyLock<Table> = LazyLock::new(|| Table::read(inflate()));

/// The table, read on the first call.
pub(super) fn table() -> &'static Table {
    &TABLE
}

fn inflate() -> &'static str {
    let bytes = miniz_oxide::inflate::decompress_to_vec_with_limit(DEFLATED, MAX_TEXT_BYTES);
    let text = bytes.ok().and_then(|bytes| String::from_utf8(bytes).ok());
    Box::leak(text.unwrap_or_default().into_boxed_str())
}

/// What a constant is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Constant {
    Array,
    Colour,
    Number,
    Text,
    Other,
}

/// A class of Manim.
#[derive(Debug, Default)]
pub(super) struct Class {
    pub(super) name: &'static str,
    /// Itself first, then its bases in the order in which Python looks.
    pub(super) mro: Vec<&'static str>,
    /// Whether it has bases or members that the table does not know.
    pub(super) open: bool,
    attributes: HashMap<&'static str, &'static str>,
    methods: HashMap<&'static str, &'static str>,
}

/// A member of a class, and the class that defines it.
#[derive(Debug, Clone)]
pub(super) enum Member {
    /// Its annotated type, as in a signature; empty when unknown.
    Attribute(&'static str),
    Method {
        owner: &'static str,
        name: &'static str,
        signature: Signature,
    },
}

#[derive(Debug, Default)]
pub(super) struct Table {
    star: HashSet<&'static str>,
    modules: HashMap<&'static str, &'static str>,
    classes: HashMap<&'static str, Class>,
    functions: HashMap<&'static str, &'static str>,
    constants: HashMap<&'static str, (Constant, &'static str)>,
    foreign: HashSet<&'static str>,
    overriding: HashSet<&'static str>,
}

impl Table {
    fn read(text: &'static str) -> Self {
        let mut table = Self::default();
        let mut class = "";
        for line in text.lines() {
            let (kind, rest) = line.split_once('\t').unwrap_or((line, ""));
            let (name, more) = rest.split_once('\t').unwrap_or((rest, ""));
            match kind {
                "X" => table.star = rest.split(' ').collect(),
                "S" => table.foreign = rest.split(' ').collect(),
                "O" => table.overriding = rest.split(' ').collect(),
                "M" => _ = table.modules.insert(name, more),
                "F" => _ = table.functions.insert(name, more),
                "K" => _ = table.constants.insert(name, constant(more)),
                "C" => {
                    class = name;
                    table.classes.insert(name, Class::read(name, more));
                }
                _ => table.read_member(class, kind, rest),
            }
        }
        table
    }

    fn read_member(&mut self, class: &'static str, kind: &str, rest: &'static str) {
        let Some(class) = self.classes.get_mut(class) else {
            return;
        };
        if kind == "m" {
            class.methods.extend(rest.split_once('\t'));
            return;
        }
        let named = |word: &'static str| word.split_once('~').unwrap_or((word, ""));
        class.attributes.extend(rest.split(' ').map(named));
    }

    /// Whether `from manim import *` binds `name`.
    pub(super) fn exports(&self, name: &str) -> bool {
        self.star.contains(name)
    }

    /// Everything that `from manim import *` binds.
    pub(super) fn exported(&self) -> impl Iterator<Item = &'static str> {
        self.star.iter().copied()
    }

    /// Whether `path` is a module of Manim, or numpy or a part of it that the table knows.
    pub(super) fn is_module(&self, path: &str) -> bool {
        self.modules.contains_key(path)
    }

    /// The names of a known module.
    pub(super) fn module_names(&self, path: &str) -> impl Iterator<Item = &'static str> {
        let names = self.modules.get(path).copied().unwrap_or_default();
        names.split(' ').filter(|name| !name.is_empty())
    }

    /// Manim's own modules.
    pub(super) fn module_paths(&self) -> impl Iterator<Item = &'static str> {
        let paths = self.modules.keys().copied();
        paths.filter(|path| *path == "manim" || path.starts_with("manim."))
    }

    pub(super) fn class(&self, name: &str) -> Option<&Class> {
        self.classes.get(name)
    }

    pub(super) fn function(&self, name: &str) -> Option<Signature> {
        self.functions.get(name).map(|fields| Signature::read(fields))
    }

    /// The table's own copy of the name of a function that the star import binds.
    pub(super) fn function_name(&self, name: &str) -> Option<&'static str> {
        self.functions.get_key_value(name).map(|(name, _)| *name)
    }

    pub(super) fn constant(&self, name: &str) -> Option<Constant> {
        self.constants.get(name).map(|(kind, _)| *kind)
    }

    /// The hexadecimal value of a colour constant.
    pub(super) fn colour(&self, name: &str) -> Option<&'static str> {
        let (kind, value) = self.constants.get(name)?;
        (*kind == Constant::Colour).then_some(*value)
    }

    /// Whether Manim sets `name` on objects other than `self` somewhere.
    pub(super) fn is_set_from_outside(&self, name: &str) -> bool {
        self.foreign.contains(name)
    }

    /// Whether `word` is a keyword of some method that stands in for an animation.
    pub(super) fn is_override_keyword(&self, word: &str) -> bool {
        self.overriding.contains(word)
    }

    /// Looks `name` up in `mro`, as Python does.
    pub(super) fn member(&self, mro: &[&'static str], name: &str) -> Option<Member> {
        mro.iter()
            .filter_map(|class| self.classes.get(class))
            .find_map(|class| class.own(name))
    }

    /// The first class of `mro` from position `from` that defines method `name` itself.
    pub(super) fn definer(
        &self,
        mro: &[&'static str],
        from: usize,
        name: &str,
    ) -> Option<(usize, Signature)> {
        let later = mro.iter().enumerate().skip(from);
        later
            .filter_map(|(index, class)| Some((index, self.classes.get(class)?)))
            .find_map(|(index, class)| Some((index, Signature::read(class.methods.get(name)?))))
    }

    /// Whether some class below `ancestor` has a member `name`.
    pub(super) fn below_has(&self, ancestor: &str, name: &str) -> bool {
        let below = self
            .classes
            .values()
            .filter(|class| class.mro.contains(&ancestor));
        below
            .into_iter()
            .any(|class| class.open || class.mro.iter().any(|base| self.owns(base, name)))
    }

    fn owns(&self, class: &str, name: &str) -> bool {
        let class = self.classes.get(class);
        class.is_some_and(|class| class.methods.contains_key(name) || class.attributes.contains_key(name))
    }

    /// Every member that an object with `mro` has.
    pub(super) fn members(&self, mro: &[&'static str]) -> impl Iterator<Item = &'static str> {
        let classes = mro.iter().filter_map(|class| self.classes.get(class));
        classes.flat_map(|class| class.methods.keys().chain(class.attributes.keys()).copied())
    }

    /// Whether any class of Manim has a method or attribute `name`.
    pub(super) fn anything_has(&self, name: &str) -> bool {
        self.classes.keys().any(|class| self.owns(class, name))
    }
}

impl Class {
    fn read(name: &'static str, fields: &'static str) -> Self {
        let (flags, mro) = fields.split_once('\t').unwrap_or((fields, name));
        Self {
            name,
            mro: mro.split(' ').collect(),
            open: flags == "!",
            ..Self::default()
        }
    }

    /// Whether it is, or inherits from, `ancestor`.
    pub(super) fn is(&self, ancestor: &str) -> bool {
        self.mro.contains(&ancestor)
    }

    fn own(&self, name: &str) -> Option<Member> {
        let method = self
            .methods
            .get_key_value(name)
            .map(|(name, fields)| Member::Method {
                owner: self.name,
                name,
                signature: Signature::read(fields),
            });
        method.or_else(|| self.attributes.get(name).map(|kind| Member::Attribute(kind)))
    }
}

fn constant(fields: &'static str) -> (Constant, &'static str) {
    let (kind, value) = fields.split_once('\t').unwrap_or((fields, ""));
    let kind = match kind {
        "A" => Constant::Array,
        "c" => Constant::Colour,
        "f" => Constant::Number,
        "s" => Constant::Text,
        _ => Constant::Other,
    };
    (kind, value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_knows_the_pinned_manim() {
        let table = table();
        assert!(table.exports("Circle") && table.exports("np") && !table.exports("ShowCreation"));
        assert!(table.is_module("manim.utils.rate_functions"));
        assert!(table.class("Square").is_some_and(|class| class.is("VMobject")));
        assert_eq!(table.constant("UP"), Some(Constant::Array));
        assert_eq!(table.colour("RED"), Some("#FC6255"));
    }

    #[test]
    fn members_are_found_through_the_bases() {
        let square = &table().class("Square").unwrap().mro;
        let found = table().member(square, "shift");
        assert!(matches!(found, Some(Member::Method { owner: "Mobject", .. })));
        assert!(table().member(square, "set_backstroke").is_none());
        assert!(table().below_has("Mobject", "c2p") && !table().below_has("Mobject", "wobble"));
    }
}
