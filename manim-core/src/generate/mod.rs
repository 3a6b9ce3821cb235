//! Words to a model and from it. Knows no vendor and no wire.

pub(crate) mod claims;
pub(crate) mod extract;
pub(crate) mod prompt;
