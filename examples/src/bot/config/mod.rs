//! What the bot was asked to be. Pure: reads a table of names and values, touches nothing.

mod contradictions;
mod drawing;
mod people;
mod role;
#[cfg(test)]
mod tests;

use std::fmt;
use std::time::Duration;

use manim_core::{Isolation, Secret};

pub use drawing::{Remote, Renders};
pub use people::{Delivery, Site, TelegramSite, Updates};
pub use role::Role;

use super::values::Values;

/// Every variable that the bot itself reads. `.env.example` describes each; stores and providers
/// read theirs beside them.
pub const VARIABLES: [&str; 36] = [
    "BOT_ROLE",
    "TELEGRAM_BOT_TOKEN",
    "TELEGRAM_API_URL",
    "TELEGRAM_UPDATES",
    "TELEGRAM_WEBHOOK_SECRET",
    "TELEGRAM_DELIVERY",
    "HTTP_LISTEN",
    "HTTP_SIGNING_KEY",
    "HTTP_SIGNING_KEY_PREVIOUS",
    "HTTP_ADMIN_TOKEN",
    "HTTP_ALLOWED_ORIGINS",
    "HTTP_FORWARDED_HOPS",
    "PUBLIC_URL",
    "RECORDS_URL",
    "BLOBS_URL",
    "MANIM_LINK_BASE",
    "MANIM_LINK_KEYS",
    "PROVIDERS",
    "REUSE_ANSWERS",
    "REPAIR_ATTEMPTS",
    "CHECK_CLAIMS",
    "PROBLEMS_PER_MINUTE",
    "QUEUE_LIMIT",
    "WORKERS",
    "LEASE_SECONDS",
    "DRAIN_SECONDS",
    "RENDER_ISOLATION",
    "RENDER_JOBS",
    "RENDER_SCRATCH",
    "RENDER_SERVERS",
    "RENDER_SECRET",
    "RENDER_CALLBACK_URL",
    "RENDER_UPLOAD",
    "FILM_HOURS",
    "LOG_FORMAT",
    "LOG",
];

/// How the log is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// One JSON object a line.
    pub json: bool,
    /// Which events, in the words of `tracing_subscriber::EnvFilter`.
    pub filter: String,
}

/// What the bot was asked to be.
#[derive(Debug, Clone)]
pub struct Config {
    /// Which part of the work.
    pub role: Role,
    /// The chat service, if any.
    pub telegram: Option<TelegramSite>,
    /// The front door on the web, if any.
    pub http: Option<Site>,
    /// Where people reach it, without a slash at the end.
    pub public_url: Option<String>,
    /// What a worker that serves nothing signs links with: the frontends' key.
    pub link_key: Option<Secret>,
    /// Where sessions, jobs, the queue, quotas and the inbox are.
    pub records: Secret,
    /// Where films are.
    pub blobs: Secret,
    /// Where blobs of a directory or of memory are served by addresses that were signed for them,
    /// without a slash at the end.
    pub link_base: Option<String>,
    /// Who is asked for code; empty: the offline solver, then every service with a key.
    pub providers: Vec<String>,
    /// Whether problems that became films are answered from memory.
    pub reuse_answers: bool,
    /// How often code may be mended.
    pub repairs: u32,
    /// Whether claims are checked.
    pub claims: bool,
    /// Problems that one person may send.
    pub quota: u32,
    /// Jobs that may wait.
    pub queue_limit: usize,
    /// Jobs worked on at the same time; without it, as many as there are processors.
    pub workers: Option<usize>,
    /// How long a worker may be silent before its job goes to another.
    pub lease: Duration,
    /// How long jobs in hand may go on once shutdown has begun.
    pub drain: Duration,
    /// How long a film waits for its viewer.
    pub film_ttl: Duration,
    /// Where films are drawn.
    pub renders: Renders,
    /// The weakest isolation that is accepted.
    pub isolation: Isolation,
    /// How the log is written.
    pub log: Log,
}

/// Everything that is wrong with a configuration, one sentence each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistakes(pub Vec<String>);

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the configuration contradicts itself:")?;
        self.0
            .iter()
            .try_for_each(|sentence| write!(f, "\n  - {sentence}."))
    }
}

impl std::error::Error for Mistakes {}

/// The shortest secret that cannot be guessed.
const SECRET: usize = 16;

impl Config {
    /// Reads the variables that `lookup` knows. `role` outranks `BOT_ROLE`.
    ///
    /// # Errors
    /// All mistakes at once.
    pub fn read(lookup: impl Fn(&str) -> Option<String>, role: Option<Role>) -> Result<Self, Mistakes> {
        let mut values = Values::new(lookup, &VARIABLES);
        let given = values.choice("BOT_ROLE", &Role::CHOICES);
        let seconds = Duration::from_secs;
        let config = Self {
            role: role.or(given).unwrap_or(Role::All),
            telegram: people::telegram(&mut values),
            http: people::site(&mut values),
            public_url: people::public_url(&mut values),
            link_key: values.text("HTTP_SIGNING_KEY").map(Secret::from),
            records: place(
                &mut values,
                "RECORDS_URL",
                "redb:///var/lib/manim-bot/records.redb",
            ),
            blobs: place(&mut values, "BLOBS_URL", "file:///var/lib/manim-bot/films"),
            link_base: people::address(&values, "MANIM_LINK_BASE"),
            providers: values.list("PROVIDERS"),
            reuse_answers: values.yes("REUSE_ANSWERS", false),
            repairs: values.number("REPAIR_ATTEMPTS", 3, 0),
            claims: values.yes("CHECK_CLAIMS", true),
            quota: values.number("PROBLEMS_PER_MINUTE", 10, 1),
            queue_limit: values.number("QUEUE_LIMIT", 1000, 1),
            workers: values.number_or_default("WORKERS"),
            lease: seconds(values.number("LEASE_SECONDS", 30, 3)),
            drain: seconds(values.number("DRAIN_SECONDS", 20, 0)),
            film_ttl: seconds(3600 * values.number("FILM_HOURS", 24, 1)),
            renders: drawing::renders(&mut values),
            isolation: drawing::isolation(&mut values),
            log: log(&mut values),
        };
        config.contradictions(&mut values);
        match values.mistakes.is_empty() {
            true => Ok(config),
            false => Err(Mistakes(values.mistakes)),
        }
    }
}

/// Where something is kept; there is no default that would be right everywhere.
fn place(values: &mut Values, name: &str, example: &str) -> Secret {
    let text = values.text(name).unwrap_or_else(|| {
        values.wrong(format!("{name} is not set; set it, for example, to {example}"));
        String::new()
    });
    Secret::from(text)
}

fn log(values: &mut Values) -> Log {
    Log {
        json: values
            .choice("LOG_FORMAT", &[("json", true), ("pretty", false)])
            .unwrap_or(false),
        filter: values.text("LOG").unwrap_or_else(|| "info".to_owned()),
    }
}
