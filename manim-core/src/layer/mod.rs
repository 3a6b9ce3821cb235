//! Decorators: one cross-cutting idea each, around any implementation of a trait.

mod cached;

pub use cached::CachedRenderer;
