//! Where films are drawn, and how well that is shut off.

use std::path::PathBuf;

use manim_core::{Isolation, Secret};

use super::SECRET;
use crate::bot::values::Values;

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

pub(super) fn renders(values: &mut Values) -> Renders {
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
            jobs: values.number_or_default("RENDER_JOBS"),
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

pub(super) fn isolation(values: &mut Values) -> Isolation {
    let levels = [
        ("L1", Isolation::L1),
        ("L2", Isolation::L2),
        ("L3", Isolation::L3),
    ];
    values
        .choice("RENDER_ISOLATION", &levels)
        .unwrap_or(Isolation::L2)
}
