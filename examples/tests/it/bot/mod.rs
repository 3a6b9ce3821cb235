//! The bot as its people meet it: a chat, a film, and nothing left behind. Everything is looked
//! at from outside: the service's side of the chat, the bucket, the log, the exit code.

mod chat;
mod cleanup;
mod configuration;
pub(crate) mod house;
mod links;
mod roles;
mod servers;
mod webhook;
mod whole_way;
