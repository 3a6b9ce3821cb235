//! Integration tests of `manim-core`: one binary, one module per idea.

mod cached;
mod conformance;
mod doubles;
mod job_laws;
mod mocks;
mod pipeline;
mod sample;
mod stub;
