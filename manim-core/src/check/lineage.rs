//! The bases of a class: those of Manim and those that the source defines.

use super::table::table;

/// A class of Manim, or one of the source by its place in the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum ClassRef {
    Manim(&'static str),
    User(usize),
}

/// Every class that an object is an instance of; only known when all bases are.
#[derive(Debug, Default, Clone)]
pub(super) struct Lineage {
    /// Manim's, nearest first. Within several bases the order is that of their lists, not
    /// Python's: enough for asking whether something exists.
    pub(super) manim: Vec<&'static str>,
    pub(super) users: Vec<usize>,
}

impl Lineage {
    /// Follows `bases`, which knows the bases of a class of the source.
    pub(super) fn of(class: ClassRef, bases: &dyn Fn(usize) -> Option<Vec<ClassRef>>) -> Option<Self> {
        let mut lineage = Self::default();
        lineage.add(class, bases)?;
        Some(lineage)
    }

    fn add(&mut self, class: ClassRef, bases: &dyn Fn(usize) -> Option<Vec<ClassRef>>) -> Option<()> {
        match class {
            ClassRef::Manim("object") => {}
            ClassRef::Manim(name) => {
                let class = table().class(name).filter(|class| !class.open)?;
                let new: Vec<_> = class
                    .mro
                    .iter()
                    .filter(|base| !self.manim.contains(base))
                    .collect();
                self.manim.extend(new);
            }
            ClassRef::User(id) if self.users.contains(&id) => {}
            ClassRef::User(id) => {
                self.users.push(id);
                for base in bases(id)? {
                    self.add(base, bases)?;
                }
            }
        }
        Some(())
    }

    pub(super) fn is(&self, ancestor: &str) -> bool {
        self.manim.contains(&ancestor)
    }
}
