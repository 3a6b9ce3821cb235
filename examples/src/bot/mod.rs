//! The bot: everything composed by the environment. [`Config`] says what was asked for, and all
//! that contradicts itself at once; [`run`] does it.

mod absent;
mod chronicle;
mod cleanup;
mod compose;
mod config;
mod routes;
mod run;
mod values;

pub use chronicle::{Chronicle, course, timetable};
pub use cleanup::{CleanupOptions, cleanup};
pub use config::{
    Config, Delivery, Log, Mistakes, Remote, Renders, Role, Site, TelegramSite, Updates, VARIABLES,
};
pub use run::{run, start_log, trace};
