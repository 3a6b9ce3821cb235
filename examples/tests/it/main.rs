//! The programs as a person or a script meets them: words, files, exit codes.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod bad_input;
mod claims;
mod films;
mod interrupt;
mod program;
