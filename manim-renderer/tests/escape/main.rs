//! Hostile scenes against a real jail. Each is judged by its victims: what was planted for
//! it, what runs beside it, what comes after it. What it prints proves nothing.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod arena;
mod attack;
mod child;
mod films;
mod held;
mod layers;
mod levels;
mod lockdown;
mod look;
mod soak;
mod state;
mod suite;
mod table;
mod victims;
