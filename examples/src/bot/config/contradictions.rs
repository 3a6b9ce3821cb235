//! What each variable allows and all of them together do not.

use manim_core::Secret;

use super::{Config, Delivery, Renders, Role, Updates};
use crate::bot::values::Values;

/// Where the bot's own routes begin, below PUBLIC_URL.
const TAKEN: [&str; 9] = [
    "api",
    "assets",
    "callbacks",
    "debug",
    "film",
    "health",
    "metrics",
    "openapi.json",
    "telegram",
];

impl Config {
    pub(super) fn contradictions(&self, values: &mut Values) {
        self.nobody_is_talked_to(values);
        self.what_is_served_nowhere(values);
        self.what_nobody_can_reach(values);
        self.links_that_would_not_hold(values);
        self.records_without_a_judge(values);
        self.stores_that_are_not_shared(values);
        self.addresses_of_blobs(values);
        self.films_that_go_nowhere(values);
    }

    fn nobody_is_talked_to(&self, values: &mut Values) {
        if self.role.faces_people() && self.telegram.is_none() && self.http.is_none() {
            values.wrong("nobody can reach the bot: set TELEGRAM_BOT_TOKEN, or HTTP_LISTEN, or both");
        }
    }

    fn takes_webhooks(&self) -> bool {
        let webhook = |site: &super::TelegramSite| site.updates != Updates::Polling;
        self.role.faces_people() && self.telegram.as_ref().is_some_and(webhook)
    }

    fn sends_links(&self) -> bool {
        let links = |site: &super::TelegramSite| site.delivery == Delivery::Link;
        self.telegram.as_ref().is_some_and(links)
    }

    fn is_called_back(&self) -> bool {
        let callback = matches!(&self.renders, Renders::There(remote) if remote.callback.is_some());
        self.role.works() && callback
    }

    fn serves_blobs(&self) -> bool {
        self.role.faces_people() && self.link_base.is_some()
    }

    fn what_is_served_nowhere(&self, values: &mut Values) {
        for (wanted, setting) in [
            (self.takes_webhooks(), "TELEGRAM_UPDATES=webhook"),
            // A worker's links lead to a frontend.
            (
                self.sends_links() && self.role.faces_people(),
                "TELEGRAM_DELIVERY=link",
            ),
            (self.is_called_back(), "RENDER_CALLBACK_URL"),
            (self.serves_blobs(), "MANIM_LINK_BASE"),
        ] {
            if wanted && self.http.is_none() {
                values.wrong(format!("{setting} needs HTTP_LISTEN, where it is served"));
            }
        }
    }

    fn what_nobody_can_reach(&self, values: &mut Values) {
        for (wanted, setting) in [
            (self.takes_webhooks(), "TELEGRAM_UPDATES=webhook"),
            (self.sends_links(), "TELEGRAM_DELIVERY=link"),
            (self.serves_blobs(), "MANIM_LINK_BASE"),
        ] {
            if wanted && self.public_url.is_none() {
                values.wrong(format!(
                    "{setting} needs PUBLIC_URL, the address that people and services reach"
                ));
            }
        }
    }

    fn links_that_would_not_hold(&self, values: &mut Values) {
        if self.public_url.is_some() && self.http.as_ref().is_some_and(|site| site.key.is_none()) {
            values.wrong("PUBLIC_URL needs HTTP_SIGNING_KEY: links must outlive a restart");
        }
        if self.sends_links() && self.role == Role::Worker && !values.has("HTTP_SIGNING_KEY") {
            values.wrong("TELEGRAM_DELIVERY=link needs the frontends' HTTP_SIGNING_KEY in a worker too");
        }
    }

    /// Of two that write one record at the same time, somebody must say who was first.
    fn records_without_a_judge(&self, values: &mut Values) {
        if scheme(&self.records) == "kv" {
            values.wrong(
                "RECORDS_URL is kv://, which cannot keep jobs: Cloudflare KV has no compare-and-set, so a film \
                 would be handed over twice; set it to redb:///FILE on one machine or to postgres:// for many, \
                 which keep the sessions too",
            );
        }
    }

    fn stores_that_are_not_shared(&self, values: &mut Values) {
        if self.role == Role::All {
            return;
        }
        let records = scheme(&self.records);
        if matches!(records, "redb" | "memory") {
            values.wrong(format!(
                "RECORDS_URL is {records}://, which one process has to itself; with roles use postgres://, or run BOT_ROLE=all"
            ));
        }
        if scheme(&self.blobs) == "memory" {
            values.wrong("BLOBS_URL is memory://, which one process has to itself; with roles use r2://, s3:// or a shared file://");
        }
        if self.http.as_ref().is_some_and(|site| site.key.is_none()) && self.role == Role::Frontend {
            values
                .wrong("a frontend needs HTTP_SIGNING_KEY: every frontend must believe the others' sessions");
        }
    }

    fn addresses_of_blobs(&self, values: &mut Values) {
        if self.link_base.is_none() {
            return;
        }
        let blobs = scheme(&self.blobs);
        if matches!(blobs, "r2" | "s3") {
            values.wrong(format!(
                "MANIM_LINK_BASE is for file:// and memory://, and BLOBS_URL is {blobs}://, which signs its own links; drop one"
            ));
        } else if self.public_url.is_some() && self.link_path().is_none() {
            values.wrong(
                "MANIM_LINK_BASE must be PUBLIC_URL and a path that nothing else has, for example PUBLIC_URL/blobs",
            );
        }
    }

    /// Where below PUBLIC_URL blobs are served to whoever has an address that was signed for them.
    pub fn link_path(&self) -> Option<&str> {
        let path = self
            .link_base
            .as_deref()?
            .strip_prefix(self.public_url.as_deref()?)?;
        let first = path.strip_prefix('/')?.split('/').next()?;
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_' | '.');
        (!first.is_empty() && !TAKEN.contains(&first) && path.chars().all(plain)).then_some(path)
    }

    fn films_that_go_nowhere(&self, values: &mut Values) {
        let Renders::There(remote) = &self.renders else {
            return;
        };
        if remote.uploads && matches!(scheme(&self.blobs), "file" | "memory") {
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

fn scheme(url: &Secret) -> &str {
    url.expose().split(':').next().unwrap_or_default()
}
