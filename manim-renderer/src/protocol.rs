//! What the supervisor, the zygote and the jobs say to each other, and how it is
//! framed: a length of four bytes (little endian), then JSON. Believes no length.

use std::collections::BTreeMap;
use std::io::{self, IoSlice, Read, Write};
use std::mem::MaybeUninit;
use std::os::fd::BorrowedFd;
use std::os::unix::net::UnixStream;

use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::jail::Enter;

/// The largest message that a job may send: an answer of a program or a picture of a
/// formula, with its frame.
const MAX_INCOMING_BYTES: usize = 1024 * 1024 + 4096;
/// Waiting for a job to read. A job that lets more pile up does not follow the protocol.
const MAX_OUTGOING_BYTES: usize = 8 * 1024 * 1024;
/// The most descriptors that travel with one message.
const MAX_DESCRIPTORS: usize = 4;

/// First message to a fresh interpreter: the worker's own modules.
#[derive(Debug, Serialize)]
pub(crate) struct Start<'a> {
    pub(crate) modules: &'a [(&'a str, &'a str)],
    /// How it locks itself in; nothing at a level without a jail.
    pub(crate) jail: Option<&'a Enter>,
    /// Loaded only when failing to can be told.
    pub(crate) warm: &'a [(&'a str, &'a str)],
}

/// What a zygote says: where it looks for modules, then how its imports went.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum FromZygote {
    Here {
        paths: Vec<String>,
    },
    Ready {
        manim: String,
        python: String,
        threads: u32,
        import_ms: u64,
    },
    Failed {
        message: String,
    },
}

/// An order to fork. Descriptors: leash, job socket, log, and the ring if there is one.
#[derive(Debug, Serialize)]
pub(crate) struct Fork<'a> {
    pub(crate) scratch: &'a str,
    /// For a job without a jail.
    pub(crate) limits: BTreeMap<&'static str, u64>,
    /// How the job locks itself in, as hexadecimal digits.
    pub(crate) plan: Option<String>,
    pub(crate) ring: bool,
    /// Modules that the zygote imports before this fork, for this and later jobs.
    pub(crate) imports: &'a [&'static str],
}

/// What the zygote says on a job's leash.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum OnLeash {
    Started { pid: u32 },
    Exited(Exit),
}

/// How a job's process ended, as the zygote saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Exit {
    pub(crate) code: Option<i32>,
    pub(crate) signal: Option<i32>,
    pub(crate) cpu_ms: u64,
    pub(crate) peak_kib: u64,
}

/// What a job is asked to do.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Task<'a> {
    Scene {
        mode: Mode,
        source: &'a str,
        class: Option<&'a str>,
        width: u32,
        height: u32,
        frame_rate: u32,
        slots: u32,
        /// A dry run says when it has counted more.
        most_frames: u64,
    },
    Formula {
        source: &'a str,
        compilers: &'a [String],
        format: &'a str,
    },
    /// Several formulas, a page each.
    Formulas { source: &'a str, pages: usize },
    Script {
        modules: &'a [(&'static str, &'static str)],
        input: &'a Value,
    },
}

/// What is wanted of a scene.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Mode {
    Render,
    Inspect,
    /// Only which formulas it will ask for.
    Hear,
}

/// What a job says. Claims, all of it.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum FromJob {
    /// It is locked in and waits for its task. Its first word.
    Locked {},
    Frame {
        slot: u32,
        repeat: u64,
    },
    Play {},
    /// A dry run that goes on has come to so many frames.
    Counted {
        frames: u64,
    },
    Note {
        code: String,
        message: String,
    },
    /// What a look at the picture did not like.
    Flaw {
        code: String,
        message: String,
        line: Option<u32>,
    },
    /// A formula to be set: a whole TeX document.
    Formula {
        source: String,
        compilers: Vec<String>,
        format: String,
    },
    /// A formula that the scene would ask for.
    Wanted {
        source: String,
        compilers: Vec<String>,
        format: String,
    },
    /// The next page of several formulas.
    Page {
        svg: String,
    },
    Done {
        plays: u32,
        frames: u64,
    },
    Failed(Failed),
    Answer {
        value: Value,
    },
}

/// Why a scene or a program did not run to its end.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Failed {
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) line: Option<u32>,
    pub(crate) column: Option<u32>,
}

/// Sends `message` whole. For peers that we trust to read.
pub(crate) fn send(socket: &UnixStream, message: &impl Serialize) -> io::Result<()> {
    let frame = framed(message)?;
    let mut socket = socket;
    socket.write_all(&frame)
}

/// Sends `message` with descriptors on its first byte.
pub(crate) fn send_with(
    socket: &UnixStream,
    message: &impl Serialize,
    descriptors: &[BorrowedFd<'_>],
) -> io::Result<()> {
    let frame = framed(message)?;
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MAX_DESCRIPTORS))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    if !ancillary.push(SendAncillaryMessage::ScmRights(descriptors)) {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let sent = sendmsg(
        socket,
        &[IoSlice::new(&frame)],
        &mut ancillary,
        SendFlags::empty(),
    )?;
    let mut socket = socket;
    socket.write_all(&frame[sent..])
}

fn framed(message: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut frame = vec![0; 4];
    serde_json::to_writer(&mut frame, message)?;
    let length = u32::try_from(frame.len() - 4).map_err(|_| io::ErrorKind::InvalidInput)?;
    frame[..4].copy_from_slice(&length.to_le_bytes());
    Ok(frame)
}

/// Whether the other side can still say something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Line {
    Open,
    Ended,
}

/// Bytes of a peer that have not become messages yet. Holds at most one message and
/// what came behind it.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    bytes: Vec<u8>,
    read: usize,
}

impl Inbox {
    const PIECE: usize = 64 * 1024;

    /// Reads once. `WouldBlock` counts as an open line with nothing new.
    pub(crate) fn fill(&mut self, mut socket: &UnixStream) -> io::Result<Line> {
        self.bytes.drain(..self.read);
        self.read = 0;
        let held = self.bytes.len();
        self.bytes.resize(held + Self::PIECE, 0);
        let outcome = socket.read(&mut self.bytes[held..]);
        self.bytes.truncate(held + *outcome.as_ref().unwrap_or(&0));
        match outcome {
            Ok(0) => Ok(Line::Ended),
            Ok(_) => Ok(Line::Open),
            Err(e) if matches!(e.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {
                Ok(Line::Open)
            }
            // A peer that was killed with unread bytes resets the line: it has ended.
            Err(e) if e.kind() == io::ErrorKind::ConnectionReset => Ok(Line::Ended),
            Err(e) => Err(e),
        }
    }

    /// The next whole message, if one has arrived.
    pub(crate) fn next<T: for<'de> Deserialize<'de>>(&mut self) -> Result<Option<T>, Violation> {
        let waiting = &self.bytes[self.read..];
        let Some((head, rest)) = waiting.split_first_chunk() else {
            return Ok(None);
        };
        let length = u32::from_le_bytes(*head) as usize;
        if length > MAX_INCOMING_BYTES {
            return Err(Violation(format!("it announced a message of {length} bytes")));
        }
        let Some(body) = rest.get(..length) else {
            return Ok(None);
        };
        let message = serde_json::from_slice(body)
            .map_err(|e| Violation(format!("it sent a malformed message ({e})")))?;
        self.read += 4 + length;
        Ok(Some(message))
    }
}

/// A peer that does not follow the protocol, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Violation(pub(crate) String);

/// Bytes that a job has not read yet.
#[derive(Debug, Default)]
pub(crate) struct Outbox(Vec<u8>);

impl Outbox {
    /// Queues `message`.
    pub(crate) fn push(&mut self, message: &impl Serialize) -> Result<(), Violation> {
        let frame = framed(message).map_err(|e| Violation(e.to_string()))?;
        if self.0.len() + frame.len() > MAX_OUTGOING_BYTES {
            return Err(Violation("it does not read what it is sent".into()));
        }
        self.0.extend(frame);
        Ok(())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Writes what the socket takes now. A job that has left takes everything.
    pub(crate) fn flush(&mut self, mut socket: &UnixStream) -> io::Result<()> {
        while !self.0.is_empty() {
            match socket.write(&self.0) {
                Ok(written) => drop(self.0.drain(..written)),
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e)
                    if matches!(
                        e.kind(),
                        io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset
                    ) =>
                {
                    self.0.clear();
                }
                Err(e) => return Err(e),
            }
        }
        Ok(())
    }
}

/// What became of a formula.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Picture {
    Drawn { svg: String },
    NotDrawn { code: String, message: String },
}

/// A slot that the job may write again.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename = "free")]
pub(crate) struct Free {
    pub(crate) slot: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn received(bytes: &[u8]) -> Result<Option<FromJob>, Violation> {
        let (ours, theirs) = UnixStream::pair().unwrap();
        (&theirs).write_all(bytes).unwrap();
        let mut inbox = Inbox::default();
        inbox.fill(&ours).unwrap();
        inbox.next()
    }

    fn message(body: &str) -> Vec<u8> {
        let mut bytes = (body.len() as u32).to_le_bytes().to_vec();
        bytes.extend(body.as_bytes());
        bytes
    }

    #[test]
    fn a_message_is_read_when_it_is_whole() {
        let bytes = message(r#"{"type":"frame","slot":2,"repeat":3}"#);
        assert_eq!(received(&bytes[..bytes.len() - 1]), Ok(None));
        assert_eq!(received(&bytes), Ok(Some(FromJob::Frame { slot: 2, repeat: 3 })));
    }

    #[test]
    fn unknown_words_are_violations() {
        for body in [
            r#"{"type":"frame","slot":2,"repeat":3,"more":1}"#,
            r#"{"type":"play","more":1}"#,
            r#"{"type":"open"}"#,
            r#"{"type":"frame","slot":-1,"repeat":3}"#,
            "garbage",
            "",
        ] {
            assert!(received(&message(body)).is_err(), "{body} was accepted");
        }
    }

    #[test]
    fn a_gigabyte_is_refused_by_its_announcement() {
        assert!(received(&u32::MAX.to_le_bytes()).is_err());
    }

    #[test]
    fn a_job_that_never_reads_is_found_out() {
        let mut outbox = Outbox::default();
        let text = "x".repeat(MAX_OUTGOING_BYTES / 2);
        assert!(outbox.push(&text).is_ok());
        assert!(outbox.push(&text).is_err());
    }
}
