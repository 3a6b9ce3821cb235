//! How like the frames that Manim drew a film is: SSIM in RGB, after the film's own way
//! back from YUV, so that neither colour matrix is at an advantage.

use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex};

use manim_core::Quality;

/// Every so many frames are compared; all would take longer than all renders.
const EVERY: u64 = 4;

/// Raw frames on their way to two comparisons.
pub(crate) struct Likeness {
    frames: Mutex<Option<Raw>>,
}

struct Raw {
    kept: Vec<Vec<u8>>,
    order: Vec<usize>,
    seen: u64,
}

/// SSIM of the first film and of the second.
pub(crate) struct Scores(pub(crate) f64, pub(crate) f64);

impl Likeness {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            frames: Mutex::new(None),
        })
    }

    pub(crate) fn listen(&self) {
        *self.frames.lock().unwrap() = Some(Raw {
            kept: Vec::new(),
            order: Vec::new(),
            seen: 0,
        });
    }

    /// Takes a frame, if it is being listened to.
    pub(crate) fn take(&self, rgba: &[u8], repeat: u64) {
        let mut frames = self.frames.lock().unwrap();
        let Some(raw) = frames.as_mut() else {
            return;
        };
        let wanted = (raw.seen..raw.seen + repeat)
            .filter(|at| at.is_multiple_of(EVERY))
            .count();
        raw.seen += repeat;
        if wanted > 0 {
            raw.kept.push(rgba.to_vec());
            let last = raw.kept.len() - 1;
            raw.order.extend(std::iter::repeat_n(last, wanted));
        }
    }

    /// Compares both films with what was heard since [`listen`](Self::listen).
    pub(crate) fn compare(&self, quality: Quality, films: [&Path; 2]) -> Scores {
        let raw = self
            .frames
            .lock()
            .unwrap()
            .take()
            .expect("frames were listened to");
        let (width, height) = quality.pixels();
        let picked = format!("select='not(mod(n,{EVERY}))',setpts=N/TB,format=gbrp");
        let graph = format!(
            "[0]setpts=N/TB,format=gbrp,split[a][b];[1]{picked}[c];[2]{picked}[d];[c][a]ssim@first[x];[d][b]ssim@second[y]"
        );
        let mut ffmpeg = Command::new("ffmpeg")
            .args(["-hide_banner", "-nostats", "-f", "rawvideo", "-pix_fmt", "rgba"])
            .args([
                "-video_size",
                &format!("{width}x{height}"),
                "-framerate",
                "10",
                "-i",
                "pipe:0",
            ])
            .arg("-i")
            .arg(films[0])
            .arg("-i")
            .arg(films[1])
            .args(["-filter_complex", &graph, "-map", "[x]", "-map", "[y]"])
            .args(["-fps_mode", "passthrough", "-f", "null", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let pipe = ffmpeg.stdin.take().unwrap();
        let feeding = std::thread::spawn(move || feed(pipe, &raw));
        let output = ffmpeg.wait_with_output().unwrap();
        feeding.join().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        Scores(score(&said, "ssim@first"), score(&said, "ssim@second"))
    }
}

fn feed(pipe: ChildStdin, raw: &Raw) {
    let mut pipe = BufWriter::new(pipe);
    for frame in &raw.order {
        if pipe.write_all(&raw.kept[*frame]).is_err() {
            return;
        }
    }
}

fn score(said: &str, filter: &str) -> f64 {
    let line = said
        .lines()
        .find(|line| line.contains(filter) && line.contains("All:"));
    let all = line.and_then(|line| line.split("All:").nth(1)?.split(' ').next()?.parse().ok());
    all.unwrap_or_else(|| panic!("ffmpeg told no SSIM: {said}"))
}
