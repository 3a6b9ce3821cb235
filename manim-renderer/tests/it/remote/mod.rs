//! Rendering on other machines: the laws, and what happens when those machines fail or lie.

mod contract;
mod doors;
mod films;
mod house;
mod losses;
