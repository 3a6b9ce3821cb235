//! Decorators: one cross-cutting idea each, around any implementation of a trait.

mod cached;
mod shared;

pub use cached::CachedRenderer;
pub use shared::SharedRenderer;
