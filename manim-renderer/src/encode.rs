//! Frames in, film out: converts RGBA to YUV 4:2:0 and feeds the `ffmpeg` program.
//! The film is written to a file without a name. Sees pixels, never anything else of a job.

mod command;
mod program;
mod target;
mod yuv;

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdin, ExitStatus};

use manim_core::{Format, RenderError, RenderErrorKind};
use rustix::event::PollFlags;

use crate::jail::name_of_exit;
use crate::wait::{Interrupt, Stop};
use command::arguments;
pub(crate) use program::Program;
use target::Target;
use yuv::Picture;

/// Kept of what ffmpeg complains about.
const COMPLAINT_BYTES: usize = 4096;
/// A pipe that holds a frame or two saves the encoder from starving between writes.
#[cfg(target_os = "linux")]
const PIPE_BYTES: usize = 1024 * 1024;

/// The shape of a film.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) frame_rate: u32,
    pub(crate) format: Format,
}

/// A running encoder. Dropping it ends the program.
#[derive(Debug)]
pub(crate) struct Encoder {
    program: Child,
    frames: Option<ChildStdin>,
    complaints: Option<ChildStderr>,
    said: Vec<u8>,
    film: Target,
    picture: Picture,
}

impl Encoder {
    /// Starts `ffmpeg`, which writes to an unnamed file in `directory`.
    pub(crate) fn start(ffmpeg: &Program, directory: &Path, shape: Shape) -> Result<Self, RenderError> {
        let picture = Picture::new(shape.width, shape.height)
            .map_err(|e| failed("there is no memory for a picture").with_source(e))?;
        let film = Target::new(directory).map_err(|e| full(directory).with_source(e))?;
        let output = film
            .file
            .try_clone()
            .map_err(|e| full(directory).with_source(e))?;
        let mut program = ffmpeg
            .start(&arguments(shape), film.name(), output)
            .map_err(|e| failed("ffmpeg does not start").with_source(e))?;
        let frames = program.stdin.take();
        let complaints = program.stderr.take();
        let encoder = Self {
            program,
            frames,
            complaints,
            said: Vec::new(),
            film,
            picture,
        };
        encoder
            .prepare_pipes()
            .map_err(|e| failed("its pipes cannot be set up").with_source(e))?;
        Ok(encoder)
    }

    /// Adds a frame that differs from the one before it, `repeat` times.
    pub(crate) fn write_new(&mut self, rgba: &[u8], repeat: u64, interrupt: &Interrupt) -> Result<(), Stop> {
        self.picture
            .draw(rgba)
            .map_err(|e| failed("a frame cannot be converted").with_source(e))?;
        self.write_again(repeat, interrupt)
    }

    /// Adds the last frame `repeat` times more.
    pub(crate) fn write_again(&mut self, repeat: u64, interrupt: &Interrupt) -> Result<(), Stop> {
        for _ in 0..repeat {
            self.write_picture(interrupt)?;
        }
        Ok(())
    }

    /// Bytes of the film so far.
    pub(crate) fn film_bytes(&self) -> u64 {
        self.film.file.metadata().map_or(0, |about| about.len())
    }

    /// Ends the film and waits until it is whole.
    pub(crate) fn finish(mut self, interrupt: &Interrupt) -> Result<File, Stop> {
        self.frames = None;
        while self.complaints.is_some() {
            interrupt.wait(&mut [(self.complaints.as_ref().map(AsFd::as_fd), PollFlags::IN)])?;
            self.listen();
        }
        let status = self
            .program
            .wait()
            .map_err(|e| failed("it cannot be waited for").with_source(e))?;
        if !status.success() {
            return Err(self.broken(&status.to_string(), Some(status)).into());
        }
        // A second handle to the same open file: dropping `self` closes the first.
        Ok(self
            .film
            .file
            .try_clone()
            .map_err(|e| failed("its film is lost").with_source(e))?)
    }

    fn prepare_pipes(&self) -> io::Result<()> {
        use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};

        let frames = self.frames.as_ref().map(AsFd::as_fd);
        let complaints = self.complaints.as_ref().map(AsFd::as_fd);
        for pipe in [frames, complaints].into_iter().flatten() {
            fcntl_setfl(pipe, fcntl_getfl(pipe)? | OFlags::NONBLOCK)?;
        }
        #[cfg(target_os = "linux")]
        if let Some(frames) = frames {
            // Refused where the user's pipes are many already; the usual 64 KiB work too.
            let _ = rustix::pipe::fcntl_setpipe_size(frames, PIPE_BYTES);
        }
        Ok(())
    }

    fn write_picture(&mut self, interrupt: &Interrupt) -> Result<(), Stop> {
        let mut written = 0;
        while written < self.picture.bytes.len() {
            let Some(frames) = self.frames.as_mut() else {
                return Err(failed("its input is closed").into());
            };
            match frames.write(&self.picture.bytes[written..]) {
                Ok(count) => written += count,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => self.wait_for_room(interrupt)?,
                Err(e) => return Err(self.gave_up(e).into()),
            }
        }
        Ok(())
    }

    fn wait_for_room(&mut self, interrupt: &Interrupt) -> Result<(), Stop> {
        interrupt.wait(&mut [
            (self.frames.as_ref().map(AsFd::as_fd), PollFlags::OUT),
            (self.complaints.as_ref().map(AsFd::as_fd), PollFlags::IN),
        ])?;
        self.listen();
        Ok(())
    }

    /// Takes what ffmpeg complains about; the end of it is the end of ffmpeg.
    fn listen(&mut self) {
        let Some(complaints) = self.complaints.as_mut() else {
            return;
        };
        let mut piece = [0; 1024];
        match complaints.read(&mut piece) {
            Ok(0) => self.complaints = None,
            Ok(count) => {
                let room = COMPLAINT_BYTES.saturating_sub(self.said.len());
                self.said.extend(&piece[..count.min(room)]);
            }
            Err(e) if matches!(e.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {}
            Err(_) => self.complaints = None,
        }
    }

    fn gave_up(&mut self, why: io::Error) -> RenderError {
        let _ = self.program.kill();
        let status = self.program.wait();
        self.listen();
        let told = status
            .as_ref()
            .map_or_else(ToString::to_string, ToString::to_string);
        self.broken(&format!("{why}, {told}"), status.ok())
    }

    fn broken(&self, how: &str, status: Option<ExitStatus>) -> RenderError {
        let said = String::from_utf8_lossy(&self.said).trim().to_owned();
        let step = status.and_then(|status| name_of_exit(status.code()?));
        let error = match step {
            Some(step) => RenderError::new(
                RenderErrorKind::Isolation,
                "isolate the encoder:",
                format!("it failed at {step}"),
            ),
            None => failed(format!("ffmpeg ended before the film was whole ({how})")),
        };
        error.with_source(io::Error::other(said))
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        if !matches!(self.program.try_wait(), Ok(Some(_))) {
            let _ = self.program.kill();
            let _ = self.program.wait();
        }
    }
}

fn failed(subject: impl Into<String>) -> RenderError {
    RenderError::new(RenderErrorKind::Encoder, "encode the film:", subject)
}

fn full(directory: &Path) -> RenderError {
    RenderError::new(
        RenderErrorKind::Resources,
        "encode the film in",
        directory.display().to_string(),
    )
}
