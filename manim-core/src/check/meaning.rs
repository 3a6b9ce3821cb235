//! What a name of Manim, or the table's letters for a result, stand for.

use ruff_python_ast::Operator;

use super::infer::Ty;
use super::lineage::ClassRef;
use super::table::{Constant, table};

/// A name that `from manim import *` or `import manim` gives.
pub(super) fn exported(name: &str) -> Ty {
    let table = table();
    if !table.exports(name) && !table.module_names("manim").any(|known| known == name) {
        return Ty::Unknown;
    }
    if let Some(class) = table.class(name) {
        return Ty::Class(ClassRef::Manim(class.name));
    }
    if name == "np" {
        return Ty::Module("numpy");
    }
    if name == "config" {
        return Ty::Object {
            class: ClassRef::Manim("ManimConfig"),
            exact: true,
        };
    }
    if let Some(name) = table.function_name(name) {
        return Ty::Function(name);
    }
    match table.constant(name) {
        Some(Constant::Array) => Ty::Array,
        Some(Constant::Number) => Ty::Number,
        Some(Constant::Text) => Ty::Text,
        Some(Constant::Colour) => Ty::Object {
            class: ClassRef::Manim("ManimColor"),
            exact: true,
        },
        _ => submodule("manim", name),
    }
}

pub(super) fn module(path: &str) -> Ty {
    let known = table().module_paths().find(|known| *known == path);
    match path {
        "numpy" => Ty::Module("numpy"),
        _ => known.map_or(Ty::Unknown, Ty::Module),
    }
}

pub(super) fn member_of_module(path: &str, name: &str) -> Ty {
    match (path, name) {
        ("manim", _) => exported(name),
        ("numpy", "linalg") => Ty::Module("numpy.linalg"),
        ("numpy", "random") => Ty::Module("numpy.random"),
        ("numpy", "pi" | "e" | "inf" | "nan") => Ty::Number,
        ("numpy", _) => Ty::Unknown,
        // The same names, by the module that defines them.
        _ if path.starts_with("manim.") && table().module_names(path).any(|known| known == name) => {
            match exported(name) {
                class @ (Ty::Class(_) | Ty::Function(_)) => class,
                _ => submodule(path, name),
            }
        }
        _ => Ty::Unknown,
    }
}

/// Modules that Manim binds under short names, or in their own package.
fn submodule(path: &str, name: &str) -> Ty {
    let full = match name {
        "rate_functions" => "manim.utils.rate_functions".to_owned(),
        "AS2700" | "BS381" | "DVIPSNAMES" | "SVGNAMES" | "X11" | "XKCD" | "manim_colors" => {
            format!("manim.utils.color.{name}")
        }
        _ => format!("{path}.{name}"),
    };
    module(&full)
}

pub(super) fn operation(operator: Operator, sides: (Ty, Ty)) -> Ty {
    match sides {
        (Ty::Number, Ty::Number) => Ty::Number,
        (Ty::Array, Ty::Array) if operator == Operator::MatMult => Ty::Unknown,
        (Ty::Array, Ty::Array | Ty::Number | Ty::List) | (Ty::Number | Ty::List, Ty::Array) => Ty::Array,
        _ => Ty::Unknown,
    }
}

/// The table's letters for a result.
pub(super) fn returned(letters: &'static str, class: ClassRef, exact: bool) -> Ty {
    match letters {
        "S" => Ty::Object { class, exact },
        "A" => Ty::Array,
        "N" => Ty::Nothing,
        "f" => Ty::Number,
        "s" => Ty::Text,
        "l" => Ty::List,
        _ => letters
            .strip_prefix('=')
            .filter(|name| table().class(name).is_some())
            .map_or(Ty::Unknown, |name| Ty::Object {
                class: ClassRef::Manim(name),
                exact: false,
            }),
    }
}
