//! The programs as a person or a script meets them: words, files, exit codes.

mod bad_input;
mod films;
mod interrupt;
mod program;
