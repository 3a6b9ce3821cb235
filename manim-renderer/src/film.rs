//! Makes a film from a job's frames: each is copied out of the ring, compared with the
//! one before it, encoded, and looked at for the still pictures.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use manim_core::{Diagnostic, RenderError, RenderErrorKind, Scene, Stage};
use tokio::sync::watch;

use crate::diagnose::{flaw, note, too_large, too_many_frames};
use crate::driver::{Work, protocol};
use crate::encode::{Encoder, Program, Shape};
use crate::limits::Limits;
use crate::pages::Pages;
use crate::picture::{Pictures, Sketchbook};
use crate::protocol::{Free, FromJob, Outbox, Violation};
use crate::ring::Ring;
use crate::wait::{Interrupt, Stop};

/// Looks at every frame that becomes part of a film: its RGBA bytes, and how often it
/// comes in a row.
#[derive(Clone)]
pub(crate) struct Tap(pub(crate) Arc<Look>);

type Look = dyn Fn(&[u8], u64) + Send + Sync;

impl fmt::Debug for Tap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tap")
    }
}

/// A film being made.
#[derive(Debug)]
pub(crate) struct FilmWork<'a> {
    ring: &'a Ring,
    encoder: Encoder,
    shape: Shape,
    limits: &'a Limits,
    progress: watch::Sender<u64>,
    tap: Option<Tap>,
    pictures: Sketchbook,
    frame: Pages,
    previous: Pages,
    /// Whether `previous` differs from what the sketchbook saw last.
    unseen: bool,
    frames: u64,
    distinct: u64,
    plays: u32,
    notes: Vec<Diagnostic>,
}

/// What a film is made of, apart from its name and its facts.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) video: std::fs::File,
    pub(crate) pictures: Pictures,
    pub(crate) frames: u64,
    pub(crate) distinct: u64,
    pub(crate) plays: u32,
    pub(crate) notes: Vec<Diagnostic>,
}

impl<'a> FilmWork<'a> {
    pub(crate) fn start(
        ring: &'a Ring,
        ffmpeg: &Program,
        directory: &Path,
        shape: Shape,
        limits: &'a Limits,
        progress: watch::Sender<u64>,
        tap: Option<Tap>,
    ) -> Result<Self, RenderError> {
        let picture = || Pages::new(ring.frame_bytes()).map_err(|e| no_memory().with_source(e));
        Ok(Self {
            ring,
            encoder: Encoder::start(ffmpeg, directory, shape)?,
            shape,
            limits,
            progress,
            tap,
            pictures: Sketchbook::new(shape.width, shape.height),
            frame: picture()?,
            previous: picture()?,
            unseen: false,
            frames: 0,
            distinct: 0,
            plays: 0,
            notes: Vec::new(),
        })
    }

    /// Completes the film. `None`: not one frame came.
    pub(crate) fn finish(self, interrupt: &Interrupt) -> Result<Option<Made>, Stop> {
        if self.frames == 0 {
            return Ok(None);
        }
        let pictures = self
            .pictures
            .finish(&self.previous)
            .map_err(|e| no_picture().with_source(e))?;
        let video = self.encoder.finish(interrupt)?;
        if video.metadata().map_or(0, |about| about.len()) > self.limits.film_bytes {
            return Err(Stop::OverLimit("film-size", too_large(self.limits.film_bytes)));
        }
        let Self {
            frames,
            distinct,
            plays,
            notes,
            ..
        } = self;
        Ok(Some(Made {
            video,
            pictures,
            frames,
            distinct,
            plays,
            notes,
        }))
    }

    fn frame(
        &mut self,
        slot: u32,
        repeat: u64,
        replies: &mut Outbox,
        interrupt: &Interrupt,
    ) -> Result<(), Stop> {
        let total = self.frames.saturating_add(repeat);
        if repeat == 0 {
            return Err(protocol(Violation("it sent a frame that is shown zero times".into())).into());
        }
        within(total, (self.shape.width, self.shape.height), self.limits)?;
        self.fetch(slot)?;
        replies.push(&Free { slot }).map_err(protocol)?;
        if let Some(Tap(tap)) = &self.tap {
            tap(&self.frame, repeat);
        }
        if self.frames > 0 && *self.frame == *self.previous {
            self.encoder.write_again(repeat, interrupt)?;
        } else {
            self.encoder.write_new(&self.frame, repeat, interrupt)?;
            std::mem::swap(&mut self.frame, &mut self.previous);
            self.distinct += 1;
            self.unseen = true;
            self.check_size()?;
        }
        self.frames = total;
        self.progress.send_replace(total);
        Ok(())
    }

    fn fetch(&mut self, slot: u32) -> Result<(), Stop> {
        match self.ring.read(slot, &mut self.frame) {
            Some(Ok(())) => Ok(()),
            Some(Err(e)) => Err(no_memory().with_source(e).into()),
            None => Err(protocol(Violation(format!("it named slot {slot}, which does not exist"))).into()),
        }
    }

    /// Now and then, so that a film is not completed only to be refused.
    fn check_size(&self) -> Result<(), Stop> {
        const EVERY: u64 = 64;
        if self.distinct.is_multiple_of(EVERY) && self.encoder.film_bytes() > self.limits.film_bytes {
            return Err(Stop::OverLimit("film-size", too_large(self.limits.film_bytes)));
        }
        Ok(())
    }

    fn end_of_play(&mut self) {
        self.plays = self.plays.saturating_add(1);
        if std::mem::take(&mut self.unseen) {
            self.pictures.moment(&self.previous);
        }
    }
}

impl Work for FilmWork<'_> {
    fn hear(&mut self, message: FromJob, replies: &mut Outbox, interrupt: &Interrupt) -> Result<(), Stop> {
        match message {
            FromJob::Frame { slot, repeat } => self.frame(slot, repeat, replies, interrupt)?,
            FromJob::Play {} => self.end_of_play(),
            other => keep_note(&mut self.notes, Stage::Render, other)?,
        }
        Ok(())
    }
}

/// Whether a film of this size may have so many frames.
fn within(frames: u64, (width, height): (u32, u32), limits: &Limits) -> Result<(), Stop> {
    if frames <= limits.frames(width, height) {
        return Ok(());
    }
    let text = too_many_frames(limits, width, height);
    Err(Stop::OverLimit("frame-limit", text))
}

/// A dry run being heard: nothing but counts, notes and flaws may come.
#[derive(Debug)]
pub(crate) struct DryWork<'a> {
    pub(crate) scene: &'a Scene,
    pub(crate) size: (u32, u32),
    pub(crate) limits: &'a Limits,
    pub(crate) findings: Vec<Diagnostic>,
}

impl DryWork<'_> {
    /// The scene makes so many frames, or more.
    pub(crate) fn count(&self, frames: u64) -> Result<(), Stop> {
        within(frames, self.size, self.limits)
    }

    fn find(&mut self, code: &str, message: &str, line: Option<u32>) {
        if self.findings.len() < Limits::NOTES {
            let found = flaw(Stage::Inspect, self.scene, code, message, line);
            self.findings.push(found);
        }
    }
}

impl Work for DryWork<'_> {
    fn hear(&mut self, message: FromJob, _: &mut Outbox, _: &Interrupt) -> Result<(), Stop> {
        match message {
            FromJob::Counted { frames } => self.count(frames)?,
            FromJob::Flaw { code, message, line } => self.find(&code, &message, line),
            other => keep_note(&mut self.findings, Stage::Inspect, other)?,
        }
        Ok(())
    }
}

/// A program being heard: nothing but notes may come.
#[derive(Debug)]
pub(crate) struct NotesWork {
    pub(crate) stage: Stage,
    pub(crate) notes: Vec<Diagnostic>,
}

impl Work for NotesWork {
    fn hear(&mut self, message: FromJob, _: &mut Outbox, _: &Interrupt) -> Result<(), Stop> {
        keep_note(&mut self.notes, self.stage, message)
    }
}

fn keep_note(notes: &mut Vec<Diagnostic>, stage: Stage, message: FromJob) -> Result<(), Stop> {
    let FromJob::Note { code, message } = message else {
        return Err(protocol(Violation("it sent what was not asked for".into())).into());
    };
    if notes.len() < Limits::NOTES {
        notes.push(note(stage, &code, &message));
    }
    Ok(())
}

fn no_picture() -> RenderError {
    RenderError::new(RenderErrorKind::Encoder, "draw", "the poster and the storyboard")
}

fn no_memory() -> RenderError {
    RenderError::new(RenderErrorKind::Resources, "read", "a frame")
}
