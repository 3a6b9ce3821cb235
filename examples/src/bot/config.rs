//! What the bot was asked to be. Pure: reads a table of names and values, touches nothing.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use manim_core::{Isolation, Secret};

use super::values::Values;

/// Every variable that the bot itself reads. `.env.example` describes each; stores and providers
/// read theirs beside them.
pub const VARIABLES: [&str; 34] = [
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

/// Which part of the work this process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Takes problems in and works on them.
    All,
    /// Takes problems in, and answers.
    Frontend,
    /// Works.
    Worker,
}

impl Role {
    /// Whether people are talked to here.
    pub fn faces_people(self) -> bool {
        self != Self::Worker
    }

    /// Whether films are made here.
    pub fn works(self) -> bool {
        self != Self::Frontend
    }
}

/// How updates come from Telegram.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Updates {
    /// They are fetched.
    Polling,
    /// They are brought, with this secret.
    Webhook(Secret),
}

/// How films go to a chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// As videos; those that are too large as links, where there are links.
    Video,
    /// As links.
    Link,
}

/// The chat service.
#[derive(Debug, Clone)]
pub struct TelegramSite {
    /// The bot's token.
    pub token: Secret,
    /// Where the service is, if elsewhere.
    pub api_url: Option<String>,
    /// How updates come.
    pub updates: Updates,
    /// How films go.
    pub delivery: Delivery,
}

/// The front door on the web.
#[derive(Debug, Clone)]
pub struct Site {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Signs sessions and links; without it a key is drawn, and ends with the process.
    pub key: Option<Secret>,
    /// Still believed.
    pub previous_key: Option<Secret>,
    /// Opens metrics and the state of providers.
    pub admin_token: Option<Secret>,
    /// Pages of others that may use the API.
    pub allowed_origins: Vec<String>,
    /// Proxies in front.
    pub forwarded_hops: usize,
}

/// Render servers.
#[derive(Debug, Clone)]
pub struct Remote {
    /// Their addresses.
    pub servers: Vec<String>,
    /// The secret shared with them.
    pub secret: Secret,
    /// Where they bring word; without it they are asked.
    pub callback: Option<String>,
    /// Whether they put films into the bucket themselves.
    pub uploads: bool,
}

/// Where films are drawn.
#[derive(Debug, Clone)]
pub enum Renders {
    /// On this machine.
    Here {
        /// At the same time; without it, as many as there are processors.
        jobs: Option<usize>,
        /// Where short-lived files go.
        scratch: Option<PathBuf>,
    },
    /// On others.
    There(Remote),
}

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
/// 128 bits in hexadecimal digits.
const SIGNING_KEY: usize = 32;

impl Config {
    /// Reads the variables that `lookup` knows. `role` outranks `BOT_ROLE`.
    ///
    /// # Errors
    /// All mistakes at once.
    pub fn read(lookup: impl Fn(&str) -> Option<String>, role: Option<Role>) -> Result<Self, Mistakes> {
        let mut values = Values::new(lookup, &VARIABLES);
        let given = values.choice("BOT_ROLE", &Role::CHOICES);
        let role = role.or(given).unwrap_or(Role::All);
        let required = |values: &mut Values, name: &str, example: &str| {
            let text = values.text(name).unwrap_or_else(|| {
                values.wrong(format!("{name} is not set; set it, for example, to {example}"));
                String::new()
            });
            Secret::from(text)
        };
        let config = Self {
            role,
            telegram: telegram(&mut values),
            http: site(&mut values),
            public_url: public_url(&mut values),
            link_key: values.text("HTTP_SIGNING_KEY").map(Secret::from),
            records: required(
                &mut values,
                "RECORDS_URL",
                "redb:///var/lib/manim-bot/records.redb",
            ),
            blobs: required(&mut values, "BLOBS_URL", "file:///var/lib/manim-bot/films"),
            providers: values.list("PROVIDERS"),
            reuse_answers: values.yes("REUSE_ANSWERS", false),
            repairs: values.number("REPAIR_ATTEMPTS", 3, 0),
            claims: values.yes("CHECK_CLAIMS", true),
            quota: values.number("PROBLEMS_PER_MINUTE", 10, 1),
            queue_limit: values.number("QUEUE_LIMIT", 1000, 1),
            workers: Some(values.number("WORKERS", 0, 0)).filter(|workers| *workers > 0),
            lease: Duration::from_secs(values.number("LEASE_SECONDS", 30, 3)),
            drain: Duration::from_secs(values.number("DRAIN_SECONDS", 20, 0)),
            film_ttl: Duration::from_secs(3600 * values.number("FILM_HOURS", 24, 1)),
            renders: renders(&mut values),
            isolation: isolation(&mut values),
            log: log(&mut values),
        };
        config.contradictions(&mut values);
        match values.mistakes.is_empty() {
            true => Ok(config),
            false => Err(Mistakes(values.mistakes)),
        }
    }

    fn contradictions(&self, values: &mut Values) {
        self.nobody_is_talked_to(values);
        self.addresses_that_lead_nowhere(values);
        self.stores_that_are_not_shared(values);
        self.films_that_go_nowhere(values);
    }

    fn nobody_is_talked_to(&self, values: &mut Values) {
        if self.role.faces_people() && self.telegram.is_none() && self.http.is_none() {
            values.wrong("nobody can reach the bot: set TELEGRAM_BOT_TOKEN, or HTTP_LISTEN, or both");
        }
    }

    fn addresses_that_lead_nowhere(&self, values: &mut Values) {
        let webhook = self
            .telegram
            .as_ref()
            .is_some_and(|site| site.updates != Updates::Polling);
        let links = self
            .telegram
            .as_ref()
            .is_some_and(|site| site.delivery == Delivery::Link);
        let callback = matches!(&self.renders, Renders::There(remote) if remote.callback.is_some());
        for (wanted, setting, needs_url) in [
            (
                webhook && self.role.faces_people(),
                "TELEGRAM_UPDATES=webhook",
                true,
            ),
            (links, "TELEGRAM_DELIVERY=link", true),
            (callback && self.role.works(), "RENDER_CALLBACK_URL", false),
        ] {
            // A worker's links lead to a frontend.
            let served = setting != "TELEGRAM_DELIVERY=link" || self.role.faces_people();
            if wanted && served && self.http.is_none() {
                values.wrong(format!("{setting} needs HTTP_LISTEN, where it is served"));
            }
            if wanted && needs_url && self.public_url.is_none() {
                values.wrong(format!(
                    "{setting} needs PUBLIC_URL, the address that people and services reach"
                ));
            }
        }
        if self.public_url.is_some() && self.http.as_ref().is_some_and(|site| site.key.is_none()) {
            values.wrong("PUBLIC_URL needs HTTP_SIGNING_KEY: links must outlive a restart");
        }
        if links && self.role == Role::Worker && !values.has("HTTP_SIGNING_KEY") {
            values.wrong("TELEGRAM_DELIVERY=link needs the frontends' HTTP_SIGNING_KEY in a worker too");
        }
    }

    fn stores_that_are_not_shared(&self, values: &mut Values) {
        if self.role == Role::All {
            return;
        }
        let scheme = |url: &Secret| url.expose().split(':').next().unwrap_or("").to_owned();
        let (records, blobs) = (scheme(&self.records), scheme(&self.blobs));
        if matches!(records.as_str(), "redb" | "memory") {
            values.wrong(format!(
                "RECORDS_URL is {records}://, which one process has to itself; with roles use postgres://, or run BOT_ROLE=all"
            ));
        }
        if blobs == "memory" {
            values.wrong("BLOBS_URL is memory://, which one process has to itself; with roles use r2://, s3:// or a shared file://");
        }
        if self.http.as_ref().is_some_and(|site| site.key.is_none()) && self.role == Role::Frontend {
            values
                .wrong("a frontend needs HTTP_SIGNING_KEY: every frontend must believe the others' sessions");
        }
    }

    fn films_that_go_nowhere(&self, values: &mut Values) {
        let Renders::There(remote) = &self.renders else {
            return;
        };
        let local = ["file:", "memory:"];
        let kept_here = local.iter().any(|scheme| self.blobs.expose().starts_with(scheme));
        if remote.uploads && kept_here {
            values.wrong(
                "RENDER_UPLOAD=bucket needs BLOBS_URL to be r2:// or s3://, which render servers can reach",
            );
        }
        for name in ["RENDER_JOBS", "RENDER_SCRATCH"] {
            if values.has(name) {
                values.wrong(format!(
                    "{name} is for rendering here, and RENDER_SERVERS has it done elsewhere; drop one"
                ));
            }
        }
    }
}

impl Role {
    /// The words for them.
    pub const CHOICES: [(&'static str, Self); 3] = [
        ("all", Self::All),
        ("frontend", Self::Frontend),
        ("worker", Self::Worker),
    ];
}

impl std::str::FromStr for Role {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::CHOICES.into_iter().find(|(word, _)| *word == text);
        found
            .map(|(_, role)| role)
            .ok_or("choose one of all, frontend, worker")
    }
}

fn telegram(values: &mut Values) -> Option<TelegramSite> {
    let ways = [("polling", false), ("webhook", true)];
    let webhook = values.choice("TELEGRAM_UPDATES", &ways).unwrap_or(false);
    let deliveries = [("video", Delivery::Video), ("link", Delivery::Link)];
    let delivery = values.choice("TELEGRAM_DELIVERY", &deliveries);
    let secret = values.secret("TELEGRAM_WEBHOOK_SECRET", SECRET);
    if let Some(secret) = &secret
        && !secret
            .expose()
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
    {
        values.wrong(
            "TELEGRAM_WEBHOOK_SECRET may hold letters, digits, _ and - only: Telegram takes no others",
        );
    }
    let Some(token) = values.secret("TELEGRAM_BOT_TOKEN", 3) else {
        if webhook {
            values.wrong("TELEGRAM_UPDATES=webhook needs TELEGRAM_BOT_TOKEN");
        }
        return None;
    };
    if !token.expose().contains(':') {
        values.wrong("TELEGRAM_BOT_TOKEN is not of the form NUMBER:LETTERS that @BotFather gives");
    }
    if webhook && secret.is_none() {
        values.wrong(
            "TELEGRAM_UPDATES=webhook needs TELEGRAM_WEBHOOK_SECRET, so that nobody else can bring updates",
        );
    }
    if !webhook && secret.is_some() {
        values.wrong("TELEGRAM_WEBHOOK_SECRET is set and TELEGRAM_UPDATES is polling; set it to webhook, or drop the secret");
    }
    Some(TelegramSite {
        token,
        api_url: values.text("TELEGRAM_API_URL"),
        updates: match secret {
            Some(secret) if webhook => Updates::Webhook(secret),
            _ => Updates::Polling,
        },
        delivery: delivery.unwrap_or(Delivery::Video),
    })
}

fn site(values: &mut Values) -> Option<Site> {
    let key = values.secret("HTTP_SIGNING_KEY", SIGNING_KEY);
    let previous_key = values.secret("HTTP_SIGNING_KEY_PREVIOUS", SIGNING_KEY);
    let admin_token = values.secret("HTTP_ADMIN_TOKEN", SECRET);
    let forwarded_hops = values.number("HTTP_FORWARDED_HOPS", 0, 0);
    if previous_key.is_some() && key.is_none() {
        values.wrong("HTTP_SIGNING_KEY_PREVIOUS needs HTTP_SIGNING_KEY, which follows it");
    }
    let text = values.text("HTTP_LISTEN")?;
    let Ok(listen) = text.parse() else {
        values.wrong(format!(
            "HTTP_LISTEN is {text:?}; give an address and a port, for example 127.0.0.1:8080"
        ));
        return None;
    };
    Some(Site {
        listen,
        key,
        previous_key,
        admin_token,
        allowed_origins: values.list("HTTP_ALLOWED_ORIGINS"),
        forwarded_hops,
    })
}

/// `https`, or this machine for a trial.
fn public_url(values: &mut Values) -> Option<String> {
    let url = values.text("PUBLIC_URL")?.trim_end_matches('/').to_owned();
    let here = ["http://127.0.0.1", "http://localhost", "http://[::1]"];
    if !url.starts_with("https://") && !here.iter().any(|start| url.starts_with(start)) {
        values.wrong("PUBLIC_URL must begin with https:// (http:// only for 127.0.0.1 and localhost)");
    }
    Some(url)
}

fn renders(values: &mut Values) -> Renders {
    let servers = values.list("RENDER_SERVERS");
    let secret = values.secret("RENDER_SECRET", SECRET);
    let uploads = values.choice("RENDER_UPLOAD", &[("bucket", true), ("fetch", false)]);
    let callback = values.text("RENDER_CALLBACK_URL");
    if servers.is_empty() {
        for name in ["RENDER_SECRET", "RENDER_UPLOAD", "RENDER_CALLBACK_URL"] {
            if values.has(name) {
                values.wrong(format!(
                    "{name} is for render servers, and RENDER_SERVERS names none"
                ));
            }
        }
        return Renders::Here {
            jobs: Some(values.number("RENDER_JOBS", 0, 0)).filter(|jobs| *jobs > 0),
            scratch: values.text("RENDER_SCRATCH").map(PathBuf::from),
        };
    }
    for server in &servers {
        if !server.starts_with("http://") && !server.starts_with("https://") {
            values.wrong(format!(
                "RENDER_SERVERS names {server:?}; write http://HOST:PORT or https://HOST"
            ));
        }
    }
    if secret.is_none() {
        values.wrong("RENDER_SERVERS needs RENDER_SECRET, the secret that the servers were started with");
    }
    Renders::There(Remote {
        servers,
        secret: secret.unwrap_or_else(|| Secret::new("")),
        callback,
        uploads: uploads.unwrap_or(false),
    })
}

fn isolation(values: &mut Values) -> Isolation {
    let levels = [
        ("L1", Isolation::L1),
        ("L2", Isolation::L2),
        ("L3", Isolation::L3),
    ];
    values
        .choice("RENDER_ISOLATION", &levels)
        .unwrap_or(Isolation::L2)
}

fn log(values: &mut Values) -> Log {
    Log {
        json: values
            .choice("LOG_FORMAT", &[("json", true), ("pretty", false)])
            .unwrap_or(false),
        filter: values.text("LOG").unwrap_or_else(|| "info".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORKING: [(&str, &str); 3] = [
        ("TELEGRAM_BOT_TOKEN", "42:token"),
        ("RECORDS_URL", "redb:///tmp/a"),
        ("BLOBS_URL", "file:///tmp/b"),
    ];

    fn read(more: &[(&str, &str)]) -> Result<Config, Mistakes> {
        let known: Vec<_> = more.iter().chain(&WORKING).collect();
        let lookup = |name: &str| {
            let found = known.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        Config::read(lookup, None)
    }

    #[track_caller]
    fn check(more: &[(&str, &str)], complaint: &str) {
        let mistakes = read(more).map(drop).unwrap_err().0;
        assert!(
            mistakes.len() == 1 && mistakes[0].contains(complaint),
            "{more:?}: {mistakes:?}"
        );
    }

    #[test]
    fn a_token_and_two_places_are_enough() {
        let config = read(&[]).unwrap();
        assert_eq!((config.role, config.quota, config.claims), (Role::All, 10, true));
        assert_eq!(config.telegram.unwrap().updates, Updates::Polling);
        assert!(config.http.is_none());
    }

    #[test]
    fn each_contradiction_has_one_sentence() {
        let key = "0123456789abcdef0123456789abcdef";
        let web = [
            ("HTTP_LISTEN", "127.0.0.1:1"),
            ("HTTP_SIGNING_KEY", key),
            ("PUBLIC_URL", "https://a.example"),
        ];
        let hook = [
            ("TELEGRAM_UPDATES", "webhook"),
            ("TELEGRAM_WEBHOOK_SECRET", "0123456789abcdef"),
        ];
        let remote = [
            ("RENDER_SERVERS", "http://10.0.0.7:9000"),
            ("RENDER_SECRET", "0123456789abcdef"),
        ];
        check(&[("TELEGRAM_BOT_TOKEN", " ")], "nobody can reach");
        check(&[("RECORDS_URL", "")], "RECORDS_URL is not set");
        check(&[("BOT_ROLE", "boss")], "all, frontend, worker");
        check(&[("TELEGRAM_BOT_TOKEN", "token")], "NUMBER:LETTERS");
        check(
            &[("TELEGRAM_UPDATES", "webhook"), web[0], web[1], web[2]],
            "TELEGRAM_WEBHOOK_SECRET, so that",
        );
        check(&[hook[1]], "drop the secret");
        check(&[hook[0], hook[1], web[0], web[1]], "needs PUBLIC_URL");
        check(&[hook[0], hook[1], web[2]], "needs HTTP_LISTEN");
        check(
            &[
                hook[0],
                ("TELEGRAM_WEBHOOK_SECRET", "with a space in it"),
                web[0],
                web[1],
                web[2],
            ],
            "letters, digits",
        );
        check(
            &[("TELEGRAM_DELIVERY", "link"), web[0], web[1]],
            "needs PUBLIC_URL",
        );
        check(&[("PUBLIC_URL", "http://a.example")], "https://");
        check(&[web[0], web[2]], "HTTP_SIGNING_KEY");
        check(&[("HTTP_SIGNING_KEY", "short")], "5 characters");
        check(&[("HTTP_SIGNING_KEY_PREVIOUS", key)], "which follows it");
        check(&[("HTTP_LISTEN", "8080")], "an address and a port");
        check(
            &[("RENDER_SERVERS", "http://10.0.0.7:9000")],
            "needs RENDER_SECRET",
        );
        check(
            &[("RENDER_SERVERS", "10.0.0.7:9000"), remote[1]],
            "http://HOST:PORT",
        );
        check(&[remote[1]], "RENDER_SERVERS names none");
        check(
            &[remote[0], remote[1], ("RENDER_UPLOAD", "bucket")],
            "r2:// or s3://",
        );
        check(&[remote[0], remote[1], ("RENDER_JOBS", "2")], "drop one");
        check(
            &[
                remote[0],
                remote[1],
                ("RENDER_CALLBACK_URL", "https://a.example/x"),
            ],
            "needs HTTP_LISTEN",
        );
        check(&[("RENDER_ISOLATION", "L9")], "L1, L2, L3");
        check(&[("WORKERS", "many")], "whole number");
        check(&[("BOT_ROLE", "worker")], "RECORDS_URL is redb://");
        let shared = ("RECORDS_URL", "postgres://u:hush@h/d");
        check(
            &[("BOT_ROLE", "worker"), shared, ("BLOBS_URL", "memory://")],
            "BLOBS_URL is memory://",
        );
        check(
            &[("BOT_ROLE", "frontend"), shared, web[0]],
            "a frontend needs HTTP_SIGNING_KEY",
        );
    }

    #[test]
    fn all_mistakes_are_told_at_once_and_none_tells_a_secret() {
        let error = read(&[
            ("BOT_ROLE", "boss"),
            ("TELEGRAM_BOT_TOKEN", "hush-token"),
            ("TELEGRAM_WEBHOOK_SECRET", "hush"),
            ("HTTP_SIGNING_KEY", "hush"),
            ("RENDER_SERVERS", "nowhere"),
            ("LOG_FORMAT", "yaml"),
        ]);
        let mistakes = error.map(drop).unwrap_err();
        assert_eq!(mistakes.0.len(), 8, "{mistakes}");
        assert!(!mistakes.to_string().contains("hush"), "{mistakes}");
    }

    #[test]
    fn a_configuration_shows_no_secret() {
        let config = read(&[("RECORDS_URL", "postgres://u:hush@h/d")]).unwrap();
        assert!(!format!("{config:?}").contains("hush"));
    }

    #[test]
    fn the_flag_outranks_the_variable() {
        let lookup = |name: &str| match name {
            "RECORDS_URL" => Some("postgres://h/d".to_owned()),
            "BLOBS_URL" => Some("r2://a/b".to_owned()),
            "BOT_ROLE" => Some("all".to_owned()),
            _ => None,
        };
        assert_eq!(
            Config::read(lookup, Some(Role::Worker)).unwrap().role,
            Role::Worker
        );
    }

    #[test]
    fn the_example_describes_every_variable_and_no_other() {
        let example = include_str!("../../../.env.example");
        let described: Vec<_> = example
            .lines()
            .filter_map(|line| line.trim_start_matches("# ").split_once('='))
            .map(|(name, _)| name)
            .filter(|name| name.chars().all(|c| c.is_ascii_uppercase() || c == '_'))
            .collect();
        for name in VARIABLES {
            assert!(described.contains(&name), "{name} is not described");
        }
    }
}
