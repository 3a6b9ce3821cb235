//! Real programs to talk to, started on free loopback ports and stopped with the tests.

mod aimock;
mod failover;
mod llama;
pub(crate) mod peer;
