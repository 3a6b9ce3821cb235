//! The single access to a film: granted once, to one viewer, who may come back for a while.

use std::time::Duration;

use bytes::Bytes;

use super::{Pipeline, PipelineError, PipelineErrorKind, illegal, stored};
use crate::access::{Access, AccessToken};
use crate::blob::SignedMethod;
use crate::clock::{Timestamp, later};
use crate::film::{Content, Film, StoredFilm};
use crate::id::{BlobKey, JobId, SessionId};
use crate::job::{Event, Job};
use crate::session::{StoreErrorKind, Versioned};
use crate::status::Status;

/// A film in a viewer's hands.
#[derive(Debug, Clone)]
pub struct Viewing {
    /// The film.
    pub film: Film,
    /// Lets this viewer, and no other, [`view`](Pipeline::view_film) the film again.
    pub token: AccessToken,
    /// Until then.
    pub until: Timestamp,
}

/// A film that its viewer has come back to.
#[derive(Debug, Clone)]
pub struct Rereading {
    /// What is known of it.
    pub film: StoredFilm,
    /// The video.
    pub video: Content,
    /// Until then.
    pub until: Timestamp,
}

/// The pictures of a film.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Picture {
    /// The frame that stands for the film.
    Poster,
    /// One frame of each animation.
    Storyboard,
}

impl Pipeline {
    /// Grants the single access to a film: of any number of callers, at any time, one gets
    /// it. The blobs stay until [`discard`](Self::discard), or are swept once
    /// [`grace`](super::PipelineOptions::grace) is over.
    ///
    /// # Errors
    /// [`NotFound`](PipelineErrorKind::NotFound) also for another session's job,
    /// [`NotReady`](PipelineErrorKind::NotReady), [`Gone`](PipelineErrorKind::Gone).
    pub async fn open_film(&self, session: SessionId, id: JobId) -> Result<Film, PipelineError> {
        Ok(self.view_film(session, id, None).await?.film)
    }

    /// Lets a viewer read a film. The first call is the single access, as
    /// [`open_film`](Self::open_film). Whoever has its token seeks, resumes and retries until
    /// [`Viewing::until`]. A viewer that brings a token of its own to the first call keeps that
    /// one, and so may ask again when the answer was lost on its way.
    ///
    /// # Errors
    /// As [`open_film`](Self::open_film); [`Gone`](PipelineErrorKind::Gone) also with a wrong or
    /// late token.
    pub async fn view_film(
        &self,
        session: SessionId,
        id: JobId,
        token: Option<&AccessToken>,
    ) -> Result<Viewing, PipelineError> {
        loop {
            let job = self.owned(session, id).await?;
            let film = offered(&job.value, token, self.0.clock.now())?;
            let opened = self.shelf(id).open(&film).await;
            let opened = opened.map_err(|error| unread(id, error))?;
            if let (Some(access), Some(token)) = (job.value.access(), token) {
                return Ok(Viewing {
                    film: opened,
                    token: token.clone(),
                    until: access.until(),
                });
            }
            // Somebody else wrote: it may have been no more than a notice that was told.
            let token = token.cloned().unwrap_or_default();
            if let Some(viewing) = self.grant(job, opened, token).await? {
                return Ok(viewing);
            }
        }
    }

    /// What is known of a film that [`view_film`](Self::view_film) would open now. Uses nothing
    /// up: for `HEAD`, previews of links, and pages that offer the film.
    ///
    /// # Errors
    /// As [`view_film`](Self::view_film).
    pub async fn peek_film(
        &self,
        session: SessionId,
        id: JobId,
        token: Option<&AccessToken>,
    ) -> Result<StoredFilm, PipelineError> {
        let job = self.owned(session, id).await?;
        offered(&job.value, token, self.0.clock.now())
    }

    /// The video of a film in the hands of `token`'s holder, to be read when it is wanted. Never
    /// the first access.
    ///
    /// # Errors
    /// As [`view_film`](Self::view_film); [`NotReady`](PipelineErrorKind::NotReady) before it.
    pub async fn reread_film(
        &self,
        session: SessionId,
        id: JobId,
        token: &AccessToken,
    ) -> Result<Rereading, PipelineError> {
        let job = self.owned(session, id).await?.value;
        let film = offered(&job, Some(token), self.0.clock.now())?;
        let until = job.access().map(Access::until).ok_or_else(|| {
            let subject = format!("{id} (not opened yet)");
            PipelineError::new(PipelineErrorKind::NotReady, "open the film of", subject)
        })?;
        let video = self.shelf(id).video(&film);
        Ok(Rereading { film, video, until })
    }

    /// A picture of a film that [`view_film`](Self::view_film) would open now. Uses nothing up.
    ///
    /// # Errors
    /// As [`view_film`](Self::view_film).
    pub async fn film_picture(
        &self,
        session: SessionId,
        id: JobId,
        picture: Picture,
        token: Option<&AccessToken>,
    ) -> Result<Bytes, PipelineError> {
        let film = self.peek_film(session, id, token).await?;
        let key = match picture {
            Picture::Poster => &film.poster,
            Picture::Storyboard => &film.storyboard,
        };
        let read = self.shelf(id).picture(key).await;
        read.map_err(|error| unread(id, error))
    }

    /// An address at the blob store itself, from which the video can be read until `ttl` is
    /// over, by whoever has it. `None` where the store makes none. For a film that was opened.
    pub async fn film_address(
        &self,
        video: &BlobKey,
        ttl: Duration,
    ) -> Result<Option<String>, PipelineError> {
        if !self.0.blobs.capabilities().signed_get {
            return Ok(None);
        }
        let signed = self.0.blobs.sign(video, SignedMethod::Get, ttl).await;
        let signed = signed.map_err(|error| stored("sign an address of", video, error));
        signed.map(Some)
    }

    /// Removes a delivered film's blobs: its reader is done, and will not come back.
    pub async fn discard(&self, id: JobId) -> Result<(), PipelineError> {
        let job = self.load(id).await?.value;
        if job.status().is_terminal() {
            self.remove_film(id).await;
        }
        Ok(())
    }

    /// Writes down who has the film. `None`: the record was not what it was read as.
    async fn grant(
        &self,
        mut job: Versioned<Job>,
        film: Film,
        token: AccessToken,
    ) -> Result<Option<Viewing>, PipelineError> {
        let (id, now) = (job.value.id(), self.0.clock.now());
        let until = later(now, self.0.options.grace);
        let opened = job.value.apply(Event::Opened(Access::new(&token, until)), now);
        opened.map_err(|error| illegal(id, error))?;
        match self.save(&mut job).await {
            Ok(()) => {
                self.clear_outbox(&mut job, false).await;
                Ok(Some(Viewing { film, token, until }))
            }
            Err(error) if error.kind() == StoreErrorKind::Conflict => Ok(None),
            Err(error) => Err(stored("save", id, error)),
        }
    }

    async fn owned(&self, session: SessionId, id: JobId) -> Result<Versioned<Job>, PipelineError> {
        let job = self.load(id).await?;
        if job.value.session() == session {
            return Ok(job);
        }
        Err(PipelineError::new(
            PipelineErrorKind::NotFound,
            "load job",
            id.to_string(),
        ))
    }
}

/// The film, if whoever has `token` (or nobody yet) may have it.
fn offered(job: &Job, token: Option<&AccessToken>, now: Timestamp) -> Result<StoredFilm, PipelineError> {
    let admitted = match (job.access(), token) {
        (Some(access), Some(token)) => access.admits(token, now),
        _ => false,
    };
    let kind = match (job.status(), job.film()) {
        (Status::Ready, Some(film)) => return Ok(film.clone()),
        (Status::Delivered, Some(film)) if admitted => return Ok(film.clone()),
        (Status::Delivered | Status::Expired, _) => PipelineErrorKind::Gone,
        _ => PipelineErrorKind::NotReady,
    };
    let subject = format!("{} ({})", job.id(), job.status());
    Err(PipelineError::new(kind, "open the film of", subject))
}

/// A film whose blobs were removed meanwhile is gone.
fn unread(id: JobId, error: crate::session::StoreError) -> PipelineError {
    match error.kind() {
        StoreErrorKind::NotFound => {
            PipelineError::new(PipelineErrorKind::Gone, "open the film of", id.to_string()).with_source(error)
        }
        _ => stored("open the film of", id, error),
    }
}
