//! How people reach the bot: a chat service, a front door on the web.

use std::net::SocketAddr;

use manim_core::Secret;

use super::SECRET;
use crate::bot::values::Values;

/// 128 bits in hexadecimal digits.
const SIGNING_KEY: usize = 32;

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

pub(super) fn telegram(values: &mut Values) -> Option<TelegramSite> {
    let ways = [("polling", false), ("webhook", true)];
    let webhook = values.choice("TELEGRAM_UPDATES", &ways).unwrap_or(false);
    let deliveries = [("video", Delivery::Video), ("link", Delivery::Link)];
    let delivery = values.choice("TELEGRAM_DELIVERY", &deliveries);
    let secret = webhook_secret(values);
    let Some(token) = bot_token(values) else {
        if webhook {
            values.wrong("TELEGRAM_UPDATES=webhook needs TELEGRAM_BOT_TOKEN");
        }
        return None;
    };
    Some(TelegramSite {
        token,
        api_url: values.text("TELEGRAM_API_URL"),
        updates: updates(values, webhook, secret),
        delivery: delivery.unwrap_or(Delivery::Video),
    })
}

fn bot_token(values: &mut Values) -> Option<Secret> {
    let token = values.secret("TELEGRAM_BOT_TOKEN", 3)?;
    if !token.expose().contains(':') {
        values.wrong("TELEGRAM_BOT_TOKEN is not of the form NUMBER:LETTERS that @BotFather gives");
    }
    Some(token)
}

fn webhook_secret(values: &mut Values) -> Option<Secret> {
    let secret = values.secret("TELEGRAM_WEBHOOK_SECRET", SECRET)?;
    let taken = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if !secret.expose().chars().all(taken) {
        values.wrong(
            "TELEGRAM_WEBHOOK_SECRET may hold letters, digits, _ and - only: Telegram takes no others",
        );
    }
    Some(secret)
}

fn updates(values: &mut Values, webhook: bool, secret: Option<Secret>) -> Updates {
    match (webhook, secret) {
        (true, Some(secret)) => return Updates::Webhook(secret),
        (true, None) => values.wrong(
            "TELEGRAM_UPDATES=webhook needs TELEGRAM_WEBHOOK_SECRET, so that nobody else can bring updates",
        ),
        (false, Some(_)) => values.wrong("TELEGRAM_WEBHOOK_SECRET is set and TELEGRAM_UPDATES is polling; set it to webhook, or drop the secret"),
        (false, None) => {}
    }
    Updates::Polling
}

pub(super) fn site(values: &mut Values) -> Option<Site> {
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
pub(super) fn public_url(values: &mut Values) -> Option<String> {
    let url = address(values, "PUBLIC_URL")?;
    let here = ["http://127.0.0.1", "http://localhost", "http://[::1]"];
    if !url.starts_with("https://") && !here.iter().any(|start| url.starts_with(start)) {
        values.wrong("PUBLIC_URL must begin with https:// (http:// only for 127.0.0.1 and localhost)");
    }
    Some(url)
}

/// Without a slash at the end.
pub(super) fn address(values: &Values, name: &str) -> Option<String> {
    Some(values.text(name)?.trim_end_matches('/').to_owned())
}
