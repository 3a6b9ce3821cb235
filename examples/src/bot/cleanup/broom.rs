//! Opens what a bot keeps, asks each part for what is over, and removes one thing at a time.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use async_trait::async_trait;
use manim_core::{
    BlobKey, BlobStore, Delivery, Job, Memo, Notice, Notifier, NotifyError, NotifyErrorKind, Pipeline,
    Provider, Receipt, Retry, StaleFilm, Staleness, StoreError, StoreErrorKind,
};
use manim_renderer::{OrphanedScratch, orphaned_scratch, orphaned_uploads};
use manim_storage::{Leftover, LeftoverKind, Leftovers, Settings, find_blobs, find_records};
use tokio::task::spawn_blocking;

use super::Item;
use crate::bot::absent::NoRenderer;
use crate::bot::compose::{UPLOAD_AGE, options};
use crate::bot::config::{Config, Renders};

/// What a bot keeps, as it was found.
pub(super) struct Broom {
    pipeline: Pipeline,
    records: Arc<dyn Leftovers>,
    files: Arc<dyn Leftovers>,
    blobs: Arc<dyn BlobStore>,
    scratch: BTreeSet<PathBuf>,
}

/// Where a thing is, for who removes it.
#[derive(Debug)]
pub(super) enum Place {
    Film(StaleFilm),
    Upload(BlobKey),
    Record(Leftover),
    File(Leftover),
    Scratch(OrphanedScratch),
}

impl Broom {
    pub(super) async fn open(config: &Config) -> anyhow::Result<Self> {
        let opened = find_records(config.records.expose()).await;
        let (kept, records) = opened.map_err(unopened)?;
        let blobs = find_blobs(config.blobs.expose(), &Settings::from_env()).await;
        let blobs = Arc::new(blobs.context("cannot open BLOBS_URL")?);
        let nobody: [Arc<dyn Provider>; 0] = [];
        let pipeline = Pipeline::builder(nobody, Arc::new(NoRenderer))
            .sessions(kept.sessions)
            .queue(kept.queue)
            .blobs(blobs.clone())
            .notifier(Arc::new(Later))
            .options(options(config))
            .build();
        Ok(Self {
            pipeline,
            records,
            files: blobs.clone(),
            blobs,
            scratch: scratch_places(&config.renders),
        })
    }

    /// All that nobody needs any more, part by part, the oldest first.
    pub(super) async fn find(&self) -> anyhow::Result<Vec<Item>> {
        let films = self.pipeline.stale_films().await?;
        let uploads = orphaned_uploads(self.blobs.as_ref(), UPLOAD_AGE).await?;
        let (files, records) = (self.files.leftovers().await?, self.records.leftovers().await?);
        let places = self.scratch.clone();
        let scratch = spawn_blocking(move || {
            places
                .iter()
                .flat_map(|place| orphaned(place))
                .collect::<Vec<_>>()
        })
        .await?;
        let mut found: Vec<_> = films.into_iter().map(film).collect();
        found.extend(uploads.into_iter().map(|upload| Item {
            kind: "upload".to_owned(),
            what: upload.key.as_str().to_owned(),
            why: "whoever asked for it is gone",
            since: upload.created_at,
            bytes: upload.bytes,
            place: Place::Upload(upload.key),
        }));
        found.extend(files.into_iter().map(|left| leftover(left, Place::File)));
        found.extend(records.into_iter().map(|left| leftover(left, Place::Record)));
        found.extend(scratch);
        found.sort_by(|one, other| (&one.kind, one.since).cmp(&(&other.kind, other.since)));
        Ok(found)
    }

    /// Whether it is gone then; `false` if it is needed again since it was found.
    pub(super) async fn remove(&self, item: &Item) -> anyhow::Result<bool> {
        match &item.place {
            Place::Film(film) => Ok(self.pipeline.remove_stale_film(film).await?),
            Place::Upload(key) => {
                self.blobs.delete(key).await?;
                Ok(true)
            }
            Place::Record(leftover) => Ok(self.records.forget(leftover).await?),
            Place::File(leftover) => Ok(self.files.forget(leftover).await?),
            Place::Scratch(scratch) => {
                let scratch = scratch.clone();
                spawn_blocking(move || scratch.remove()).await??;
                Ok(true)
            }
        }
    }
}

/// Who has the file open is a bot, or was started beside one.
fn unopened(error: StoreError) -> anyhow::Error {
    let in_use = error.kind() == StoreErrorKind::Unavailable && error.retry() == Retry::Never;
    let why = match in_use {
        true => "cannot open RECORDS_URL: stop the bot first",
        false => "cannot open RECORDS_URL",
    };
    anyhow::Error::new(error).context(why)
}

/// Where renders of this configuration leave their scratch, and where those of another or of the
/// other programs do.
fn scratch_places(renders: &Renders) -> BTreeSet<PathBuf> {
    let own = match renders {
        Renders::Here { scratch, .. } => scratch.clone(),
        Renders::There(_) => None,
    };
    let places = own.into_iter().chain([std::env::temp_dir()]);
    // One place by two names is looked at once.
    places
        .map(|place| place.canonicalize().unwrap_or(place))
        .collect()
}

fn orphaned(place: &Path) -> Vec<Item> {
    let found = orphaned_scratch(place).into_iter();
    let items = found.map(|scratch| Item {
        kind: "scratch".to_owned(),
        what: scratch.path().display().to_string(),
        why: "its renderer is gone",
        since: scratch.modified().into(),
        bytes: scratch.bytes(),
        place: Place::Scratch(scratch),
    });
    items.collect()
}

fn film(film: StaleFilm) -> Item {
    Item {
        kind: "film".to_owned(),
        what: film.job.to_string(),
        why: match film.why {
            Staleness::Unfetched => "not fetched in time",
            Staleness::Ended => "its job has ended",
            Staleness::Unknown => "no record of its job",
            _ => "not needed any more",
        },
        since: film.stored_at,
        bytes: film.bytes,
        place: Place::Film(film),
    }
}

fn leftover(leftover: Leftover, place: impl FnOnce(Leftover) -> Place) -> Item {
    Item {
        kind: leftover.kind.to_string(),
        what: leftover.name.to_string(),
        why: match leftover.kind {
            LeftoverKind::QueueEntry => "no record of its job",
            LeftoverKind::DeadLetter => "older than a job's record may become",
            LeftoverKind::Upload => "broken off",
            _ => "past its time",
        },
        since: leftover.since,
        bytes: leftover.bytes,
        place: place(leftover),
    }
}

/// Leaves news in the record, where the bot finds it when it runs: it knows whom to tell, and how.
#[derive(Debug)]
struct Later;

#[async_trait]
impl Notifier for Later {
    fn name(&self) -> &str {
        "later"
    }

    async fn notify(&self, _: &Job, _: &Notice) -> Result<Option<Memo>, NotifyError> {
        let owner = "the job's owner (the bot does when it runs)";
        Err(NotifyError::new(NotifyErrorKind::Unavailable, "tell", owner))
    }

    async fn deliver(&self, _: &Delivery<'_>) -> Result<Receipt, NotifyError> {
        Ok(Receipt::NotMine)
    }
}
