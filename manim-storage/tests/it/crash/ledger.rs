//! What the world has seen, as files that outlive any kill: an effect is a file that is made
//! once, by name; a call is a line that is appended whole.

use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;
use manim_core::testing::stub_film;
use manim_core::{Delivery, Format, Job, Memo, Notice, Notifier, NotifyError, Receipt};

use super::plan::{self, Kind};

#[derive(Debug, Clone)]
pub(super) struct Ledger {
    home: PathBuf,
}

impl Ledger {
    pub(super) fn at(home: &Path) -> Self {
        fs::create_dir_all(home.join("effects")).unwrap();
        Self {
            home: home.to_owned(),
        }
    }

    /// Happens once for each name, however often it is called.
    pub(super) fn effect(&self, name: &str) {
        let path = self.home.join("effects").join(name);
        match OpenOptions::new().write(true).create_new(true).open(path) {
            Err(cause) if cause.kind() == ErrorKind::AlreadyExists => {}
            made => drop(made.unwrap()),
        }
    }

    /// One write to the end of the file, which the system does not divide.
    pub(super) fn line(&self, log: &str, text: &str) {
        let mut options = OpenOptions::new();
        let mut file = options
            .append(true)
            .create(true)
            .open(self.home.join(log))
            .unwrap();
        file.write_all(format!("{text}\n").as_bytes()).unwrap();
    }

    pub(super) fn effects(&self) -> BTreeSet<String> {
        let entries = fs::read_dir(self.home.join("effects")).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.collect()
    }

    pub(super) fn lines(&self, log: &str) -> Vec<String> {
        let text = fs::read_to_string(self.home.join(log)).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }
}

/// A service with idempotency keys: a repeat of a message has no effect.
#[derive(Debug)]
pub(super) struct Service {
    pub(super) ledger: Ledger,
    /// How long it takes to answer, so that kills fall between its effect and our record.
    pub(super) answers_after: Duration,
}

#[async_trait]
impl Notifier for Service {
    fn name(&self) -> &str {
        "service"
    }

    async fn notify(&self, job: &Job, notice: &Notice) -> Result<Option<Memo>, NotifyError> {
        let message = format!("{}.{:03}.{}", job.id(), notice.number, notice.status);
        self.ledger.line("messages", &message);
        self.ledger.effect(&message);
        Ok(None)
    }

    async fn deliver(&self, delivery: &Delivery<'_>) -> Result<Receipt, NotifyError> {
        let id = delivery.job.id();
        if Kind::of(plan::number(delivery.job.problem())) == Kind::Viewed {
            return Ok(Receipt::Announced);
        }
        let whole = stub_film(Format::Mp4).video.bytes().await.unwrap();
        match delivery.video.bytes().await {
            Ok(video) if video == whole => {}
            read => {
                let why = read.map_or_else(
                    |cause| cause.to_string(),
                    |video| format!("{} bytes", video.len()),
                );
                self.ledger.line("broken", &format!("{id} {why}"));
            }
        }
        self.ledger.line("films", &id.to_string());
        self.ledger.effect(&format!("{id}.film"));
        tokio::time::sleep(self.answers_after).await;
        Ok(Receipt::Taken)
    }
}
